import { type AddressFamily, ipAddress } from '../../values/ip-address.js';
import { virtualRouterMac } from '../../values/mac-address.js';
import { fullLength } from '../../values/prefix.js';
import { type Micros, fromSeconds, micros } from '../../values/time.js';
import type { RouterSpec } from '../ipc/router-spec.js';
import { Engine, type EnginePorts } from './engine.js';
import type { Announcer, InterfaceAddress, Link } from './ports.js';

/** The ports whose code a rehearsal goes through. They are asked for an interface that does not exist, and may fail. */
export type RehearsalPorts = Pick<EnginePorts, 'sockets' | 'table' | 'announcer'>;

/** No host counts its interfaces so far; a request for this one is refused by the kernel. */
const NOWHERE = 0x7fff_fff0;

const LINK: Link = {
  index: NOWHERE,
  name: 'rehearsal',
  mac: virtualRouterMac(1, 'IPv4'),
  up: true,
  running: true,
  mtu: 1500,
  multicast: true,
  loopback: false,
  kind: null,
  parentIndex: null,
};

/** Addresses for documentation: the interface's own, and the virtual one. */
const ADDRESSES = { IPv4: ['192.0.2.1', '192.0.2.2'], IPv6: ['fe80::1', 'fe80::2'] } as const;

/** The first time compiles; the second one runs what was compiled. */
const TIMES = 2;
/** As an Active router: adverts, renewals and announcements. */
const STEPS_AS_ACTIVE = 8;

/**
 * Plays a takeover from the first silence to the resignation, on an interface that does not exist. JavaScript is compiled function by
 * function when it is called first, so without this the one takeover that counts would be the slow one: it took 3 ms longer, a tenth
 * of the time that adverts each 10 ms leave for it. Nothing of it reaches the host or the log.
 */
export async function rehearse(ports: RehearsalPorts): Promise<void> {
  for (let time = 0; time < TIMES; time++)
    for (const family of ['IPv4', 'IPv6'] as const) await play(ports, family);
}

async function play({ sockets, table, announcer }: RehearsalPorts, family: AddressFamily): Promise<void> {
  const clock = new TimerInHand();
  const { announced, ...prompter } = withPrompter(announcer);
  const nothing = (): void => undefined;
  const engine = new Engine(
    {
      clock,
      sockets,
      network: { links: () => [LINK], addresses: () => [ownAddress(family)], onChange: nothing },
      table: {
        // That the kernel refuses is the point; the engine goes on as if it had not.
        hold: (...wanted) => table.hold(...wanted).catch(nothing),
        renew: () => false,
        arrival: () => Promise.resolve(),
        release: (...wanted) => table.release(...wanted).catch(nothing),
        sweep: () => Promise.resolve([]),
      },
      virtualMacLinks: { ensure: () => Promise.resolve(NOWHERE), remove: () => Promise.resolve() },
      announcer: prompter,
      askNeighbours: () => Promise.resolve(null),
      inspect: () => [],
    },
    { log: nothing, stepped: nothing, began: nothing, reportable: nothing },
  );
  engine.desired([specOf(family)]);
  clock.expire();
  await announced;
  for (let step = 0; step < STEPS_AS_ACTIVE; step++) clock.expire();
  const stopped = engine.stop();
  engine.hurry();
  await stopped;
}

/** An announcer that also tells when it was first asked. */
function withPrompter(announcer: Announcer): Announcer & Readonly<{ announced: Promise<void> }> {
  let tell = (): void => undefined;
  const announced = new Promise<void>((resolve) => (tell = resolve));
  return {
    announced,
    announce: (...what) => {
      announcer.announce(...what);
      tell();
    },
    cancel: (...what) => {
      announcer.cancel(...what);
    },
  };
}

/** A clock that stands still until the next deadline is wanted. */
class TimerInHand {
  #now = micros(0);
  #armed: Readonly<{ deadline: Micros; callback: () => void }> | null = null;

  now(): Micros {
    return this.#now;
  }

  wallClock(): number {
    return 0;
  }

  arm(deadline: Micros | null, callback: () => void): void {
    this.#armed = deadline === null ? null : { deadline, callback };
  }

  expire(): void {
    if (this.#armed === null) return;
    const { deadline, callback } = this.#armed;
    this.#armed = null;
    this.#now = deadline;
    callback();
  }
}

const ownAddress = (family: AddressFamily): InterfaceAddress => ({
  interfaceIndex: NOWHERE,
  prefix: { address: ipAddress(ADDRESSES[family][0]), length: fullLength(family) },
  ours: false,
  secondary: false,
  tentative: false,
  deprecated: false,
  scope: family === 'IPv4' ? 0 : 253,
});

const specOf = (family: AddressFamily): RouterSpec => ({
  key: `rehearsal/${family}`,
  virtualIP: 'rehearsal',
  family,
  vrid: 1,
  version: 3,
  priority: 100,
  bestPeerPriority: null,
  interface: LINK.name,
  addresses: [`${ADDRESSES[family][1]}/${String(fullLength(family))}`],
  advertisementInterval: fromSeconds(1),
  preemption: { mode: 'Preempt', delay: fromSeconds(0) },
  authentication: { type: 'None' },
  unicast: null,
  virtualMAC: false,
  checksum: 'PseudoHeader',
  announcement: { repeat: 2, delay: fromSeconds(0), refresh: fromSeconds(1) },
  trackInterfaces: [],
});
