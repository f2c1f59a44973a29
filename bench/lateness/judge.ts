import { quantile } from '../report/statistics.js';

/** Adverts of a holder as they entered its segment, ascending, in milliseconds. */
export type Seen = Readonly<{
  interval: number;
  since: number;
  until: number;
  adverts: readonly number[];
  /** How often the successor took the address although the holder was well. */
  takeovers: number;
}>;

export type Lateness = Readonly<{
  adverts: number;
  median: number;
  p99: number;
  p999: number;
  max: number;
  falseFailovers: number;
}>;

/**
 * How much later than an interval after its predecessor each advert came: what counts for whoever listens. An advert that came early,
 * because the one before it was late, is not late. Silence at the end counts like an advert that comes now.
 */
export function judge({ interval, since, until, adverts, takeovers }: Seen): Lateness {
  const late = adverts.slice(1).map((at, index) => Math.max(0, at - (adverts[index] ?? at) - interval));
  const silence = until - (adverts.at(-1) ?? since) - interval;
  const all = silence > 0 ? [...late, silence] : late;
  return {
    adverts: adverts.length,
    median: quantile(all, 0.5),
    p99: quantile(all, 0.99),
    p999: quantile(all, 0.999),
    max: Math.max(...all),
    falseFailovers: takeovers,
  };
}
