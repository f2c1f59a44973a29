import type { Incident } from '../schedule.js';

/** Incidents that are about datagrams, which are followed one by one, or that no router is to notice. */
const ABOUT_NO_ROUTER: ReadonlySet<Incident['kind']> = new Set([
  'cut',
  'partition',
  'weather',
  'lose',
  'wallClock',
]);

/** Whether what a host does with a router just before and after `incident` cannot be compared. null: all is mended. */
export function concerns(incident: Incident | null, host: number, router: number): boolean {
  if (incident === null) return true;
  if (ABOUT_NO_ROUTER.has(incident.kind)) return false;
  if (incident.kind === 'packet') return incident.packet.kind === 'forged' && incident.router === router;
  if ('router' in incident && incident.router !== router) return false;
  return 'host' in incident && incident.host === host;
}
