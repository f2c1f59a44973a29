import { type Report, farewell } from './member-status.js';

/** One write: our entry in the status of this VirtualRouter; report null: the entry goes. */
export type Errand = Readonly<{ name: string; report: Report | null }>;

/** How a write went. */
export type Outcome =
  | 'written'
  /** There is no such object, or not any more, or not yet. */
  | 'gone'
  /** The server does not take this one; others may fare better. */
  | 'refused'
  /** The server does not answer, or cannot: nothing else would fare better now. */
  | 'away';

type Page = {
  /** Of a member that has not been reported on yet: null. */
  wanted: Report | null;
  /** What the server has, as far as we know. */
  written: string | null;
  writtenAt: number;
  /** Before that nothing is said about it for the first time: of who is Active, and of others. */
  silentUntil: Readonly<{ active: number; others: number }>;
  dueAt: number | null;
  onItsWay: boolean;
  /** Of this one, in a row. That the server was away says nothing about it. */
  failures: number;
};

/** Who becomes Active is what everybody waits for; the addresses come with it, a moment later. */
const ACTIVE_AFTER = 20;
/**
 * Of any other change: what comes together is written together. Who hands over speaks after the one who takes over, so that
 * nobody reads in between that there is no holder.
 */
const CHANGE_AFTER = 100;
/**
 * Of the first word about a router that has begun as Backup and has heard nobody yet. Within the Active_Down_Interval of adverts of a second
 * it knows who is Active, or is so itself; of a thousand VirtualIPs that begin together the API server gets half as much to read.
 */
const ELECTION = 4_000;
/** Of the first words of those who were asked to be silent for the same number of seconds. */
const SPREAD = 1_000;
/** From one write of an entry to the next, unless its state changes. */
const SPACING = 1_000;
const FIRST_RETRY = 1_000;
const LONGEST_RETRY = 60_000;
/** While the server does not answer. Short, because it is out of date when it is back; not all agents ask at the same time. */
const LONGEST_ABSENCE = 4_000;
/** Times that the server may refuse to take an entry out; some versions do, when it is the last one. */
const MOST_REMOVALS = 3;
/** Writes under way at the same time. */
const MOST_AT_ONCE = 8;

/**
 * When which entry is written. Of each entry only the newest is ever written, so what waits is bounded by the number of virtual
 * routers. Times are monotonic milliseconds and come in as arguments; nothing is sent here.
 */
export class ReportBook {
  readonly #pages = new Map<string, Page>();
  #covered: ReadonlySet<string> = new Set();
  #heartbeat = 0;
  #lastSettledAt = -Infinity;
  #blockedUntil = -Infinity;
  #failures = 0;
  #silent = false;

  /** `random`: from 0 to 1. */
  constructor(private readonly random: () => number = Math.random) {}

  /**
   * These VirtualRouters, and no others, have an entry of ours. Each comes with the milliseconds that are to pass before the first word
   * about it. `heartbeat`: milliseconds between two of them.
   */
  cover(names: ReadonlyMap<string, number>, heartbeat: number, now: number): void {
    this.#heartbeat = heartbeat;
    for (const [name, page] of this.#pages) {
      if (names.has(name)) continue;
      // The entry goes, even one that was written by an earlier run of this agent.
      page.wanted = null;
      page.written = null;
      page.dueAt = now;
    }
    for (const [name, silence] of names) {
      const page = this.#pages.get(name);
      if (page === undefined) this.#pages.set(name, emptyPage(this.#silentUntil(silence, now)));
      else if (page.wanted === null) page.dueAt = null;
    }
    this.#covered = new Set(names.keys());
  }

  /** This is how it is now. */
  report(name: string, report: Report, now: number): void {
    const page = this.#pages.get(name);
    if (page === undefined || !this.#covered.has(name)) return;
    const before = page.wanted;
    if (JSON.stringify(before) === JSON.stringify(report)) return;
    page.wanted = report;
    page.dueAt = Math.min(page.dueAt ?? Infinity, dueAt(page, before, report, now));
  }

  /** The first word about this one was said in an earlier run. Gives whether there is anything to say now. */
  speakUp(name: string, now: number): boolean {
    const page = this.#pages.get(name);
    if (page === undefined || page.silentUntil.others <= now) return false;
    page.silentUntil = AT_ONCE;
    if (page.dueAt !== null) page.dueAt = Math.min(page.dueAt, now + CHANGE_AFTER);
    return true;
  }

  /** Others should hear it again, although nothing has changed. */
  repeat(name: string, now: number): void {
    const page = this.#pages.get(name);
    if (page === undefined || page.wanted === null) return;
    page.dueAt = Math.min(page.dueAt ?? Infinity, Math.max(now, page.writtenAt + SPACING));
  }

  /** Whether to leave it to changes to be told: a heartbeat vouches for what was said before. */
  silence(silent: boolean): void {
    this.#silent = silent;
  }

  /** Everything stops here: what is left to say is due at once. */
  close(now: number, wallClock: number): void {
    this.#blockedUntil = now;
    for (const page of this.#pages.values()) {
      page.wanted = page.wanted === null ? null : farewell(page.wanted, wallClock);
      page.dueAt = page.wanted === null ? null : now;
    }
  }

  /** What is to be sent now; each is answered by {@link done}. */
  take(now: number): readonly Errand[] {
    this.#beat(now);
    if (now < this.#blockedUntil) return [];
    return [...this.#pages]
      .filter(([, page]) => !page.onItsWay && page.dueAt !== null && page.dueAt <= now)
      .sort(([, a], [, b]) => (a.dueAt ?? 0) - (b.dueAt ?? 0))
      .slice(0, this.#free)
      .map(([name, page]) => {
        page.onItsWay = true;
        page.dueAt = null;
        page.written = JSON.stringify(page.wanted);
        return { name, report: page.wanted };
      });
  }

  /** `retryAfter`: milliseconds, as the server asked; null: it did not. */
  done({ name, report }: Errand, outcome: Outcome, now: number, retryAfter: number | null = null): void {
    if (outcome === 'away') this.#block(now, retryAfter);
    else this.#failures = 0;
    const page = this.#pages.get(name);
    if (page === undefined) return;
    page.onItsWay = false;
    // That an object is gone counts once the watch has said so too: a server that has just started may not know it yet.
    const isOver = outcome === 'written' || (outcome === 'gone' && !this.#covered.has(name));
    if (isOver) this.#settled(name, page, report, now);
    else this.#failed(page, outcome, now);
    // An entry of one that is no member does no harm; it need not be asked about for ever.
    if (outcome === 'refused' && page.wanted === null && page.failures >= MOST_REMOVALS)
      this.#pages.delete(name);
  }

  /** When to look again; null: something has to happen first, such as an answer. */
  get wakeAt(): number | null {
    if (this.#free === 0) return null;
    const dues = [...this.#pages.values()].flatMap(({ dueAt, onItsWay }) =>
      dueAt === null || onItsWay ? [] : [Math.max(dueAt, this.#blockedUntil)],
    );
    const beat = this.#nextBeat();
    const all = beat === null ? dues : [...dues, beat];
    return all.length === 0 ? null : Math.min(...all);
  }

  /** Whether the server has an entry of ours, as far as we know. */
  isWritten(name: string): boolean {
    const page = this.#pages.get(name);
    return page !== undefined && page.written !== null && !page.onItsWay;
  }

  /** Whether anything is due or under way. */
  get busy(): boolean {
    return [...this.#pages.values()].some(({ dueAt, onItsWay }) => onItsWay || dueAt !== null);
  }

  /** Who is Active first, for that is what everybody waits for; by chance, so that not all speak at the same time. */
  #silentUntil(silence: number, now: number): Page['silentUntil'] {
    if (silence === 0) return AT_ONCE;
    return {
      active: now + silence + SPREAD * this.random(),
      others: now + silence * (2 + this.random()),
    };
  }

  #settled(name: string, page: Page, report: Report | null, now: number): void {
    page.failures = 0;
    page.writtenAt = now;
    this.#lastSettledAt = now;
    if (report === null && !this.#covered.has(name)) this.#pages.delete(name);
    else if (JSON.stringify(page.wanted) === page.written) page.dueAt = null;
  }

  #failed(page: Page, outcome: Outcome, now: number): void {
    page.written = null;
    const delay = outcome === 'away' ? 0 : backoff(++page.failures);
    page.dueAt = Math.max(page.dueAt ?? now, now + delay);
  }

  #block(now: number, retryAfter: number | null): void {
    this.#failures += 1;
    const delay = Math.min(backoff(this.#failures), LONGEST_ABSENCE) * (0.5 + this.random() / 2);
    this.#blockedUntil = now + Math.max(delay, retryAfter ?? 0);
  }

  /** How many more writes may be under way. While the server is away one finds out whether it is back. */
  get #free(): number {
    const underWay = [...this.#pages.values()].filter(({ onItsWay }) => onItsWay).length;
    return Math.max(0, (this.#failures > 0 ? 1 : MOST_AT_ONCE) - underWay);
  }

  /** When nothing was written for a period, the oldest entry is written again. */
  #beat(now: number): void {
    const beat = this.#nextBeat();
    if (beat === null || now < beat) return;
    const [oldest] = this.#idle().sort((a, b) => a.writtenAt - b.writtenAt);
    if (oldest !== undefined) oldest.dueAt = now;
  }

  /** An entry that the server refuses, and is asked about again later, must not make the others look dead. */
  #nextBeat(): number | null {
    if (this.#silent) return null;
    const beat = this.#lastSettledAt + this.#heartbeat;
    const soon = [...this.#pages.values()].some(
      ({ dueAt, onItsWay, failures }) => onItsWay || (dueAt !== null && dueAt <= beat && failures === 0),
    );
    if (this.#lastSettledAt === -Infinity || soon || this.#idle().length === 0) return null;
    return Math.max(beat, this.#blockedUntil);
  }

  /** Entries that the server has, and of which nothing new is to be said. */
  #idle(): Page[] {
    return this.#reported().filter(({ dueAt, onItsWay }) => dueAt === null && !onItsWay);
  }

  #reported(): Page[] {
    return [...this.#pages.values()].filter(({ wanted }) => wanted !== null);
  }
}

const AT_ONCE: Page['silentUntil'] = { active: -Infinity, others: -Infinity };

const emptyPage = (silentUntil: Page['silentUntil']): Page => ({
  wanted: null,
  written: null,
  writtenAt: -Infinity,
  silentUntil,
  dueAt: null,
  onItsWay: false,
  failures: 0,
});

function dueAt({ writtenAt, silentUntil }: Page, before: Report | null, after: Report, now: number): number {
  const soon = now + (after.state === 'Active' ? ACTIVE_AFTER : CHANGE_AFTER);
  if (writtenAt === -Infinity) {
    const isFirst = before === null || isUndecided(before);
    const told = isFirst && isUndecided(after) ? now + ELECTION : soon;
    return Math.max(told, silentUntil[after.state === 'Active' ? 'active' : 'others']);
  }
  if (before !== null && before.state === after.state && before.since === after.since)
    return Math.max(now + CHANGE_AFTER, writtenAt + SPACING);
  return soon;
}

const isUndecided = ({ state, active, problems, failing }: Report): boolean =>
  state === 'Backup' && active === undefined && problems === undefined && failing === undefined;

const backoff = (failures: number): number =>
  Math.min(FIRST_RETRY * 2 ** Math.min(failures - 1, 10), LONGEST_RETRY);
