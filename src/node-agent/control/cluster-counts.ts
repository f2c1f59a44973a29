import { NO_OBSERVER, type Observer } from '../../platform/observer.js';
import type { ClusterView } from './agent-view.js';

type Watch = ClusterView['watches'][number];

/** Counts what API client and informers tell. What has no meaning for an agent is not counted. */
export class ClusterCounts {
  readonly observer: Observer;
  readonly #requests = new Counts();
  readonly #restarts = new Counts();
  readonly #watches = new Map<string, Watch>();

  constructor() {
    this.observer = {
      ...NO_OBSERVER,
      apiRequest: ({ verb, resource, code }) => {
        this.#requests.increase(verb, resource, code);
      },
      watchRestarted: (resource, reason) => {
        this.#restarts.increase(resource, reason);
      },
      // Of several watches of one kind (pods, one for each selector) the one with the last news is shown.
      informer: (resource, state) => {
        this.#watches.set(resource, { resource, ...state });
      },
    };
  }

  view(): Omit<ClusterView, 'reports'> {
    return {
      watches: [...this.#watches.values()],
      requests: this.#requests.all(([verb = '', resource = '', code = ''], count) => ({
        verb,
        resource,
        code,
        count,
      })),
      watchRestarts: this.#restarts.all(([resource = '', reason = ''], count) => ({
        resource,
        reason,
        count,
      })),
    };
  }
}

/** Counters by labels; verbs, plurals, codes and reasons have no spaces. */
class Counts {
  readonly #counts = new Map<string, number>();

  increase(...labels: readonly string[]): void {
    const key = labels.join(' ');
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  all<Row>(row: (labels: readonly string[], count: number) => Row): readonly Row[] {
    return [...this.#counts].map(([key, count]) => row(key.split(' '), count));
  }
}
