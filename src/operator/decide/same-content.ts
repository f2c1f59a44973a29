/** Whether two values are the same as JSON, whatever the order of their fields; a field that is undefined is none. */
export const sameContent = (one: unknown, other: unknown): boolean =>
  canonicalJson(one) === canonicalJson(other);

/** JSON with sorted fields: equal for equal content. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_key, content: unknown) =>
    typeof content === 'object' && content !== null && !Array.isArray(content)
      ? Object.fromEntries(Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1)))
      : content,
  );
