/*
 * Server-side apply, as far as our objects need it: who owns which field, what goes when its owner leaves it out, and
 * when two managers are in each other's way. Maps are merged key by key, lists of `listKeys` item by item, everything
 * else is replaced whole.
 */

export type Json = null | boolean | number | string | readonly Json[] | Readonly<{ [key: string]: Json }>;
type JsonObject = Readonly<Record<string, Json>>;

/** For lists that are maps: the path of the field without list items, e.g. `status.members`, → the key of an item. */
export type ListKeys = Readonly<Record<string, string>>;

/** Manager → the fields that it owns. A manager of `status` is another one than that of the rest. */
export type Ownership = ReadonlyMap<string, ReadonlySet<string>>;

export type Applied = Readonly<{ object: JsonObject; ownership: Ownership }>;

/** A path as text: segments, separated by a character that no field name has. */
const SEPARATOR = '\u0000';
const ITEM = '\u0001';

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Applies `wanted` as `manager`.
 * @returns the fields that others own with another value, when there are any and `force` is not given
 */
export function serverSideApply(
  live: JsonObject,
  ownership: Ownership,
  wanted: JsonObject,
  options: Readonly<{ manager: string; force: boolean; listKeys: ListKeys }>,
): Applied | Readonly<{ conflicts: readonly string[] }> {
  const { manager, force, listKeys } = options;
  const fields = fieldsOf(wanted, listKeys);
  const differing = new Set(
    [...fields].filter((field) => !same(valueAt(live, field, listKeys), valueAt(wanted, field, listKeys))),
  );
  const others = [...ownership].filter(([name]) => name !== manager);
  const conflicts = [...differing].filter(
    (field) => !isItem(field) && others.some(([, owned]) => owned.has(field)),
  );
  if (conflicts.length > 0 && !force)
    return { conflicts: conflicts.map((field) => field.replaceAll(SEPARATOR, '.').replaceAll(ITEM, '=')) };

  const left = others.map(
    ([name, owned]) =>
      [name, new Set([...owned].filter((field) => isItem(field) || !differing.has(field)))] as const,
  );
  const dropped = [...(ownership.get(manager) ?? [])].filter(
    (field) => !fields.has(field) && !left.some(([, owned]) => ownsSome(owned, field)),
  );
  const pruned = dropped.reduce<JsonObject>(
    (object, field) => without(object, field.split(SEPARATOR), []) as JsonObject,
    live,
  );
  return {
    object: merged(pruned, wanted, [], listKeys) as JsonObject,
    ownership: new Map([...left.filter(([, owned]) => owned.size > 0), [manager, fields] as const]),
  };

  function without(value: Json, path: readonly string[], at: readonly string[]): Json {
    const [head, ...tail] = path;
    if (head === undefined) return value;
    if (Array.isArray(value)) return withoutItem(value as readonly Json[], head, tail, at);
    if (!isObject(value)) return value;
    const { [head]: child, ...rest } = value;
    if (child === undefined) return value;
    if (tail.length === 0) return rest;
    const kept = without(child, tail, [...at, head]);
    return isEmpty(kept) ? rest : { ...rest, [head]: kept };
  }

  function withoutItem(
    list: readonly Json[],
    head: string,
    tail: readonly string[],
    at: readonly string[],
  ): Json {
    return list.flatMap((item) => {
      if (itemSegment(item, listKeys[at.join('.')] ?? '') !== head) return [item];
      if (tail.length === 0) return [];
      return [without(item, tail, at)];
    });
  }
}

/** Who owns what after `manager` has written the whole object: what changed is its own, what is gone is nobody's. */
export function ownershipAfterWrite(
  before: JsonObject,
  after: JsonObject,
  ownership: Ownership,
  manager: string,
  listKeys: ListKeys,
): Ownership {
  const fields = fieldsOf(after, listKeys);
  const changed = new Set(
    [...fields].filter((field) => !same(valueAt(before, field, listKeys), valueAt(after, field, listKeys))),
  );
  const owners = new Map<string, ReadonlySet<string>>();
  for (const [name, owned] of ownership)
    owners.set(name, new Set([...owned].filter((field) => fields.has(field) && !changed.has(field))));
  owners.set(manager, new Set([...(owners.get(manager) ?? []), ...changed]));
  return owners;
}

export const same = (left: Json | undefined, right: Json | undefined): boolean =>
  JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));

function sorted(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => sorted(item) ?? null);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, item]) => [key, sorted(item) ?? null]),
  );
}

const isEmpty = (value: Json): boolean =>
  Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;

const isItem = (field: string): boolean => field.split(SEPARATOR).at(-1)?.includes(ITEM) ?? false;

const ownsSome = (owned: ReadonlySet<string>, field: string): boolean =>
  owned.has(field) || [...owned].some((other) => other.startsWith(field + SEPARATOR));

const itemSegment = (item: Json, key: string): string =>
  `${key}${ITEM}${isObject(item) ? JSON.stringify(item[key]) : ''}`;

function fieldsOf(object: JsonObject, listKeys: ListKeys): ReadonlySet<string> {
  const fields = new Set<string>();
  const collect = (value: Json, path: readonly string[], at: readonly string[]): void => {
    const key = listKeys[at.join('.')];
    if (Array.isArray(value) && key !== undefined && value.length > 0) {
      for (const item of value as readonly Json[]) {
        const itemPath = [...path, itemSegment(item, key)];
        fields.add(itemPath.join(SEPARATOR));
        collect(item, itemPath, at);
      }
    } else if (isObject(value) && Object.keys(value).length > 0) {
      for (const [name, child] of Object.entries(value)) collect(child, [...path, name], [...at, name]);
    } else {
      fields.add(path.join(SEPARATOR));
    }
  };
  collect(object, [], []);
  return fields;
}

function valueAt(object: JsonObject, field: string, listKeys: ListKeys): Json | undefined {
  let value: Json | undefined = object;
  const at: string[] = [];
  for (const segment of field.split(SEPARATOR)) {
    if (segment.includes(ITEM)) {
      const key = listKeys[at.join('.')] ?? '';
      value = Array.isArray(value)
        ? (value as readonly Json[]).find((item) => itemSegment(item, key) === segment)
        : undefined;
    } else {
      at.push(segment);
      value = isObject(value) ? value[segment] : undefined;
    }
  }
  return value;
}

function merged(live: Json | undefined, wanted: Json, at: readonly string[], listKeys: ListKeys): Json {
  if (isObject(wanted)) {
    const base = isObject(live) ? live : {};
    const changes = Object.entries(wanted).map(([name, value]) => [
      name,
      merged(base[name], value, [...at, name], listKeys),
    ]);
    return { ...base, ...(Object.fromEntries(changes) as JsonObject) };
  }
  const key = listKeys[at.join('.')];
  if (!Array.isArray(wanted) || key === undefined || !Array.isArray(live)) return wanted;
  const items = [...(live as readonly Json[])];
  for (const item of wanted as readonly Json[]) {
    const index = items.findIndex((other) => itemSegment(other, key) === itemSegment(item, key));
    if (index === -1) items.push(item);
    else items[index] = merged(items[index], item, at, listKeys);
  }
  return items;
}
