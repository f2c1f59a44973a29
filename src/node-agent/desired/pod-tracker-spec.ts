import type { DefaultedSpec } from '../../api/v1alpha1/virtual-ip.js';

/** Pods of this node that the routers of a VirtualIP depend on. Plain JSON. */
export type PodTrackerSpec = Readonly<{
  /** `VIRTUALIP/pods`: unique on this host, stable across edits. */
  id: string;
  /** The keys of the RouterSpecs that it counts for. At least one. */
  routerKeys: readonly string[];
  namespace: string;
  /** In the form that the API server takes: `app=nginx,tier in (edge,web)`. */
  selector: string;
  /** As in TrackerState. */
  weight: number | null;
}>;

type Selector = NonNullable<NonNullable<DefaultedSpec['track']>['pods']>['selector'];

/** A label selector as the text that list and watch take; equal selectors give equal texts. */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: Selector): string {
  const requirements = [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values = [] }) => {
      const list = `(${[...values].sort().join(',')})`;
      switch (operator) {
        case 'In':
          return `${key} in ${list}`;
        case 'NotIn':
          return `${key} notin ${list}`;
        case 'Exists':
          return key;
        case 'DoesNotExist':
          return `!${key}`;
      }
    }),
  ];
  return requirements.sort().join(',');
}
