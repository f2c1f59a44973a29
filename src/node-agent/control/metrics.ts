import { Counter, Gauge, Registry } from 'prom-client';
import type { AgentView } from './agent-view.js';
import { METRICS, type MetricDefinition, PREFIX } from './metric-definitions.js';
import { snapshotHistogram } from './snapshot-histogram.js';

/** The agent's metrics in Prometheus's text format. Holds no numbers: each scrape reads them off the view. */
export type Metrics = Readonly<{
  contentType: string;
  scrape(view: AgentView): Promise<string>;
}>;

export function createMetrics(): Metrics {
  const registry = new Registry();
  let current: AgentView | null = null;
  const view = (): AgentView => {
    if (current === null) throw new Error('metrics are read during a scrape only');
    return current;
  };
  for (const definition of METRICS) register(definition, registry, view);
  return {
    contentType: registry.contentType,
    scrape(scraped) {
      // All metrics are collected before the first await, so scrapes that overlap do not mix.
      current = scraped;
      return registry.metrics();
    },
  };
}

function register(definition: MetricDefinition, registry: Registry, view: () => AgentView): void {
  const { help } = definition;
  const common = {
    name: PREFIX + definition.name,
    help,
    labelNames: [...definition.labels],
    registers: [registry],
  };
  switch (definition.type) {
    case 'gauge':
      new Gauge({
        ...common,
        collect() {
          this.reset();
          // Without labels a reset leaves a 0, which is not the same as nothing to tell.
          if (definition.labels.length === 0) this.remove();
          for (const [labels, value] of definition.samples(view())) this.set(labels, value);
        },
      });
      return;
    case 'counter':
      new Counter({
        ...common,
        collect() {
          this.reset();
          for (const [labels, value] of definition.samples(view())) this.inc(labels, value);
        },
      });
      return;
    case 'histogram':
      registry.registerMetric(snapshotHistogram(common.name, help, () => definition.samples(view())));
  }
}
