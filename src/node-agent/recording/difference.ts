/** A place where two JSON values differ; undefined: nothing is there. */
export type Difference = Readonly<{ path: string; recorded: unknown; now: unknown }>;

/** Every place where two JSON values differ, by its path; order of keys does not count, order of lists does. */
export function differencesOf(recorded: unknown, now: unknown, path = ''): readonly Difference[] {
  if (Object.is(recorded, now)) return [];
  if (Array.isArray(recorded) && Array.isArray(now)) {
    const length = Math.max(recorded.length, now.length);
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      differencesOf(recorded[index], now[index], `${path}[${String(index)}]`),
    );
  }
  if (isRecord(recorded) && isRecord(now)) {
    const keys = new Set([...Object.keys(recorded), ...Object.keys(now)]);
    return [...keys].flatMap((key) =>
      differencesOf(recorded[key], now[key], path === '' ? key : `${path}.${key}`),
    );
  }
  return [{ path, recorded, now }];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
