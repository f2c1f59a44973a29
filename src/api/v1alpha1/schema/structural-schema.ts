/**
 * The part of JSON Schema that a structural CustomResourceDefinition schema can hold, and that is all we use: no
 * `$ref`, `const` or `anyOf`, one `type` on each node. Fields that are not listed in `properties` do not exist.
 */
export type StructuralSchema =
  | (Common & Readonly<{ type: 'boolean' }>)
  | (Common & Readonly<{ type: 'integer'; minimum?: number; maximum?: number; enum?: readonly number[] }>)
  | StringSchema
  | (Common &
      Readonly<{ type: 'array'; items: StructuralSchema; minItems?: number; maxItems: number } & ListKeys>)
  | ObjectSchema;

export type StringSchema = Common &
  Readonly<{
    type: 'string';
    minLength?: number;
    maxLength?: number;
    enum?: readonly string[];
    /** A key of `PATTERN_MEANINGS`, so that a problem can be told in words. */
    pattern?: string;
    /** `password`: the value is never printed. */
    format?: 'password' | 'date-time';
  }>;

export type ObjectSchema = Common &
  Readonly<{
    type: 'object';
    properties?: Readonly<Record<string, StructuralSchema>>;
    required?: readonly string[];
    additionalProperties?: StructuralSchema;
    maxProperties?: number;
    'x-kubernetes-preserve-unknown-fields'?: true;
    /** Server-side apply replaces it whole: it has one owner. */
    'x-kubernetes-map-type'?: 'atomic';
  }>;

type Common = Readonly<{
  description?: string;
  default?: unknown;
  /**
   * Only files have this field: the custom resource definition leaves it out, so that the API server cannot store it.
   * Validation tells whoever writes it into a cluster what to write there.
   */
  standaloneOnly?: true;
}>;

/** How server-side apply merges lists. */
type ListKeys = Readonly<{
  'x-kubernetes-list-type'?: 'map' | 'set' | 'atomic';
  'x-kubernetes-list-map-keys'?: readonly string[];
}>;
