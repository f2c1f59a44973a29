import { type Incident, lastsOf } from '../schedule.js';
import { type Micros, after } from '../../src/values/time.js';

/*
 * What an incident does to the order of a LAN. After something planned the addresses move without a gap; anything else may interrupt
 * them, and is given its time before they are looked at again.
 */

/** Whether addresses may be unreachable, or held twice, because of it. */
export function disturbs(incident: Incident): boolean {
  switch (incident.kind) {
    case 'start':
    case 'stop':
    case 'wallClock':
    case 'trackerFails':
    case 'uplinkDown':
    case 'removed':
    case 'socketLost':
      return false;
    case 'packet':
      return incident.packet.kind === 'forged';
    case 'edit': {
      const { vrid, version, password, unicast, addresses, interval } = incident.change;
      // A longer interval is learned from the Active router's next advert. Others must be the same on all hosts.
      return [vrid, version, password, unicast, addresses, interval].some((value) => value !== undefined);
    }
    default:
      return true;
  }
}

/** When it is over. */
export const endOf = (incident: Incident): Micros => after(incident.at, lastsOf(incident));
