/** Whether two values are the same as JSON, whatever the order of their fields; a field that is undefined is none. */
export function sameContent(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other))
    return (
      Array.isArray(one) &&
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((item, index) => sameContent(item, other[index]))
    );
  return hasFieldsOf(one, other) && hasFieldsOf(other, one, false);
}

/** `deeply`: with the same content; else it is enough that they are there. */
const hasFieldsOf = (one: object, other: object, deeply = true): boolean =>
  Object.entries(one).every(([key, value]) => {
    const theirs: unknown = (other as Readonly<Record<string, unknown>>)[key];
    return deeply ? sameContent(value, theirs) : value === undefined || theirs !== undefined;
  });

/** JSON with sorted fields: equal for equal content. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_key, content: unknown) =>
    typeof content === 'object' && content !== null && !Array.isArray(content)
      ? Object.fromEntries(Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1)))
      : content,
  );

/** A short text that differs, in all likelihood, when the content does. */
export function contentHash(value: unknown): string {
  let one = 0x811c9dc5;
  let other = 0x01000193;
  for (const character of canonicalJson(value)) {
    const code = character.codePointAt(0) ?? 0;
    one = Math.imul(one ^ code, 0x01000193);
    other = Math.imul(other ^ code, 0x85ebca6b) ^ (other >>> 15);
  }
  return [one, other].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

/**
 * Whether `existing` has everything that `wanted` has; more is no matter: defaults, other people's labels, an injected
 * container. Items with a name are compared with their namesakes. Empty is as good as absent, also a text: the API server leaves
 * it out.
 */
export function covers(existing: unknown, wanted: unknown, ignored: ReadonlySet<string>): boolean {
  if (isEmpty(wanted)) return wanted !== '' || existing === undefined || existing === '';
  if (Array.isArray(wanted)) return Array.isArray(existing) && coversList(existing, wanted, ignored);
  if (typeof wanted !== 'object' || wanted === null) return existing === wanted;
  if (typeof existing !== 'object' || existing === null) return false;
  const fields = existing as Readonly<Record<string, unknown>>;
  return Object.entries(wanted).every(
    ([key, value]) => ignored.has(key) || covers(fields[key], value, ignored),
  );
}

function coversList(
  existing: readonly unknown[],
  wanted: readonly unknown[],
  ignored: ReadonlySet<string>,
): boolean {
  const named = wanted.every((item) => nameOf(item) !== undefined);
  if (!named && existing.length !== wanted.length) return false;
  return wanted.every((item, index) =>
    covers(
      named ? existing.find((candidate) => nameOf(candidate) === nameOf(item)) : existing[index],
      item,
      ignored,
    ),
  );
}

const nameOf = (item: unknown): unknown =>
  typeof item === 'object' && item !== null && 'name' in item ? item.name : undefined;

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === '' ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
