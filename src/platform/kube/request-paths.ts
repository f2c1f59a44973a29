import type { KubeObject, ObjectKey, Resource, Selection } from './ports.js';

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The path of all objects of a kind, or of those in one namespace. */
export function collectionPath({ group, version, plural }: Resource, namespace?: string): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${root}${namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`}/${plural}`;
}

/** @throws Error when the resource has namespaces and none is given: a mistake of ours */
export function objectPath(resource: Resource, { name, namespace }: ObjectKey, subresource?: string): string {
  if (resource.namespaced && namespace === undefined)
    throw new Error(`${resource.plural}/${name}: its namespace is missing`);
  const collection = collectionPath(resource, resource.namespaced ? namespace : undefined);
  return `${collection}/${encodeURIComponent(name)}${subresource === undefined ? '' : `/${subresource}`}`;
}

/** The name under which the API server has an object. @throws Error when it has none: a mistake of ours */
export function keyOf({ kind, metadata }: KubeObject): ObjectKey {
  if (metadata?.name === undefined) throw new Error(`a ${kind ?? 'object'} without a name`);
  const { name, namespace } = metadata;
  return namespace === undefined ? { name } : { name, namespace };
}

/** `path` with those parameters that are defined. */
export function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return given.length === 0 ? path : `${path}?${given.join('&')}`;
}

export const selectorQuery = ({ labelSelector, fieldSelector }: Selection): Query => ({
  labelSelector,
  fieldSelector,
});
