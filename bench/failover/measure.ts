import type { EventName } from './cell.js';
import { activeDown, skew } from './timing.js';

/** What was seen of one run, in the order of time; wall-clock milliseconds. Holder and successor: before the event. */
export type Observation = Readonly<{
  event: EventName;
  interval: number;
  version: 2 | 3;
  at: number;
  took: number;
  /** Until when it was watched. */
  until: number;
  successorPriority: number;
  adverts: Readonly<{ holder: readonly Sent[]; successor: readonly Sent[] }>;
  holdings: Readonly<{ holder: readonly Span[]; successor: readonly Span[] }>;
  /** Gratuitous ARP, or unsolicited neighbour advertisements, of whose answers are awaited. */
  announcements: readonly number[];
  /** Answers of whose answers are awaited. */
  answers: readonly number[];
  /** Whose answers are awaited: the new holder, or the old one once more after a partition. */
  awaited: 'holder' | 'successor';
  hostOff: boolean;
}>;

export type Sent = Readonly<{ at: number; priority: number }>;
export type Span = Readonly<{ from: number; to: number }>;

/** The takeover, part by part; milliseconds. null: it did not happen, or has no meaning for the event. */
export type Parts = Readonly<{
  /** From the last advert of the holder to the event, as a share of the interval. */
  phase: number | null;
  /** From the event to the first advert of the new holder. */
  detected: number | null;
  /** Until then the protocol itself makes the new holder wait, from the event. */
  bound: number | null;
  /** By how much the first advert came after that. */
  late: number | null;
  /** From the event until the new holder has the address, announces it, and is the one who answers. */
  installed: number | null;
  announced: number | null;
  answered: number | null;
  /** For how long two hosts had the address. */
  twoHolders: number;
  /** Whether they still had it when the watch ended. */
  twoHoldersAtEnd: boolean;
}>;

export function measure(seen: Observation): Parts {
  const { at, awaited } = seen;
  const reference = silenceBegins(seen);
  const first = seen.adverts[awaited].find((advert) => advert.at >= at && advert.priority > 0)?.at ?? null;
  const due = reference === null ? null : reference + waitsFor(seen);
  const installed = seen.holdings[awaited].find(({ from }) => from >= at)?.from ?? null;
  const both = seen.hostOff ? [] : common(seen.holdings.holder, seen.holdings.successor, at, seen.until);
  const since = (instant: number | null | undefined): number | null =>
    instant === null || instant === undefined ? null : instant - at;
  const last = seen.adverts.holder.filter((advert) => advert.at <= at).at(-1);
  return {
    phase: last === undefined ? null : (at - last.at) / seen.interval,
    detected: since(first),
    bound: since(due),
    late: due === null || first === null ? null : first - due,
    installed: since(installed),
    announced: since(seen.announcements.find((instant) => instant >= at)),
    answered: since(seen.answers.find((instant) => instant >= at)),
    twoHolders: both.reduce((sum, { from, to }) => sum + to - from, 0),
    twoHoldersAtEnd: both.some(({ to }) => to === seen.until),
  };
}

/** The advert after which the successor counts: the last that keeps it from taking over. null: it counts nothing. */
function silenceBegins({ event, at, took, adverts, successorPriority }: Observation): number | null {
  const { holder } = adverts;
  const last = (test: (advert: Sent) => boolean): number | null => holder.filter(test).at(-1)?.at ?? null;
  switch (event) {
    case 'heal':
      return null;
    case 'sigterm':
      return holder.find((advert) => advert.at >= at && advert.priority === 0)?.at ?? null;
    case 'partition':
      // The segment still captures what it does not pass on.
      return last((advert) => advert.at <= at + took);
    default:
      // Lower ones are ignored (RFC 9568 §6.4.2); how fast a holder lowers its own is part of what is measured.
      return last(({ priority }) => priority > successorPriority);
  }
}

const waitsFor = ({ event, successorPriority, interval, version }: Observation): number =>
  event === 'sigterm'
    ? skew(successorPriority, interval, version)
    : activeDown(successorPriority, interval, version);

/** The times in `[since, until]` that both have. */
function common(left: readonly Span[], right: readonly Span[], since: number, until: number): Span[] {
  return left.flatMap((one) =>
    right.flatMap((other) => {
      const from = Math.max(one.from, other.from, since);
      const to = Math.min(one.to, other.to, until);
      return to > from ? [{ from, to }] : [];
    }),
  );
}
