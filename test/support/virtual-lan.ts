import type { RouterConfig } from '../../src/node-agent/vrrp/config.js';
import type { Effect, TransitionReason } from '../../src/node-agent/vrrp/effect.js';
import type { RouterEvent } from '../../src/node-agent/vrrp/event.js';
import { encodeAdvert, ownAdvert } from '../../src/node-agent/vrrp/packet.js';
import { VRRP_GROUP, VRRP_HOP_LIMIT } from '../../src/node-agent/vrrp/protocol-numbers.js';
import { type ReceivedDatagram, openDatagram, receiveAdvert } from '../../src/node-agent/vrrp/receive.js';
import { deadlineOf, initialState, transition } from '../../src/node-agent/vrrp/router.js';
import type { RouterState } from '../../src/node-agent/vrrp/state.js';
import { type IpAddress, ipAddress } from '../../src/values/ip-address.js';
import { type Micros, after, micros } from '../../src/values/time.js';
import { vrrpPacket } from './vrrp-packet.js';

/*
 * Several hosts with one virtual router each, on one LAN, under one virtual clock. Adverts travel as bytes, so that encoder and
 * decoder check each other. `run` jumps from event to event: minutes of protocol take milliseconds.
 */

export type VirtualHost = {
  readonly index: number;
  readonly address: IpAddress;
  config: RouterConfig;
  state: RouterState;
  /** Whether the kernel of this host has the virtual addresses. */
  holds: boolean;
  /** Standing still: its timer is not served and what arrives has to wait. */
  frozen: boolean;
  /** Arrived while standing still. */
  waiting: ReceivedDatagram[];
  /** Why it became Active, each time. */
  readonly becameActive: TransitionReason[];
  /** Datagrams that its router did not believe. */
  rejected: number;
};

type InFlight = Readonly<{ at: Micros; to: number; datagram: ReceivedDatagram }>;

export type Weather = Readonly<{
  /** From one host to another. */
  delay: () => Micros;
  /** Whether a datagram gets lost. */
  lost: () => boolean;
}>;

export class VirtualLan {
  now: Micros = micros(0);
  readonly hosts: readonly VirtualHost[];
  weather: Weather;
  /** `from>to` pairs that hear nothing. */
  readonly cut = new Set<string>();
  /** Called after everything that happens. */
  watch: (lan: VirtualLan) => void = () => undefined;
  private inFlight: InFlight[] = [];
  /** When the last datagram of each `from>to` pair arrives: a LAN does not reorder. */
  private readonly lastArrival = new Map<string, Micros>();

  constructor(configs: readonly RouterConfig[], weather: Weather) {
    this.weather = weather;
    this.hosts = configs.map((config, index) => ({
      index,
      address: hostAddress(config, index),
      config,
      state: initialState(config),
      holds: false,
      frozen: false,
      waiting: [],
      becameActive: [],
      rejected: 0,
    }));
  }

  get active(): readonly VirtualHost[] {
    return this.hosts.filter(({ state }) => state.name === 'Active');
  }

  get holders(): readonly VirtualHost[] {
    return this.hosts.filter(({ holds }) => holds);
  }

  start(host: VirtualHost): void {
    this.happen(host, { kind: 'startup', source: host.address });
  }

  /** The agent dies without a word; the kernel drops what it held. A later start begins anew. */
  crash(host: VirtualHost): void {
    host.state = initialState(host.config);
    host.holds = false;
    host.waiting = [];
    this.watch(this);
  }

  freeze(host: VirtualHost): void {
    host.frozen = true;
  }

  /** The host goes on: its timer is looked at before or after what has arrived meanwhile. */
  thaw(host: VirtualHost, timerFirst: boolean): void {
    if (!host.frozen) return;
    host.frozen = false;
    if (timerFirst) this.happen(host, { kind: 'timerExpired' });
    for (const datagram of host.waiting.splice(0)) this.receive(host, datagram);
  }

  happen(host: VirtualHost, event: RouterEvent): void {
    const { state, effects } = transition(host.state, event, this.now);
    host.state = state;
    for (const effect of effects) this.perform(host, effect);
    this.watch(this);
  }

  /** Lets `duration` pass. */
  run(duration: Micros): void {
    const until = after(this.now, duration);
    for (;;) {
      const arrival = this.inFlight.reduce<InFlight | null>(
        (first, next) => (first === null || next.at < first.at ? next : first),
        null,
      );
      const timer = this.nextTimer();
      const arrives = arrival !== null && (timer === null || arrival.at <= timer.at);
      const at = arrives ? arrival.at : timer?.at;
      if (at === undefined || at > until) break;
      this.now = micros(Math.max(this.now, at));
      if (arrives) {
        this.inFlight = this.inFlight.filter((datagram) => datagram !== arrival);
        const host = this.hosts[arrival.to];
        if (host !== undefined) this.receive(host, arrival.datagram);
      } else if (timer !== null) this.happen(timer.host, { kind: 'timerExpired' });
    }
    this.now = until;
  }

  private nextTimer(): Readonly<{ at: Micros; host: VirtualHost }> | null {
    let next: Readonly<{ at: Micros; host: VirtualHost }> | null = null;
    for (const host of this.hosts) {
      const at = host.frozen ? null : deadlineOf(host.state);
      if (at !== null && (next === null || at < next.at)) next = { at, host };
    }
    return next;
  }

  private receive(host: VirtualHost, datagram: ReceivedDatagram): void {
    if (host.frozen) {
      host.waiting.push(datagram);
      return;
    }
    const arrival = openDatagram(datagram);
    if (arrival.rejected !== undefined) throw new Error(`a host sent what is no advert: ${arrival.rejected}`);
    const verdict = receiveAdvert(host.state.config, host.state.source, arrival);
    if (verdict.rejected !== undefined) {
      host.rejected++;
      return;
    }
    this.happen(host, { kind: 'advertReceived', advert: verdict.accepted, sender: verdict.sender });
  }

  private perform(host: VirtualHost, effect: Effect): void {
    switch (effect.kind) {
      case 'sendAdvert':
        this.send(host, effect.priority);
        return;
      case 'holdAddresses':
        host.holds = true;
        return;
      case 'releaseAddresses':
        host.holds = false;
        return;
      case 'stateChanged':
        if (effect.to === 'Active') host.becameActive.push(effect.because);
        return;
      default:
        return;
    }
  }

  private send(host: VirtualHost, priority: number): void {
    const { config } = host.state;
    for (const other of this.hosts) {
      if (other === host) continue;
      const destination = config.cast.mode === 'Multicast' ? VRRP_GROUP[config.family] : other.address;
      const pair = `${String(host.index)}>${String(other.index)}`;
      if (this.cut.has(pair) || this.weather.lost()) continue;
      const message = encodeAdvert(ownAdvert(config, priority), config, host.address, destination);
      const datagram = inTransit(config, message, host.address, destination);
      const at = micros(Math.max(after(this.now, this.weather.delay()), this.lastArrival.get(pair) ?? 0));
      this.lastArrival.set(pair, at);
      this.inFlight.push({ at, to: other.index, datagram });
    }
  }
}

/** 192.0.2.1 or fe80::1 for the first host, and so on. */
export const hostAddress = ({ family }: RouterConfig, index: number): IpAddress =>
  ipAddress(family === 'IPv4' ? `192.0.2.${String(index + 1)}` : `fe80::${(index + 1).toString(16)}`);

function inTransit(
  { family }: RouterConfig,
  message: Uint8Array,
  source: IpAddress,
  destination: IpAddress,
): ReceivedDatagram {
  if (family === 'IPv6') return { bytes: message, family, source, destination, hopLimit: VRRP_HOP_LIMIT };
  const bytes = vrrpPacket(message, source, destination);
  return { bytes, family, source: null, destination: null, hopLimit: null };
}

/** Numbers from 0 to 1 that depend on `seed` alone (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
