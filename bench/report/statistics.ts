/*
 * What is said of a sample. Quantiles are by nearest rank: each is a value that was measured, never one between two.
 */

export type Summary = Readonly<{
  count: number;
  median: number;
  p90: number;
  p99: number;
  max: number;
}>;

/**
 * The smallest value of which at least the share `rank` (0 < rank ≤ 1) of the sample is not above: p99 of fewer than a hundred
 * values is the largest of them. NaN for an empty sample.
 */
export function quantile(sample: readonly number[], rank: number): number {
  const sorted = [...sample].sort((left, right) => left - right);
  return ofSorted(sorted, rank);
}

/** The usual quantiles at once; each NaN for an empty sample. */
export function summarise(sample: readonly number[]): Summary {
  const sorted = [...sample].sort((left, right) => left - right);
  return {
    count: sorted.length,
    median: ofSorted(sorted, 0.5),
    p90: ofSorted(sorted, 0.9),
    p99: ofSorted(sorted, 0.99),
    max: sorted.at(-1) ?? Number.NaN,
  };
}

/** `value` as a multiple of `baseline`; null where that means nothing: the baseline is 0, or one of them is no number. */
export function ratio(value: number, baseline: number): number | null {
  if (baseline === 0 || !Number.isFinite(value) || !Number.isFinite(baseline)) return null;
  return value / baseline;
}

/**
 * The median of the differences of pairs that had the same conditions, with the interval that holds it with 95 % confidence (sign
 * test: order statistics, no assumption about the distribution). null for fewer than six pairs, which cannot tell.
 */
export function medianDifference(
  pairs: readonly (readonly [number, number])[],
): Readonly<{ median: number; low: number; high: number }> | null {
  const differences = pairs.map(([left, right]) => left - right).sort((left, right) => left - right);
  const outside = confidenceRank(differences.length);
  if (outside === null) return null;
  return {
    median: ofSorted(differences, 0.5),
    low: differences[outside] ?? Number.NaN,
    high: differences[differences.length - 1 - outside] ?? Number.NaN,
  };
}

/** How many values may be cut off at each end so that the rest still spans the median with 95 % confidence. */
export function confidenceRank(count: number): number | null {
  // Below the median lie k of n values with the binomial probability (n over k) / 2^n; in logarithms, as 2^n overflows.
  let logarithm = -count * Math.LN2;
  let below = Math.exp(logarithm);
  if (2 * below > 0.05) return null;
  for (let rank = 0; ; rank++) {
    logarithm += Math.log((count - rank) / (rank + 1));
    below += Math.exp(logarithm);
    if (2 * below > 0.05) return rank;
  }
}

function ofSorted(sorted: readonly number[], rank: number): number {
  // 0.9 * 10 is 9.000000000000002 in some orders of evaluation; a rank must not go up by that.
  const index = Math.ceil(rank * sorted.length - 1e-9) - 1;
  return sorted[Math.max(index, 0)] ?? Number.NaN;
}
