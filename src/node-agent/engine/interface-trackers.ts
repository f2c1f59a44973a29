import type { RouterSpec, TrackerState } from '../ipc/router-spec.js';
import type { Link } from './ports.js';

/** The interfaces that a router tracks, as they are now. */
export function interfaceTrackers(spec: RouterSpec, links: readonly Link[]): readonly TrackerState[] {
  return spec.trackInterfaces.map(({ name, weight }) => {
    const link = links.find((candidate) => candidate.name === name);
    const message = link === undefined ? 'missing' : link.running ? 'up' : link.up ? 'no carrier' : 'down';
    return { id: `interface ${name}`, up: link?.running ?? false, weight, message };
  });
}
