import { virtualRouterName } from '../../api/v1alpha1/virtual-router.js';
import type { DesiredState } from './desired-state.js';
import { type Passwords, type RouterPlan, fromVirtualRouter } from './from-virtual-router.js';

/** A VirtualRouter as it came: its name and generation are known, its spec may be anything. */
export type GivenRouter = Readonly<{ name: string; generation: number; spec: unknown }>;

/** A VirtualRouter that can be run, with all that it takes to run it again. Plain JSON. */
export type UsableRouter = GivenRouter & Readonly<{ password: string | null }>;

/** One VirtualRouter of this node. */
export type KnownRouter = Readonly<{
  name: string;
  /** What runs for it; null: nothing, there has never been a usable spec. */
  running: Readonly<{ key: string; generation: number }> | null;
  /** Why its newest spec is not what runs; null: it is. */
  problem: string | null;
  /** Milliseconds from one heartbeat to the next that it asks for; 0: it does not. */
  heartbeat: number;
  /** Milliseconds that it asks for before the first word about it. */
  silence: number;
}>;

type Entry = Readonly<{
  given: GivenRouter;
  running: Readonly<{ usable: UsableRouter; plan: RouterPlan }> | null;
  problem: string | null;
}>;

/**
 * What is known of the VirtualRouters that name this node, object by object: one that cannot be used keeps what it ran
 * before, and only who knows better takes it away. Decides; fetches and stores nothing.
 */
export class KnownRouters {
  readonly #entries = new Map<string, Entry>();
  #passwords: Passwords = null;

  constructor(private readonly node: string) {}

  /** Takes up what an earlier run kept. What cannot be used any more is left out. */
  restore(kept: readonly UsableRouter[]): void {
    const passwords = kept.flatMap(({ spec, password }) => {
      const key = secretKeyOf(spec);
      return key === null || password === null ? [] : [[key, password] as const];
    });
    this.#passwords = passwords.length === 0 ? null : new Map(passwords);
    for (const { name, generation, spec } of kept) {
      this.put({ name, generation, spec });
      if (this.#entries.get(name)?.running === null) this.#entries.delete(name);
    }
  }

  /** There is such a VirtualRouter; its label says that this node is a member. */
  put(given: GivenRouter): void {
    const { name, generation, spec } = given;
    const plan = fromVirtualRouter(spec, this.node, this.#passwords);
    const before = this.#entries.get(name)?.running ?? null;
    if (!plan.ok) {
      this.#entries.set(name, { given, running: before, problem: plan.problem });
    } else if (plan.value === null) {
      this.#entries.delete(name);
    } else {
      const { authentication } = plan.value.router;
      const password = authentication.type === 'Password' ? authentication.password : null;
      const usable = { name, generation, spec, password };
      this.#entries.set(name, { given, running: { usable, plan: plan.value }, problem: null });
    }
  }

  remove(name: string): void {
    this.#entries.delete(name);
  }

  /** These, and no others, exist. */
  retain(names: ReadonlySet<string>): void {
    for (const name of this.#entries.keys()) if (!names.has(name)) this.#entries.delete(name);
  }

  /** What the Secret for agents holds now. */
  setPasswords(passwords: ReadonlyMap<string, string>): void {
    this.#passwords = passwords;
    for (const { given } of [...this.#entries.values()])
      if (secretKeyOf(given.spec) !== null) this.put(given);
  }

  /** All that is to run, and what stands in the way of the rest. */
  view(): Readonly<{
    desired: DesiredState;
    routers: readonly KnownRouter[];
    usable: readonly UsableRouter[];
  }> {
    const owners = new Map<string, string>();
    const plans: RouterPlan[] = [];
    const routers: KnownRouter[] = [];
    const usable: UsableRouter[] = [];
    for (const [name, entry] of [...this.#entries].sort(byRight)) {
      const { running } = entry;
      const owner = running === null ? undefined : owners.get(running.plan.router.key);
      routers.push(knownRouter(name, entry, owner));
      if (running === null || owner !== undefined) continue;
      owners.set(running.plan.router.key, name);
      plans.push(running.plan);
      usable.push(running.usable);
    }
    return { desired: desiredState(plans), routers, usable };
  }
}

/** Who is called as the operator calls it comes first: nobody else takes its place. */
const byRight = ([a, one]: readonly [string, Entry], [b, other]: readonly [string, Entry]): number =>
  Number(isStranger(a, one)) - Number(isStranger(b, other)) || (a < b ? -1 : 1);

const isStranger = (name: string, { running }: Entry): boolean =>
  running === null || name !== virtualRouterName(running.plan.router.virtualIP, running.plan.router.family);

function knownRouter(name: string, { running, problem }: Entry, owner: string | undefined): KnownRouter {
  if (running === null) return { name, running: null, problem, heartbeat: 0, silence: 0 };
  const { plan, usable } = running;
  const { heartbeat, silence } = plan;
  if (owner !== undefined) {
    const { virtualIP, family } = plan.router;
    const taken = `VirtualRouter ${owner} is the one of VirtualIP ${virtualIP} for ${family} already`;
    return { name, running: null, problem: taken, heartbeat, silence };
  }
  return {
    name,
    running: { key: plan.router.key, generation: usable.generation },
    problem,
    heartbeat,
    silence,
  };
}

const desiredState = (plans: readonly RouterPlan[]): DesiredState => ({
  routers: plans.map(({ router }) => router),
  probes: plans.flatMap(({ probes }) => probes),
  pods: plans.flatMap(({ pods }) => pods),
});

/** The entry of the Secret that a spec asks for, if it is one. */
function secretKeyOf(spec: unknown): string | null {
  const authentication = fieldOf(spec, 'authentication');
  const key = fieldOf(authentication, 'secretKey');
  return fieldOf(authentication, 'type') === 'Password' && typeof key === 'string' ? key : null;
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
