/** A value at a moment, in seconds from any start. */
export type Point = Readonly<{ at: number; value: number }>;

/**
 * By how much the value grows in an hour: the line through the points with the least squares. NaN for fewer than two moments.
 */
export function slopePerHour(points: readonly Point[]): number {
  const count = points.length;
  const meanAt = points.reduce((sum, { at }) => sum + at, 0) / count;
  const meanValue = points.reduce((sum, { value }) => sum + value, 0) / count;
  let products = 0;
  let squares = 0;
  for (const { at, value } of points) {
    products += (at - meanAt) * (value - meanValue);
    squares += (at - meanAt) ** 2;
  }
  return squares === 0 ? Number.NaN : (3_600 * products) / squares;
}

/** The lowest value of the first third of the time, and of the last one: what garbage hides in between does not count. */
export function lowestAtEnds(points: readonly Point[]): Readonly<{ first: number; last: number }> {
  const times = points.map(({ at }) => at);
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const third = (to - from) / 3;
  const lowest = (wanted: (at: number) => boolean): number =>
    Math.min(...points.filter(({ at }) => wanted(at)).map(({ value }) => value));
  return { first: lowest((at) => at <= from + third), last: lowest((at) => at >= to - third) };
}
