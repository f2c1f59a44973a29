import { deadlineOf } from '../../src/node-agent/vrrp/router.js';
import { type Micros, fromMillis, micros } from '../../src/values/time.js';
import { type Move, movesFrom, ordinaryMove } from './moves.js';
import { INTERVAL, type Member, type SmallWorld, identityOf, smallWorld } from './small-world.js';

export type Search = Readonly<{
  /** By router; `alternatives` are what each may be set to. */
  priorities: readonly number[];
  alternatives: readonly number[];
  /** How many moves from the start. */
  depth: number;
  /** Only what leaves the LAN in order. */
  plannedOnly: boolean;
}>;

export type Found = Readonly<{
  states: number;
  moves: number;
  /** States from which it was tried whether one holder comes about by itself. */
  settled: number;
  /** The depth that was searched through. */
  depth: number;
  /** What must not be, and the way there; null: nothing. */
  violation: Violation | null;
}>;

export type Violation = Readonly<{ seen: string; way: readonly string[] }>;

type Node = Readonly<{ world: SmallWorld; way: Way | null }>;
type Way = Readonly<{ name: string; before: Way | null }>;

/** Two that hear each other: one interval until an advert, and what a handover takes. */
const SHARED = micros(INTERVAL + fromMillis(150));
/**
 * Two that yield to each other, and do not hear it, say nothing for as long as they wait for the other one: an interval and Skew_Time. So do
 * one that resigns and the one that it had displaced just before: both answer until that one takes over again.
 */
const SHARED_IN_SILENCE = micros(2 * INTERVAL + fromMillis(150));
/** 3A + Skew_Time, one interval for two that took over, and the longest lease. */
const SETTLED = micros(6 * INTERVAL);

/** Tries every order of events from a world in which no agent was started, breadth first, each state once. */
export function search({ priorities, alternatives, depth, plannedOnly }: Search): Found {
  const start = plannedOnly ? inOrder(priorities) : smallWorld(priorities);
  const known = new Set([identityOf(start)]);
  const good = new Set<string>();
  let moves = 0;

  /** The worlds that are new among those that follow; or what is wrong with one of them. */
  const expand = ({ world, way }: Node): readonly Node[] | Violation => {
    const fresh: Node[] = [];
    for (const move of movesFrom(world, alternatives).filter(({ planned }) => planned || !plannedOnly)) {
      moves++;
      const result = move.result();
      const identity = identityOf(result);
      if (known.has(identity)) continue;
      known.add(identity);
      const after: Way = { name: named(move, result), before: way };
      const seen = whatIsWrong(result, plannedOnly) ?? whatFollows(result, good);
      if (seen !== null) return { seen, way: steps(after) };
      fresh.push({ world: result, way: after });
    }
    return fresh;
  };

  let level: readonly Node[] = [{ world: start, way: null }];
  let violation: Violation | null = null;
  let reached = 0;
  for (; reached < depth && level.length > 0 && violation === null; reached++) {
    const next: Node[] = [];
    for (const node of level) {
      const outcome = expand(node);
      if (!('seen' in outcome)) next.push(...outcome);
      else violation ??= outcome;
    }
    level = next;
  }
  return { states: known.size, moves, settled: good.size, depth: reached, violation };
}

/** All are started, and the best one has the address. */
function inOrder(priorities: readonly number[]): SmallWorld {
  let world = smallWorld(priorities);
  for (const index of priorities.keys()) {
    const start = movesFrom(world, []).find(({ name }) => name === `start ${String(index)}`);
    world = start?.result() ?? world;
  }
  const until = SETTLED;
  for (let move = ordinaryMove(world); move !== null && world.now < until; move = ordinaryMove(world))
    world = move.result();
  return world;
}

function whatIsWrong({ now, members, sharedSince }: SmallWorld, planned: boolean): string | null {
  const silent = members.some(
    ({ state }) =>
      (state.name === 'Backup' && state.takeover === 'yielded') ||
      // Only after losses two that are Active have not heard each other for so long before.
      (!planned && state.name !== 'Active' && state.answering !== null),
  );
  if (sharedSince !== null && now - sharedSince > (silent ? SHARED_IN_SILENCE : SHARED))
    return 'two that hear each other have the address';
  for (const [index, member] of members.entries()) {
    const wrong = member.agent === 'running' ? whatIsWrongWith(member) : null;
    if (wrong !== null) return `router ${String(index)} ${wrong}`;
  }
  const nobody = members.every(({ leasedUntil }) => leasedUntil === null);
  const elder = members.findIndex((member) => member.elder);
  return planned && nobody && elder >= 0
    ? `nobody has the address, though router ${String(elder)} could`
    : null;
}

function whatIsWrongWith({ state, leasedUntil }: Member): string | null {
  if (state.name !== 'Initialize' && deadlineOf(state) === null) return 'waits for nothing';
  if (state.name === 'Active') return leasedUntil === null ? 'is Active without the address' : null;
  // One that answers on may have lost it: the kernel took it while the agent stood still.
  return state.answering === null && leasedUntil !== null ? `has the address in ${state.name}` : null;
}

/** Whether exactly one of the running agents gets the address when nobody interferes any more, and keeps it. */
function whatFollows(from: SmallWorld, good: Set<string>): string | null {
  const passed: string[] = [];
  const standing = from.members.some(({ agent }) => agent === 'standing');
  const running = from.members.filter(
    ({ agent, state }) => agent === 'running' && state.name !== 'Initialize',
  );
  if (standing || running.length === 0) return null;
  let world = from;
  const until = (from.now + SETTLED) as Micros;
  for (let move = ordinaryMove(world); move !== null && world.now < until; move = ordinaryMove(world)) {
    const identity = identityOf(world);
    if (good.has(identity)) break;
    passed.push(identity);
    world = move.result();
  }
  if (world.now >= until && !isSettled(world))
    return `${String(SETTLED / 1_000_000)} s later there is still no one holder`;
  for (const identity of passed.slice(0, 1)) good.add(identity);
  return null;
}

function isSettled({ members }: SmallWorld): boolean {
  const holders = members.filter(({ leasedUntil }) => leasedUntil !== null);
  const running = members.filter(({ agent, state }) => agent === 'running' && state.name !== 'Initialize');
  const best = Math.max(...running.map(({ state }) => state.priority));
  return holders.length === 1 && holders[0]?.state.name === 'Active' && holders[0].state.priority === best;
}

const named = ({ name }: Move, { now }: SmallWorld): string => `${(now / 1_000_000).toFixed(3)} ${name}`;

function steps(way: Way): readonly string[] {
  const names: string[] = [];
  for (let step: Way | null = way; step !== null; step = step.before) names.push(step.name);
  return names.reverse();
}
