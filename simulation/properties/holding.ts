import type { VirtualRouter } from '../../src/node-agent/engine/virtual-router.js';
import { after, micros } from '../../src/values/time.js';
import type { SimulatedHost } from '../world/host.js';
import { type Note, type Sight, diedAt, isDead } from './sight.js';

export type Place = Readonly<{ host: SimulatedHost; router: number; address: string }>;

/** Whether a host has an address exactly when it should, as far as that depends on nobody else. */
export function lookAtHolding(sight: Sight, place: Place, note: Note): void {
  const { host, router, address } = place;
  const holds = host.kernel.holds(address);
  const name = `host ${String(host.index)}`;
  if (isDead(host)) {
    if (holds)
      note(`lease ${name} ${address}`, {
        since: diedAt(host),
        bound: sight.bounds(router).lease,
        property: 'leaseEnds',
        seen: `${name} still had ${address} while its agent was dead or stood still`,
      });
    return;
  }
  const { router: running } = sight.seen(host.index, router);
  if (running === null) return;
  if (running.state.name === 'Active') lookAtActive(sight, place, holds, note);
  else if (holds && host.agent?.listens === true) lookAtAnother(sight, place, running, note);
}

function lookAtActive(sight: Sight, { host, router, address }: Place, holds: boolean, note: Note): void {
  const wanted = sight.world.settingsOf(router, host.index).addresses.includes(address);
  if (holds || !wanted || !host.attached || host.ailments.hold > 0) return;
  note(`empty ${String(host.index)} ${address}`, {
    since: sight.seen(host.index, router).changedAt,
    bound: sight.bounds(router).reinstall,
    property: 'activeHolds',
    seen: `host ${String(host.index)} was Active without ${address}`,
  });
}

/** A Backup, or a router out of the election, still has an address: while it answers for its successor, or it is being removed. */
function lookAtAnother(
  sight: Sight,
  { host, router, address }: Place,
  { state }: VirtualRouter,
  note: Note,
): void {
  const bounds = sight.bounds(router);
  const answers = state.answering !== null;
  // What is configured again may find the addresses still answered for by what was removed.
  const again = sight.world.schedule.incidents.some(
    (incident) => incident.kind === 'removed' && incident.router === router,
  );
  note(`${answers ? 'answering' : 'idle'} ${String(host.index)} ${address}`, {
    since: sight.seen(host.index, router).changedAt,
    bound: answers ? bounds.answering : after(bounds.kernel, again ? bounds.answering : micros(0)),
    property: 'heldInBackup',
    seen: `host ${String(host.index)} had ${address} in ${state.name}`,
  });
}
