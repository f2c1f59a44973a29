import { wallClock } from '../../lab/libc.js';
import { signalProcess } from '../../lab/program.js';
import type { EventName } from './cell.js';
import { type Stage, cutTracked } from './stage.js';

/** When an event began, and how long the bench took to bring it about; milliseconds. */
export type Moment = Readonly<{ at: number; took: number }>;

/** How an event is brought about, and by what it is seen to be over. */
export type Happening = Readonly<{
  /** What has to be done before; default: nothing. */
  prepare?: (stage: Stage) => Promise<void>;
  /** Returns the deed itself, prepared so far that it takes no time. */
  ready: (stage: Stage) => () => void;
  /** Whether these hosts hold the address after it. */
  settled: (names: readonly string[], stage: Stage) => boolean;
  /** Whose answers the client waits for. */
  answers: 'successor' | 'holder';
  /** The old holder may keep its address: how long that is watched, in milliseconds, before it is called for ever. */
  watchOverlap: number;
  /** The host of the old holder is off, whatever its kernel in the laboratory says. */
  hostOff?: true;
}>;

/** Longer than the target for two holders after a crash of the program, 1.5 s. */
const WATCHED = 2500;

const successorHolds = (names: readonly string[], stage: Stage): boolean =>
  names.includes(stage.successor.name);
const successorAlone = (names: readonly string[], stage: Stage): boolean =>
  names.join() === stage.successor.name;
const holderAlone = (names: readonly string[], stage: Stage): boolean => names.join() === stage.holder.name;

const toHolder =
  (...signals: NodeJS.Signals[]) =>
  (stage: Stage): (() => void) => {
    const pids = stage.programs.holder.program.tree();
    return () => {
      for (const signal of signals) for (const pid of pids) signalProcess(pid, signal);
    };
  };

const moved = { settled: successorAlone, answers: 'successor', watchOverlap: 0 } as const;
const kept = { settled: successorHolds, answers: 'successor', watchOverlap: WATCHED } as const;

/** First all are stopped, so that none of them reacts to the end of another. */
const DEADLY = ['SIGSTOP', 'SIGKILL'] as const;

export const HAPPENINGS: Readonly<Record<EventName, Happening>> = {
  'link-cut': { ...moved, ready: (stage) => () => stage.ports.cut(stage.holder) },
  'power-off': {
    ready: (stage) => {
      const kill = toHolder(...DEADLY)(stage);
      return () => {
        stage.ports.cut(stage.holder);
        kill();
      };
    },
    settled: successorHolds,
    answers: 'successor',
    watchOverlap: 0,
    hostOff: true,
  },
  sigkill: { ...kept, ready: toHolder(...DEADLY) },
  sigstop: { ...kept, ready: toHolder('SIGSTOP') },
  sigterm: {
    ...moved,
    // The parent alone: it is the one that an operator's supervisor knows.
    ready: (stage) => () => stage.programs.holder.program.signal('SIGTERM'),
  },
  priority: { ...moved, ready: (stage) => () => cutTracked(stage) },
  partition: {
    prepare: isolateSuccessor,
    ready: (stage) => () => stage.ports.isolate(stage.holder, true),
    settled: successorHolds,
    answers: 'successor',
    watchOverlap: 0,
  },
  heal: {
    prepare: async (stage) => {
      await isolateSuccessor(stage);
      stage.ports.isolate(stage.holder, true);
      await stage.held('both sides of the partition hold the address', 60_000, (names) => names.length === 2);
      await stage.lab.passTime(AFTER_PARTITION, 'the successor has announced the address several times');
    },
    ready: (stage) => () => stage.ports.isolate(stage.holder, false),
    settled: holderAlone,
    answers: 'holder',
    watchOverlap: 0,
  },
};

/** Both programs announce five times at once or within half a second. */
const AFTER_PARTITION = 700;

/** Two isolated ports do not reach each other; one of them alone changes nothing. */
function isolateSuccessor(stage: Stage): Promise<void> {
  stage.ports.isolate(stage.successor, true);
  return Promise.resolve();
}

/** Does it; the time is read just before and just after. */
export function bringAbout(deed: () => void): Moment {
  const at = wallClock();
  deed();
  return { at, took: wallClock() - at };
}
