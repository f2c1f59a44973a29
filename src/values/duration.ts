import { type Micros, micros } from './time.js';
import { type Result, ok, refused } from './result.js';

/** The text form of a duration: numbers with units (`h`, `m`, `s`, `ms`), as Go and Kubernetes write them. */
export const DURATION_PATTERN = '^([0-9]+(\\.[0-9]+)?(h|ms|m|s))+$';

const MICROS_PER_UNIT: Readonly<Record<string, number>> = {
  h: 3_600_000_000,
  m: 60_000_000,
  s: 1_000_000,
  ms: 1_000,
};

/** 100 days: longer than any timer of the product, and far from the limits of an integer. */
const LONGEST = 100 * 24 * 3_600_000_000;

/** Reads `1s`, `100ms`, `1m30s`, `40.95s`. What is finer than a microsecond, or longer than 100 days, is refused. */
export function parseDuration(text: string): Result<Micros, string> {
  if (text.length > 64 || !new RegExp(DURATION_PATTERN).test(text))
    return refused(`"${text.slice(0, 64)}" is not a duration such as 1s, 100ms or 1m30s`);
  let total = 0;
  for (const [, digits = '', unit = ''] of text.matchAll(/([0-9.]+)(h|ms|m|s)/g))
    total += Number(digits) * (MICROS_PER_UNIT[unit] ?? Number.NaN);
  if (!(total <= LONGEST)) return refused(`"${text}" is longer than 100 days`);
  // Decimal fractions are not exact in binary: 1.1 * 1000 is 1100.0000000000002.
  if (Math.abs(total - Math.round(total)) > 1e-3) return refused(`"${text}" is finer than a microsecond`);
  return ok(micros(total));
}

/** The shortest exact text: `1m30s`, `100ms`, `0s`, `40.95s`. The inverse of {@link parseDuration}. */
export function formatDuration(duration: Micros): string {
  if (duration === 0) return '0s';
  if (duration < 1_000_000) return `${String(duration / 1_000)}ms`;
  const hours = Math.floor(duration / 3_600_000_000);
  const minutes = Math.floor((duration % 3_600_000_000) / 60_000_000);
  const seconds = (duration % 60_000_000) / 1_000_000;
  const parts = [
    hours > 0 ? `${String(hours)}h` : '',
    minutes > 0 ? `${String(minutes)}m` : '',
    seconds > 0 ? `${String(seconds)}s` : '',
  ];
  return parts.join('');
}
