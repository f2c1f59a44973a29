/** A linear axis from the first tick to the last. */
export type Axis = Readonly<{ from: number; to: number; ticks: readonly number[] }>;

/** Round ticks around these values: at least two, and at most `most`; differences of less than 1 are not blown up. */
export function axisFor(values: readonly number[], most = 6): Axis {
  const finite = values.filter(Number.isFinite);
  const low = finite.length === 0 ? 0 : Math.min(...finite);
  const high = finite.length === 0 ? 1 : Math.max(...finite);
  const step = roundStep(Math.max(high - low, 1) / (most - 2));
  const first = Math.floor(low / step);
  const last = Math.max(Math.ceil(high / step), first + 1);
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => exact((first + index) * step));
  return { from: ticks[0] ?? 0, to: ticks.at(-1) ?? 1, ticks };
}

/** 1, 2 or 5 times a power of ten, not below `step`. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const factor = [1, 2, 5, 10].find((each) => each * power >= step * (1 - 1e-9)) ?? 10;
  return exact(factor * power);
}

/** Without the dust of binary fractions. */
const exact = (value: number): number => Number(value.toPrecision(12));

/** Where `value` lies between 0 and 1. */
export const position = ({ from, to }: Axis, value: number): number => (value - from) / (to - from);
