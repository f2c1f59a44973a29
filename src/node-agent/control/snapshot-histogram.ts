import type { Metric } from 'prom-client';
import type { Histogram } from '../ipc/messages.js';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, histogram: Histogram];

/**
 * A histogram whose buckets are counted elsewhere: prom-client's own can only be filled by observations. Buckets come
 * in Prometheus's cumulative form, `le: null` standing for +Inf.
 */
export function snapshotHistogram(name: string, help: string, samples: () => readonly Sample[]): Metric {
  const metric = {
    name,
    get: () =>
      Promise.resolve({
        name,
        help,
        type: 'histogram',
        aggregator: 'sum',
        values: samples().flatMap((sample) => lines(name, sample)),
      }),
  };
  // The registry needs no more of a metric than its name and `get`; the declared type is that of the classes.
  return metric as unknown as Metric;
}

function lines(name: string, [labels, { buckets, sum, count }]: Sample): readonly unknown[] {
  const finite = buckets.filter(({ le }) => le !== null);
  return [
    ...finite.map(({ le, count: within }) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le },
      value: within,
    })),
    { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
