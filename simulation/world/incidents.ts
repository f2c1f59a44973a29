import type { Micros } from '../../src/values/time.js';
import type { Happening } from '../schedule.js';
import type { SimulatedHost } from './host.js';
import { prefixOf } from './kernel.js';
import { FINE } from './lan.js';
import { packetFor } from './packets.js';
import { keyOf, possible, sharedSettings } from './specs.js';
import type { World } from './world.js';

type Of<Kind extends Happening['kind']> = Extract<Happening, { kind: Kind }>;

type Deeds = Readonly<{ [Kind in Happening['kind']]: (world: World, happening: Of<Kind>) => void }>;

/** Does what an incident says, and sees to it that what lasts comes to its end. */
export function carryOut(world: World, happening: Happening): void {
  const deed = DEEDS[happening.kind] as (world: World, happening: Happening) => void;
  deed(world, happening);
}

const DEEDS: Deeds = {
  crash: (world, { host, rescued }) => hostOf(world, host).crash(rescued),
  powerOff: (world, { host }) => hostOf(world, host).powerOff(),
  start: (world, { host }) => hostOf(world, host).start(),
  stop: (world, { host }) => hostOf(world, host).stop(),
  hurry: (world, { host }) => {
    const of = hostOf(world, host);
    if (of.stopping) of.agent?.do((engine) => engine.hurry());
  },
  pause: (world, { host, lasts, wakesBy }) => {
    const of = hostOf(world, host);
    if (of.pausedSince !== null) return;
    of.pause();
    const since = of.pausedSince;
    untilMended(world, lasts, () => {
      if (of.pausedSince === since) of.resume(wakesBy);
    });
  },
  cut: (world, { from, to, lasts }) => cut(world, from, to, lasts),
  partition: (world, { side, lasts }) => {
    const stations = [...world.hosts.keys(), world.client];
    for (const from of stations)
      for (const to of stations) if (side.includes(from) !== side.includes(to)) cut(world, from, to, lasts);
  },
  linkDown: (world, { host, carrier, lasts }) => {
    const { kernel } = hostOf(world, host);
    kernel.set(carrier ? { carrier: false } : { up: false });
    untilMended(world, lasts, () => kernel.set(carrier ? { carrier: true } : { up: true }));
  },
  uplinkDown: (world, { host, lasts }) => {
    const { kernel } = hostOf(world, host);
    kernel.set({ uplink: false });
    untilMended(world, lasts, () => kernel.set({ uplink: true }));
  },
  sourceGone: (world, { host, lasts }) => {
    const { kernel } = hostOf(world, host);
    kernel.sourceless = true;
    untilMended(world, lasts, () => {
      kernel.sourceless = false;
    });
  },
  weather: (world, { weather, lasts }) => {
    world.lan.weather = weather;
    untilMended(world, lasts, () => {
      if (world.lan.weather === weather) world.lan.weather = FINE;
    });
  },
  lose: (world, { from, to, count, lasts }) => {
    const path = world.lan.path(from, to);
    path.doomed += count;
    untilMended(world, lasts, () => {
      path.doomed = Math.max(0, path.doomed - count);
    });
  },
  wallClock: (world, { host, step }) => {
    world.wallClocks[host] = (world.wallClocks[host] ?? 0) + step;
  },
  trackerFails: (world, { host, router, weight, lasts }) => {
    const of = hostOf(world, host);
    const key = keyAt(world, router);
    const state = { id: 'probe', weight, message: 'simulated' };
    of.trackers.set(key, [{ ...state, up: false }]);
    of.tellTrackers(key);
    const told = of.trackers.get(key);
    untilMended(world, lasts, () => {
      if (of.trackers.get(key) !== told) return;
      of.trackers.set(key, [{ ...state, up: true }]);
      of.tellTrackers(key);
    });
  },
  edit: (world, { host, router, change }) => {
    const of = world.settings[router];
    const before = of?.[host];
    if (of === undefined || before === undefined) return;
    of[host] = possible({ ...before, ...change }, world.plans[router]?.family ?? 'IPv4');
    hostOf(world, host).configure();
  },
  removed: (world, { host, router, lasts }) => {
    const before = world.removed[router] ?? new Set();
    world.removed[router] = new Set([...before, host]);
    hostOf(world, host).configure();
    untilMended(world, lasts, () => {
      world.removed[router] = new Set([...(world.removed[router] ?? [])].filter((other) => other !== host));
      hostOf(world, host).configure();
    });
  },
  addressesStolen: (world, { host, router }) => {
    for (const text of world.settings[router]?.[host]?.addresses ?? [])
      hostOf(world, host).kernel.remove(prefixOf(text));
  },
  refused: (world, { host, what, lasts }) => {
    const { ailments } = hostOf(world, host);
    ailments[what]++;
    untilMended(world, lasts, () => {
      ailments[what]--;
    });
  },
  socketLost: (world, { host }) => hostOf(world, host).agent?.loseSockets(),
  packet: (world, { host, router, packet, times, every }) => {
    const plan = world.plans[router];
    if (plan === undefined) return;
    const { mended } = world;
    const send = (left: number): void => {
      if (world.mended !== mended) return;
      const to = hostOf(world, host);
      const settings = world.settings[router]?.[host];
      if (settings === undefined) return;
      if (to.attached) to.receive(packetFor(packet, settings, plan.family, host, world.hosts.length));
      if (left > 1) world.after(every, () => send(left - 1));
    };
    send(times);
  },
};

/** Everything works again, all at once, and the hosts agree about what makes them one virtual router. */
export function mend(world: World): void {
  for (const end of world.endings.splice(0)) end();
  world.lan.mend();
  const vrids = vridsInOrder(world);
  for (const [router, { family }] of world.plans.entries()) {
    const of = world.settings[router];
    const first = of?.[0];
    if (of === undefined || first === undefined) continue;
    const shared = { ...sharedSettings(first), vrid: vrids[router] ?? first.vrid };
    world.settings[router] = of.map((settings) => possible({ ...settings, ...shared }, family));
    for (const host of world.hosts) {
      host.trackers.delete(keyOf(router, family));
      host.tellTrackers(keyOf(router, family));
    }
  }
  for (const host of world.hosts) {
    if (world.schedule.absent.includes(host.index)) {
      host.crash(false);
      continue;
    }
    host.configure();
    if (host.agent === null) host.start();
  }
}

/** By router. Nobody who puts things in order leaves two with one VRID, which an edit may have brought about. */
function vridsInOrder({ settings, plans }: World): readonly (number | undefined)[] {
  const edited = settings.map(([first]) => first?.vrid);
  const clash = new Set(edited).size < edited.length;
  return clash ? plans.map(({ settings: [first] }) => first?.vrid) : edited;
}

function cut(world: World, from: number, to: number, lasts: Micros): void {
  const path = world.lan.path(from, to);
  path.cuts++;
  world.touched();
  untilMended(world, lasts, () => {
    path.cuts--;
    world.touched();
  });
}

/** Ends something after its time, or when everything is mended if that is sooner. */
function untilMended(world: World, lasts: Micros, end: () => void): void {
  let over = false;
  const once = (): void => {
    if (over) return;
    over = true;
    end();
    world.touched();
  };
  if (!world.mended) world.endings.push(once);
  world.after(lasts, once);
}

function hostOf(world: World, host: number): SimulatedHost {
  const of = world.hosts[host];
  if (of === undefined) throw new RangeError(`there is no host ${String(host)}`);
  return of;
}

function keyAt(world: World, router: number): string {
  const plan = world.plans[router];
  if (plan === undefined) throw new RangeError(`there is no router ${String(router)}`);
  return keyOf(router, plan.family);
}
