import type { StructuralSchema } from '../../api/v1alpha1/schema/structural-schema.js';

/**
 * What the API server makes of an object by its schema: fields that the schema does not have are left out, and those that
 * are missing or null get their default. An agent does it again, because the API server may have a newer schema than the
 * agent, or an older one. Values of a wrong type are left as they are, for validation to name.
 */
export function knownFields(schema: StructuralSchema, value: unknown): unknown {
  if (schema.type === 'array' && Array.isArray(value))
    return value.map((item: unknown) => knownFields(schema.items, item));
  if (schema.type !== 'object' || typeof value !== 'object' || value === null || Array.isArray(value))
    return value;
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return value;
  const given = value as Readonly<Record<string, unknown>>;
  const { additionalProperties, properties = {} } = schema;
  const names = additionalProperties === undefined ? Object.keys(properties) : Object.keys(given);
  return Object.fromEntries(
    names.flatMap((name) => {
      const field = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
      const content = (Object.hasOwn(given, name) ? given[name] : null) ?? field?.default ?? null;
      return field === undefined || content === null ? [] : [[name, knownFields(field, content)]];
    }),
  );
}
