import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROPERTIES, type Violation } from '../properties/violation.js';
import type { Schedule } from '../schedule.js';
import { shrink } from '../shrink.js';
import { simulate } from '../simulate.js';
import { scheduleInWords, seconds } from './in-words.js';
import { recordWorld } from './recorded-world.js';
import { Story } from './story.js';

export type Failure = Readonly<{ seed: number; violation: Violation }>;

/** Shortens a schedule that failed, and writes down what is left: as text, as JSON, and as a recording. */
export async function reportFailure(
  before: Schedule,
  { property }: Violation,
  folder: string,
): Promise<readonly string[]> {
  const { seed } = before;
  const { schedule, runs } = await shrink(before, property);
  const saved = `${String(before.incidents.length)} incidents became ${String(schedule.incidents.length)} in ${String(runs)} runs`;
  const told = await tell(schedule);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `seed-${String(seed)}`);
  writeFileSync(`${file}.json`, `${JSON.stringify(schedule, null, 2)}\n`);
  writeFileSync(`${file}.txt`, `${told.lines.join('\n')}\n`);
  writeFileSync(`${file}.jsonl`, `${told.recording.join('\n')}\n`);
  return [
    `Seed ${String(seed)}: ${saved}.`,
    ...told.lines,
    `Written: ${file}.txt, ${file}.json (for --schedule), ${file}.jsonl (for kube-vrrp replay)`,
  ];
}

/** Runs a schedule and tells everything about it. */
export async function tell(
  schedule: Schedule,
): Promise<
  Readonly<{ violation: Violation | null; lines: readonly string[]; recording: readonly string[] }>
> {
  const story = new Story();
  const recording = recordWorld(`seed ${String(schedule.seed)}`);
  const { violation, trace } = await simulate(schedule, [story, recording]);
  const verdict =
    violation === null
      ? ['Nothing is wrong with it.']
      : [
          `VIOLATED at ${seconds(violation.at)} s: ${PROPERTIES[violation.property]} (${violation.property}):`,
          `  ${violation.seen}`,
        ];
  return {
    violation,
    recording: recording.lines,
    lines: [
      ...scheduleInWords(schedule),
      '',
      'What happened (seconds):',
      ...story.lines,
      ...verdict,
      `Trace ${trace.toString(16)}`,
    ],
  };
}
