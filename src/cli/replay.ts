import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { type Finding, Replay } from '../node-agent/recording/replay.js';
import { ReplayTimeline } from './replay-timeline.js';

/** Exit statuses of `kube-vrrp replay`. */
export const REPLAY_STATUS = { asRecorded: 0, different: 1, unusable: 2 } as const;

export type ReplayStreams = Readonly<{ stdin: Readable; stdout: Writable; stderr: Writable }>;

/**
 * `kube-vrrp replay FILE`: runs a recording through the state machine of this program, prints what happened as a
 * timeline with every difference, and returns the exit status. 0: all as recorded; 1: some step differs; 2: the file
 * cannot be read, is no recording, or is damaged. `-` reads from standard input.
 */
export async function replayCommand(
  file: string,
  { stdin, stdout, stderr }: ReplayStreams = process,
): Promise<number> {
  const input = file === '-' ? stdin : createReadStream(file);
  const name = file === '-' ? 'standard input' : file;
  const replay = new Replay();
  const timeline = new ReplayTimeline(name);
  const tally = { recordings: 0, steps: 0, different: 0, damaged: 0 };
  try {
    for await (const text of linesOf(input)) {
      const findings = replay.feed(text);
      for (const finding of findings) count(tally, finding);
      for (const line of findings.flatMap((finding) => timeline.lines(finding))) await write(stdout, line);
    }
  } catch (error) {
    await write(stderr, `kube-vrrp replay: ${name} cannot be read: ${(error as Error).message}`);
    return REPLAY_STATUS.unusable;
  }
  const unusable = whyUnusable(tally);
  if (unusable !== null) {
    await write(
      stderr,
      `kube-vrrp replay: ${name} ${unusable}; a recording is made by "kube-vrrp agent --record FILE"`,
    );
    return REPLAY_STATUS.unusable;
  }
  await write(stdout, verdict(tally));
  if (tally.damaged > 0) return REPLAY_STATUS.unusable;
  return tally.different > 0 ? REPLAY_STATUS.different : REPLAY_STATUS.asRecorded;
}

type Tally = { recordings: number; steps: number; different: number; damaged: number };

function count(tally: Tally, finding: Finding): void {
  switch (finding.kind) {
    case 'recording':
      tally.recordings += 1;
      return;
    case 'router':
      return;
    case 'step':
      tally.steps += 1;
      if (finding.differences.length > 0) tally.different += 1;
      return;
    case 'corrupt':
    case 'gap':
      tally.damaged += 1;
      return;
  }
}

function whyUnusable({ recordings, steps, damaged }: Tally): string | null {
  if (recordings > 0 || steps > 0) return null;
  return damaged === 0 ? 'is empty' : 'is no recording';
}

function verdict({ steps, different, damaged }: Tally): string {
  const outcome =
    different === 0
      ? `${String(steps)} steps, all as recorded`
      : `${String(steps)} steps, ${String(different)} differ`;
  return damaged === 0
    ? outcome
    : `${outcome}; the recording is damaged in ${String(damaged)} ${damaged === 1 ? 'place' : 'places'}`;
}

const linesOf = (input: Readable): AsyncIterable<string> => createInterface({ input, crlfDelay: Infinity });

/** Resolves when more may be written. Throws when nobody reads any more. */
function write(stream: Writable, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(`${line}\n`, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
