/*
 * What is measured, and in which order.
 */

/** What runs: our agent without a cluster and with one (as a pod finds it), and Debian's keepalived. */
export type Subject = 'standalone' | 'cluster' | 'restarted' | 'cut off' | 'keepalived';

/** Active: nobody else is there. Backup: another router of higher priority is. */
export type Role = 'Active' | 'Backup';

/** So many virtual routers, spread evenly over so many interfaces; adverts each second. */
export type Scenario = Readonly<{ routers: number; interfaces: number; role: Role }>;

export type Measurement = Scenario & Readonly<{ subject: Subject; run: number }>;

export type Settings = Readonly<{
  scenarios: readonly Scenario[];
  /** How often each is measured. */
  runs: number;
  /** How long what is used is watched, once everything has settled. */
  seconds: number;
  /** From the first advert until that begins, in seconds. */
  settle: number;
  /** Whether the agent is also measured with an API server: its start and its memory. */
  cluster: boolean;
}>;

/** One VRID has 255 values: more routers need more interfaces. */
const MOST_PER_INTERFACE = 255;
/**
 * What happens at the start only is over by then: announcements for five seconds, and what V8 compiles, once in the months that an agent
 * runs.
 */
const SETTLED_AFTER = 60;
/** The same for a program without a compiler. */
const KEEPALIVED_SETTLED_AFTER = 15;

export const FULL: Settings = {
  scenarios: scenariosOf([1, 50, 255, 1_000], ['Active', 'Backup']),
  runs: 3,
  seconds: 10,
  settle: SETTLED_AFTER,
  cluster: true,
};

/** Shows in some seconds that everything works; its figures include the start. */
export const SMOKE: Settings = {
  scenarios: scenariosOf([20], ['Active', 'Backup']),
  runs: 1,
  seconds: 2,
  settle: 0,
  cluster: false,
};

export function scenariosOf(counts: readonly number[], roles: readonly Role[]): readonly Scenario[] {
  return counts.flatMap((routers) =>
    roles.map((role) => ({ routers, interfaces: interfacesFor(routers), role })),
  );
}

/** As few as hold them. */
export function interfacesFor(routers: number): number {
  return Math.ceil(routers / MOST_PER_INTERFACE);
}

/**
 * Every scenario with every program in turn, then all of it again: what disturbs the machine for a while disturbs all of them. With an
 * API server only the start and the memory differ, so that is measured as Active alone, and for one segment only.
 */
export function measurements({ scenarios, runs, cluster }: Settings): readonly Measurement[] {
  return Array.from({ length: runs }, (_, index) => index + 1).flatMap((run) =>
    scenarios.flatMap((scenario) =>
      subjectsOf(scenario, cluster).map((subject) => ({ ...scenario, subject, run })),
    ),
  );
}

/** How long a program is left alone before it is watched, in seconds. */
export const settleTime = (subject: Subject, settle: number): number =>
  subject === 'keepalived' ? Math.min(settle, KEEPALIVED_SETTLED_AFTER) : settle;

function subjectsOf({ role, interfaces }: Scenario, cluster: boolean): readonly Subject[] {
  const both: readonly Subject[] = ['standalone', 'keepalived'];
  return cluster && role === 'Active' && interfaces === 1
    ? [...both, 'cluster', 'restarted', 'cut off']
    : both;
}

/** The VRIDs of each interface. */
export function vridsByInterface({
  routers,
  interfaces,
}: Pick<Scenario, 'routers' | 'interfaces'>): readonly (readonly number[])[] {
  return Array.from({ length: interfaces }, (_, index) => {
    const share = Math.floor(routers / interfaces) + (index < routers % interfaces ? 1 : 0);
    return Array.from({ length: share }, (__, number) => number + 1);
  });
}
