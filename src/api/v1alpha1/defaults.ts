import { specSchema } from './schema/spec-schema.js';
import type { StructuralSchema } from './schema/structural-schema.js';
import {
  type DefaultedSpec,
  type DefaultedVirtualIP,
  type VirtualIP,
  type VirtualIPSpec,
  virtualIPSchema,
} from './virtual-ip.js';

/** Who reads a VirtualIP: an agent without a cluster, or the operator. */
export type Surroundings = 'standalone' | 'cluster';

/** keepalived's default; and the highest that is not the owner's, because skew times are shortest there. */
const DEFAULT_PRIORITY: Readonly<Record<Surroundings, number>> = { standalone: 100, cluster: 254 };

/** The VirtualIP with every default filled in; what was written stays. It has passed validation. */
export function withDefaults(virtualIP: VirtualIP, surroundings: Surroundings): DefaultedVirtualIP {
  const filled = fillDefaults(virtualIPSchema, virtualIP) as DefaultedVirtualIP;
  return {
    ...filled,
    spec: { ...filled.spec, priority: virtualIP.spec.priority ?? DEFAULT_PRIORITY[surroundings] },
  };
}

/** The same for a spec that may still have problems: then only the fields without any can be relied on. */
export function specWithDefaults(spec: object, surroundings: Surroundings): DefaultedSpec {
  const filled = fillDefaults(specSchema, spec) as VirtualIPSpec;
  const priority = filled.priority ?? DEFAULT_PRIORITY[surroundings];
  // The type says what the schema's defaults do, and a test compares the two.
  return { ...filled, priority } as DefaultedSpec;
}

/**
 * What the API server does with the `default`s of a schema: a field that is missing or null gets its default, or stays
 * away. Values of a wrong type are left as they are.
 */
export function fillDefaults(schema: StructuralSchema, value: unknown): unknown {
  if (schema.type === 'array' && Array.isArray(value))
    return value.map((item: unknown) => fillDefaults(schema.items, item));
  if (schema.type !== 'object' || typeof value !== 'object' || value === null || Array.isArray(value))
    return value;
  const written = Object.entries(value).filter(([, content]) => content !== null && content !== undefined);
  const present = new Set(written.map(([name]) => name));
  const fields = schema.properties ?? {};
  const missing = Object.entries(fields).filter(
    ([name, field]) => !present.has(name) && field.default !== undefined,
  );
  return Object.fromEntries(
    [...written, ...missing.map(([name, field]) => [name, field.default] as const)].map(([name, content]) => {
      const field = Object.hasOwn(fields, name) ? fields[name] : schema.additionalProperties;
      return [name, field === undefined ? content : fillDefaults(field, content)];
    }),
  );
}
