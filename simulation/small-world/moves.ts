import type { Effect } from '../../src/node-agent/vrrp/effect.js';
import type { RouterEvent } from '../../src/node-agent/vrrp/event.js';
import { deadlineOf, initialState, transition } from '../../src/node-agent/vrrp/router.js';
import { type Micros, after, micros } from '../../src/values/time.js';
import { type Advert, INTERVAL, LEASE, type Member, type SmallWorld, addressOf } from './small-world.js';

/** One thing that can happen next. */
export type Move = Readonly<{ name: string; planned: boolean; result: () => SmallWorld }>;

/** Everything that can happen next, priorities of `priorities` being set among it. */
export function movesFrom(world: SmallWorld, priorities: readonly number[]): readonly Move[] {
  const ofMembers = world.members.flatMap((member, index) => memberMoves(world, member, index, priorities));
  const passing = timeMoves(world);
  return [...networkMoves(world), ...passing, ...ofMembers];
}

/** What goes on by itself when nobody interferes: nothing is lost, and what is under way arrives before time passes. */
export const ordinaryMove = (world: SmallWorld): Move | null =>
  networkMoves(world).find(({ planned }) => planned) ?? timeMoves(world)[0] ?? null;

function networkMoves(world: SmallWorld): readonly Move[] {
  const heads = world.inFlight.filter(
    (datagram, index) =>
      world.inFlight.findIndex(({ from, to }) => from === datagram.from && to === datagram.to) === index,
  );
  return heads.flatMap((datagram): Move[] => {
    const { from, to, priority } = datagram;
    const what = `advert ${String(priority)} from ${String(from)} to ${String(to)}`;
    const rest = { ...world, inFlight: world.inFlight.filter((other) => other !== datagram) };
    return [
      { name: `${what} arrives`, planned: true, result: () => received(rest, to, { from, priority }) },
      // What was shared counts from now: they have not heard each other.
      { name: `${what} is lost`, planned: false, result: () => share({ ...rest, sharedSince: null }, true) },
    ];
  });
}

/** Time passes until the next timer of a running agent, or the end of a lease that nobody renews; not past what is under way. */
function timeMoves(world: SmallWorld): readonly Move[] {
  if (world.inFlight.length > 0) return [];
  const dues = world.members.flatMap(
    ({ state, agent, leasedUntil }, index): (readonly [Micros, number, boolean])[] => {
      const timer = agent === 'running' ? deadlineOf(state) : null;
      return [
        ...(timer === null ? [] : [[timer, index, true] as const]),
        ...(leasedUntil === null ? [] : [[leasedUntil, index, false] as const]),
      ];
    },
  );
  const earliest = Math.min(...dues.map(([at]) => at));
  return dues
    .filter(([at]) => at === earliest)
    .map(([at, index, isTimer]): Move => {
      const then = { ...world, now: at > world.now ? at : world.now };
      return isTimer
        ? {
            name: `timer of ${String(index)}`,
            planned: true,
            result: () => happens(then, index, { kind: 'timerExpired' }),
          }
        : { name: `lease of ${String(index)} ends`, planned: true, result: () => expired(then, index) };
    });
}

function memberMoves(
  world: SmallWorld,
  member: Member,
  index: number,
  priorities: readonly number[],
): readonly Move[] {
  const move = (name: string, planned: boolean, result: () => SmallWorld): Move => ({
    name: `${name} ${String(index)}`,
    planned,
    result,
  });
  if (member.agent === 'gone') return [move('start', true, () => started(world, index))];
  if (member.agent === 'standing') return [move('resume', false, () => resumed(world, index))];
  const gone = {
    ...member,
    state: initialState(member.state.config),
    agent: 'gone' as const,
    elder: false,
    waiting: [],
  };
  const moves = [
    move('crash', false, () => put(world, index, gone)),
    move('pause', false, () => put(world, index, { ...member, agent: 'standing' })),
  ];
  if (member.state.name === 'Initialize')
    return member.state.answering === null
      ? [...moves, move('exit', true, () => put(world, index, gone))]
      : moves;
  const others = priorities.filter((priority) => priority !== member.state.priority);
  return [
    ...moves,
    move('stop', true, () =>
      resigned(world, index, { kind: 'shutdown', because: 'stopping', handover: true }),
    ),
    ...others.map((priority) =>
      move(`priority ${String(priority)} of`, true, () => lowered(world, index, priority)),
    ),
  ];
}

/** The operator sets a priority, and knows whether another router has a higher one. */
function lowered(world: SmallWorld, index: number, priority: number): SmallWorld {
  const yieldToPeer = world.members.some(
    ({ state, agent }, other) =>
      other !== index && agent === 'running' && state.name !== 'Initialize' && state.priority > priority,
  );
  return resigned(world, index, { kind: 'prioritySet', priority, yieldToPeer });
}

/** An event after which others may have to take over from the Active router: those that are in the election now. */
function resigned(world: SmallWorld, index: number, event: RouterEvent): SmallWorld {
  if (world.members[index]?.state.name !== 'Active') return happens(world, index, event);
  const members = world.members.map((member, other): Member => ({
    ...member,
    elder: other !== index && member.agent === 'running' && member.state.name !== 'Initialize',
  }));
  const then = happens({ ...world, members }, index, event);
  const member = then.members[index];
  return member === undefined || member.state.name === 'Initialize'
    ? then
    : put(then, index, { ...member, elder: true });
}

/** A new agent removes what an earlier one has left before it does anything else. */
function started(world: SmallWorld, index: number): SmallWorld {
  const member = world.members[index];
  if (member === undefined) return world;
  const fresh = put(world, index, { ...member, agent: 'running', leasedUntil: null, elder: false });
  return happens(fresh, index, { kind: 'startup', source: addressOf(index) });
}

/** What has arrived meanwhile is heard first, as the engine sees to. */
function resumed(world: SmallWorld, index: number): SmallWorld {
  const member = world.members[index];
  if (member === undefined) return world;
  let next = put(world, index, { ...member, agent: 'running', waiting: [] });
  for (const advert of member.waiting) next = received(next, index, advert);
  return happens(next, index, { kind: 'timerExpired' });
}

function received(world: SmallWorld, to: number, advert: Advert): SmallWorld {
  const member = world.members[to];
  if (member === undefined || member.agent === 'gone') return world;
  if (member.agent === 'standing')
    // As many as matter: later ones say the same.
    return put(world, to, { ...member, waiting: [...member.waiting, advert].slice(-3) });
  const { vrid, version, addresses } = member.state.config;
  return happens(world, to, {
    kind: 'advertReceived',
    sender: addressOf(advert.from),
    advert: { vrid, version, addresses, priority: advert.priority, interval: INTERVAL },
  });
}

function expired(world: SmallWorld, index: number): SmallWorld {
  const member = world.members[index];
  if (member === undefined) return world;
  const without = put(world, index, { ...member, leasedUntil: null });
  return member.agent === 'running'
    ? happens(without, index, { kind: 'addressesLost', addresses: member.state.config.addresses })
    : without;
}

function happens(world: SmallWorld, index: number, event: RouterEvent): SmallWorld {
  const member = world.members[index];
  if (member === undefined) return world;
  const { state, effects } = transition(member.state, event, world.now);
  const leasedUntil = effects.reduce(
    (lease, effect) => leaseAfter(lease, effect, world.now),
    member.leasedUntil,
  );
  const elder = member.elder && state.name !== 'Initialize';
  const sent = effects.flatMap((effect) => (effect.kind === 'sendAdvert' ? [effect.priority] : []));
  const inFlight = sent.flatMap((priority) =>
    world.members.flatMap((_, to) => (to === index ? [] : [{ from: index, to, priority }])),
  );
  const changed = { ...world, inFlight: [...world.inFlight, ...inFlight] };
  return put(changed, index, { ...member, state, leasedUntil, elder });
}

function leaseAfter(lease: Micros | null, { kind }: Effect, now: Micros): Micros | null {
  if (kind === 'holdAddresses' || kind === 'renewAddresses') return after(now, LEASE);
  return kind === 'releaseAddresses' ? null : lease;
}

const put = (world: SmallWorld, index: number, member: Member): SmallWorld =>
  share({ ...world, members: world.members.with(index, member) }, false);

/** Notes since when two running agents have had the address at the same time. */
function share(world: SmallWorld, anew: boolean): SmallWorld {
  const holders = world.members.filter(
    ({ agent, leasedUntil }) => agent === 'running' && leasedUntil !== null,
  );
  if (holders.length < 2) return world.sharedSince === null ? world : { ...world, sharedSince: null };
  return world.sharedSince === null || anew ? { ...world, sharedSince: micros(world.now) } : world;
}
