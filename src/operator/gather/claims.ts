import type { VirtualIP } from '../../api/v1alpha1/virtual-ip.js';
import type { VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import { claimFrom, claimOf } from '../decide/claim.js';
import { sameContent } from '../decide/same-content.js';
import type { Claim, ClaimedThings } from '../decide/types.js';

/** Where claims come from: what is known now. */
export type ClaimSources = Readonly<{
  /** Monotonic milliseconds. */
  now: () => number;
  virtualIP: (name: string) => VirtualIP | undefined;
  virtualRoutersOf: (name: string) => readonly VirtualRouter[];
}>;

/**
 * Milliseconds after which nothing comes of a request any more whose answer we have not seen: an API server gives requests up after a minute,
 * unless it is told otherwise.
 */
const LATEST_EFFECT = 70_000;

/** `doubtUntil`: monotonic; null: every write was answered. */
type Reservation = Readonly<{ claim: Claim; doubtUntil: number | null }>;

/**
 * The claims of all VirtualIPs. A claim is made anew when its objects have changed, and kept otherwise: with a thousand
 * VirtualIPs every decision looks at all of them.
 */
export class Claims {
  readonly #claims = new Map<string, Claim>();
  readonly #byThing = new Map<string, Set<string>>();
  /** What is being written just now. */
  readonly #reserved = new Map<string, Reservation>();
  #list: readonly Claim[] | null = null;

  constructor(private readonly sources: ClaimSources) {}

  /** Those of VirtualIPs that are being written twice: with what they have, and with what they are about to have. */
  get list(): readonly Claim[] {
    this.#list ??= [...this.#claims.values(), ...[...this.#reserved.values()].map(({ claim }) => claim)];
    return this.#list;
  }

  /**
   * These VirtualRouters are about to be written: until {@link release} nobody else takes what they have. Without it, VirtualIPs
   * that are decided about while the first one waits for the API server all get the same free VRID.
   */
  reserve(name: string, virtualRouters: readonly VirtualRouter[]): void {
    const metadata = this.sources.virtualIP(name)?.metadata ?? { name };
    const doubtUntil = this.#reserved.get(name)?.doubtUntil ?? null;
    this.#reserved.set(name, { claim: claimFrom({ metadata }, null, virtualRouters), doubtUntil });
    this.#list = null;
  }

  /**
   * It was not answered whether they are written. Until {@link release} nobody else takes what they have all the same: he would share it
   * with them.
   */
  doubt(name: string): void {
    const reserved = this.#reserved.get(name);
    if (reserved !== undefined)
      this.#reserved.set(name, { ...reserved, doubtUntil: this.sources.now() + LATEST_EFFECT });
  }

  /** For how many milliseconds something may still come of a write that was not answered; null: there is no such write. */
  doubtfulFor(name: string): number | null {
    const until = this.#reserved.get(name)?.doubtUntil ?? null;
    return until === null ? null : Math.max(0, until - this.sources.now());
  }

  /** Names of the VirtualIPs of which that is so. */
  get doubtful(): readonly string[] {
    return [...this.#reserved.keys()].filter((name) => this.doubtfulFor(name) !== null);
  }

  /** They are written, or never will be. Gives the VirtualIPs that what was reserved may have been in the way of. */
  release(name: string): readonly string[] {
    const reserved = this.#reserved.get(name);
    this.#reserved.delete(name);
    this.#list = null;
    return this.#concernedBy(name, thingsIn(reserved?.claim));
  }

  /** Names of the VirtualIPs that want something and have nothing. */
  get unfulfilled(): readonly string[] {
    return [...this.#claims.values()]
      .filter(({ wanted, running }) => wanted !== null && running === null)
      .map(({ virtualIP }) => virtualIP);
  }

  get(name: string): Claim | undefined {
    return this.#claims.get(name);
  }

  /**
   * To be called when the VirtualIP, or a VirtualRouter of it, is another one now. Gives the other VirtualIPs that may
   * get something now that they could not have before, or the other way round.
   */
  update(name: string): readonly string[] {
    const before = this.#claims.get(name);
    const after = this.#claimNow(name);
    if (sameContent(before, after)) return [];
    this.#list = null;
    if (after === undefined) this.#claims.delete(name);
    else this.#claims.set(name, after);
    const had = thingsIn(before);
    const has = thingsIn(after);
    for (const thing of had) this.#byThing.get(thing)?.delete(name);
    for (const thing of has) this.#namesWith(thing).add(name);
    const isFreed = [...had].some((thing) => thing.startsWith(VRID) && !has.has(thing));
    const things = new Set([...had, ...has]);
    // Whoever waits for any free VRID can have one that is not used any more. That another one waits, or waits no more, is no news.
    if (isFreed) things.add(ANY_VRID);
    else things.delete(ANY_VRID);
    return this.#concernedBy(name, things);
  }

  #concernedBy(name: string, things: ReadonlySet<string>): readonly string[] {
    const concerned = new Set([...things].flatMap((thing) => [...(this.#byThing.get(thing) ?? [])]));
    concerned.delete(name);
    return [...concerned];
  }

  #claimNow(name: string): Claim | undefined {
    const virtualIP = this.sources.virtualIP(name);
    return virtualIP === undefined ? undefined : claimOf(virtualIP, this.sources.virtualRoutersOf(name));
  }

  #namesWith(thing: string): Set<string> {
    const known = this.#byThing.get(thing);
    if (known !== undefined) return known;
    const names = new Set<string>();
    this.#byThing.set(thing, names);
    return names;
  }
}

const VRID = 'vrid ';
const ANY_VRID = 'any vrid';

function thingsIn(claim: Claim | undefined): ReadonlySet<string> {
  const things = [claim?.wanted ?? null, claim?.running ?? null].flatMap((each) =>
    each === null ? [] : namesOf(each),
  );
  return new Set(things);
}

const namesOf = ({ vrid, addresses }: ClaimedThings): readonly string[] => [
  vrid === null ? ANY_VRID : `${VRID}${String(vrid)}`,
  ...addresses,
];
