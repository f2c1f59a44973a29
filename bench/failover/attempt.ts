import { readFileSync } from 'node:fs';

import { holdings } from '../../lab/address-watch.js';
import { eventually, eventuallyAsked, NotInTime } from '../../lab/eventually.js';
import { Lab } from '../../lab/lab.js';
import { wallClock } from '../../lab/libc.js';
import type { Host } from '../../lab/host.js';
import type { PlannedRun } from './cell.js';
import { HAPPENINGS, type Happening, type Moment, bringAbout } from './happenings.js';
import { measure } from './measure.js';
import type { Outcome, Row } from './row.js';
import { PRIORITIES, Stage } from './stage.js';
import { activeDown } from './timing.js';

/** A client that itself stood still for longer than this has measured its own machine; milliseconds. */
export const LONGEST_PAUSE = 10;

/** How long the client goes on after it is answered again, so that a second gap is seen too. */
const AFTERWARDS = 300;
/** How long before the event the client's record begins. */
const BEFORE = 50;
/** What a takeover may take beyond the protocol's bound before the run has failed. */
const PATIENCE = 10_000;

/** Makes one attempt at one run, on a segment of its own. What goes wrong is told in the row, with the timeline in `failed`. */
export async function attempt(
  run: PlannedRun,
  number: number,
  failed: (timeline: string) => void,
): Promise<Row> {
  const lab = await Lab.open();
  let moment: Moment | null = null;
  try {
    const stage = await Stage.set(lab, run);
    const happening = HAPPENINGS[run.cell.event];
    await happening.prepare?.(stage);
    const deed = happening.ready(stage);
    await untilPhase(stage, run);
    const idle = idleTime();
    moment = bringAbout(deed);
    await over(stage, run, happening, moment);
    const busy = 1 - (idleTime() - idle) / (wallClock() - moment.at);
    return await rowOf(stage, run, happening, { number, moment, busy });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    failed(error instanceof NotInTime ? message : `${message}\n${lab.timeline.print(150)}`);
    return failure(run, number, moment, message.split('\n')[0] ?? '');
  } finally {
    await lab.close();
  }
}

/** Waits for the moment in the holder's interval that the plan asks for. */
async function untilPhase(stage: Stage, { cell, phase }: PlannedRun): Promise<void> {
  const advert = await stage.nextAdvert(cell.interval);
  let due = advert + phase * cell.interval;
  // A capture comes some tenths of a millisecond late; of fast adverts a later one is aimed at.
  while (due < wallClock() + 1) due += cell.interval;
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - wallClock() - 3)));
  // The timers of Node.js count whole milliseconds; this one does not, and stops nothing but this thread.
  const rest = due - wallClock();
  if (rest > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, rest);
}

/** Waits until the address is where it belongs and the client has been answered from there for a while. */
async function over(stage: Stage, { cell }: PlannedRun, happening: Happening, moment: Moment): Promise<void> {
  const { timeline } = stage.lab;
  const host = stage[happening.answers];
  const patience = activeDown(PRIORITIES.successor, cell.interval, cell.version) + PATIENCE;
  await stage.held(`the address is where it belongs after ${cell.event}`, patience, (names) =>
    happening.settled(names, stage),
  );
  const settledAt = wallClock();
  await eventuallyAsked(timeline, `the client is answered by ${host.name}`, patience, () =>
    Promise.resolve(answersOf(stage, host, moment.at).length > 0),
  );
  await stage.lab.passTime(AFTERWARDS, 'the client goes on');
  if (happening.watchOverlap === 0) return;
  const left = Math.max(0, happening.watchOverlap - (wallClock() - settledAt));
  const alone = (): boolean => spans(stage, stage.holder).every(({ to }) => to !== Infinity);
  await eventually(timeline, 'the old holder gives the address up', left, alone).catch((error: unknown) => {
    if (!(error instanceof NotInTime)) throw error;
  });
}

async function rowOf(
  stage: Stage,
  run: PlannedRun,
  happening: Happening,
  { number, moment, busy }: Readonly<{ number: number; moment: Moment; busy: number }>,
): Promise<Row> {
  const { cell } = run;
  const { prober } = stage;
  const until = wallClock();
  await prober.stop();
  const from = moment.at - BEFORE;
  const { sent, lost, longestGap } = prober.report(from, until);
  const clientPause = prober.longestPause(from, until);
  const awaited = stage[happening.answers];
  const parts = measure({
    ...{ event: cell.event, interval: cell.interval, version: cell.version },
    ...{ at: moment.at, took: moment.took, until },
    successorPriority: PRIORITIES.successor,
    adverts: { holder: stage.adverts(stage.holder), successor: stage.adverts(stage.successor) },
    holdings: { holder: spans(stage, stage.holder), successor: spans(stage, stage.successor) },
    announcements: announcementsOf(stage, awaited),
    answers: answersOf(stage, awaited, moment.at),
    awaited: happening.answers,
    hostOff: happening.hostOff === true,
  });
  const outcome: Outcome = clientPause > LONGEST_PAUSE ? 'client-stood-still' : 'ok';
  return {
    ...run,
    ...{ outcome, attempt: number, at: moment.at, took: moment.took },
    ...{ gap: longestGap, lost, sent, clientPause, busy, note: '', parts },
  };
}

const failure = (run: PlannedRun, number: number, moment: Moment | null, note: string): Row => ({
  ...run,
  ...{ outcome: 'failed', attempt: number, at: moment?.at ?? wallClock(), took: moment?.took ?? 0 },
  ...{ gap: null, lost: null, sent: null, clientPause: null, busy: null, note, parts: null },
});

const spans = (stage: Stage, host: Host): { from: number; to: number }[] =>
  holdings(stage.lab.timeline, stage.address).filter((holding) => holding.host === host.name);

const answersOf = (stage: Stage, host: Host, since: number): number[] =>
  stage.prober
    .replies()
    .filter(({ receivedAt, mac }) => receivedAt >= since && stage.lan.hostOf(mac) === host)
    .map(({ receivedAt }) => receivedAt);

const announcementsOf = (stage: Stage, host: Host): number[] =>
  stage.lab.timeline
    .of('announcement')
    .filter((event) => event.host === host.name && event.announcement.gratuitous)
    .filter(({ announcement }) => announcement.address === stage.address)
    .map(({ at }) => at);

/** Milliseconds that a core was idle since the start of the machine, on average over all cores. */
function idleTime(): number {
  const stat = readFileSync('/proc/stat', 'utf8');
  const cores = stat.match(/^cpu\d/gm)?.length ?? 1;
  const [, , , idle = 0, waiting = 0] = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? '').split(' ').map(Number);
  // In hundredths of a second.
  return ((idle + waiting) * 10) / cores;
}
