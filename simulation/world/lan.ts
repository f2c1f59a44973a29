import type { Datagram } from '../../src/node-agent/engine/ports.js';
import { ipv4Header } from '../../src/node-agent/vrrp/ip-header.js';
import { VRRP_HOP_LIMIT } from '../../src/node-agent/vrrp/protocol-numbers.js';
import { type IpAddress, familyOf, isMulticast } from '../../src/values/ip-address.js';
import { type Micros, after, micros } from '../../src/values/time.js';
import { chance } from '../random.js';
import type { Weather } from '../schedule.js';
import { LAN_INDEX } from './kernel.js';
import type { Timeline } from './timeline.js';

export const FINE: Weather = { loss: 0, duplication: 0, jitter: micros(0) };

/** One who is attached to the LAN. */
export interface Station {
  /** Whether frames reach it, and leave it. */
  readonly attached: boolean;
  has(address: IpAddress): boolean;
  receive(datagram: Datagram): void;
}

/** One direction between two stations. */
export type Path = {
  /** How many incidents cut it at the moment. */
  cuts: number;
  /** Datagrams that are to be lost next. */
  doomed: number;
  sent: number;
  /** When the last datagram arrives: a LAN does not reorder. */
  busyUntil: Micros;
  /** When datagrams were lost, or later than they should be; the last of them. */
  lost: Micros[];
};

const REMEMBERED = 4;

/** The LAN: carries datagrams and announcements from each station to the others, or does not. */
export class Lan {
  weather: Weather = FINE;
  readonly #paths: readonly (readonly Path[])[];

  constructor(
    private readonly stations: readonly Station[],
    private readonly world: Timeline,
    private readonly seed: number,
    private readonly delay: Micros,
  ) {
    this.#paths = stations.map(() =>
      stations.map(() => ({ cuts: 0, doomed: 0, sent: 0, busyUntil: micros(0), lost: [] })),
    );
  }

  path(from: number, to: number): Path {
    const path = this.#paths[from]?.[to];
    if (path === undefined) throw new RangeError(`no path from ${String(from)} to ${String(to)}`);
    return path;
  }

  /** Nothing is lost any more but by what happens from now on. */
  mend(): void {
    this.weather = FINE;
    for (const path of this.#paths.flat()) path.doomed = 0;
  }

  /** A host wanted to say something and could not: to the others that is a loss. */
  unsent(from: number): void {
    for (const to of this.stations.keys()) this.#note(this.path(from, to));
  }

  /** What has reached a host and was not read yet is lost. */
  unread(to: number): void {
    for (const from of this.stations.keys())
      for (let count = 0; count < REMEMBERED; count++) this.#note(this.path(from, to));
  }

  /** A VRRP message, to the group or to one address. */
  send(from: number, message: Uint8Array, source: IpAddress, destination: IpAddress): void {
    const datagram = datagramOf(message, source, destination);
    const toAll = isMulticast(destination);
    for (const [to, station] of this.stations.entries())
      if (to !== from && (toAll || station.has(destination)))
        this.carry(from, to, () => {
          station.receive(datagram);
        });
  }

  /** Whatever one station says to another. */
  carry(from: number, to: number, arrive: () => void): void {
    const path = this.path(from, to);
    const number = path.sent++;
    const { loss, duplication } = this.weather;
    if (this.#isLost(path, from, to) || this.#chance(from, to, number, 0) < loss) {
      this.#note(path);
      return;
    }
    this.#deliver(path, from, to, number, arrive);
    if (duplication > 0 && this.#chance(from, to, number, 1) < duplication)
      this.#deliver(path, from, to, number + 0x4000_0000, arrive);
  }

  #isLost(path: Path, from: number, to: number): boolean {
    if (this.stations[from]?.attached !== true || this.stations[to]?.attached !== true) return true;
    if (path.cuts > 0) return true;
    if (path.doomed === 0) return false;
    path.doomed--;
    return true;
  }

  #deliver(path: Path, from: number, to: number, number: number, arrive: () => void): void {
    const { jitter } = this.weather;
    const { now } = this.world;
    const usual = micros(1 + this.#chance(from, to, number, 2) * (this.delay - 1));
    const late = micros(this.#chance(from, to, number, 3) * jitter);
    let at = after(after(now, usual), late);
    if (jitter === 0 && at < path.busyUntil) at = path.busyUntil;
    if (at > path.busyUntil) path.busyUntil = at;
    if (at - now > this.delay) this.#note(path, at);
    this.world.after((at - now) as Micros, () => {
      if (this.stations[to]?.attached === true) arrive();
      else this.#note(path);
    });
  }

  /** `until`: when the datagram that is late arrives. */
  #note(path: Path, until = this.world.now): void {
    path.lost.push(until);
    if (path.lost.length > REMEMBERED) path.lost.shift();
    this.world.touched();
  }

  #chance(from: number, to: number, number: number, what: number): number {
    return chance(this.seed, from * 64 + to, number, what + 100);
  }
}

/** Routers send the same octets again and again. */
const known = new WeakMap<
  Uint8Array,
  Readonly<{ source: IpAddress; destination: IpAddress; datagram: Datagram }>
>();

/** The datagram as a socket hands it over. */
export function datagramOf(message: Uint8Array, source: IpAddress, destination: IpAddress): Datagram {
  const before = known.get(message);
  if (before?.source === source && before.destination === destination) return before.datagram;
  const datagram = newDatagram(message, source, destination);
  known.set(message, { source, destination, datagram });
  return datagram;
}

function newDatagram(message: Uint8Array, source: IpAddress, destination: IpAddress): Datagram {
  const family = familyOf(source);
  if (family === 'IPv6')
    return {
      bytes: message,
      interfaceIndex: LAN_INDEX,
      family,
      source,
      destination,
      hopLimit: VRRP_HOP_LIMIT,
    };
  const header = ipv4Header(source, destination, message.length, 1);
  const bytes = new Uint8Array(header.length + message.length);
  bytes.set(header);
  bytes.set(message, header.length);
  return { bytes, interfaceIndex: LAN_INDEX, family, source: null, destination: null, hopLimit: null };
}
