import { transition } from '../vrrp/router.js';
import type { RouterState } from '../vrrp/state.js';
import type { Step } from '../vrrp/step.js';
import { type Difference, differencesOf } from './difference.js';
import { type HeaderLine, type RouterLine, type Snapshot, type StepLine, snapshotOf } from './format.js';
import { parseLine } from './parse-line.js';

/** What one line of a recording turned out to be when it was run again. */
export type Finding = Readonly<{ lineNumber: number }> &
  (
    | Readonly<{ kind: 'recording'; header: HeaderLine }>
    | Readonly<{ kind: 'router'; line: RouterLine }>
    /** A step, from the state that was recorded before it; `differences` is empty when all was as recorded. */
    | Readonly<{ kind: 'step'; line: StepLine; before: Snapshot; differences: readonly Difference[] }>
    /** A line that cannot be read, or that does not belong where it stands. */
    | Readonly<{ kind: 'corrupt'; problem: string }>
    /** Lines that are missing just before this one. */
    | Readonly<{ kind: 'gap'; missing: number }>
  );

/**
 * Runs a recording through the state machine again, line by line. Holds no more than the routers' states, so a file of
 * any length can be fed to it. After each step it goes on from the recorded state: a difference is told once, where
 * it arises.
 */
export class Replay {
  readonly #states = new Map<string, RouterState>();
  #lineNumber = 0;
  #next: number | null = null;

  /** `text`: the next line, without its line end. */
  feed(text: string): readonly Finding[] {
    const lineNumber = ++this.#lineNumber;
    if (text.trim() === '') return [];
    const parsed = parseLine(text);
    if (!parsed.ok) return [{ kind: 'corrupt', lineNumber, problem: parsed.problem }];
    const line = parsed.value;
    if ('format' in line) return [this.#begin(line, lineNumber)];
    if (this.#next === null)
      return [{ kind: 'corrupt', lineNumber, problem: 'the header of the recording is missing before it' }];
    const missing = line.n - this.#next;
    this.#next = line.n + 1;
    const found = line.type === 'router' ? this.#router(line, lineNumber) : this.#step(line, lineNumber);
    return missing === 0 ? [found] : [{ kind: 'gap', lineNumber, missing }, found];
  }

  #begin(header: HeaderLine, lineNumber: number): Finding {
    this.#states.clear();
    this.#next = 1;
    return { kind: 'recording', lineNumber, header };
  }

  #router(line: RouterLine, lineNumber: number): Finding {
    this.#states.set(line.key, line.state);
    return { kind: 'router', lineNumber, line };
  }

  #step(line: StepLine, lineNumber: number): Finding {
    const before = this.#states.get(line.key);
    if (before === undefined)
      return { kind: 'corrupt', lineNumber, problem: `no "router" line for ${line.key} before it` };
    const config = line.event.kind === 'configSet' ? line.event.config : before.config;
    this.#states.set(line.key, { ...line.after, config });
    return {
      kind: 'step',
      lineNumber,
      line,
      before: snapshotOf(before),
      differences: differencesOf({ effects: line.effects, after: line.after }, outcomeOf(before, line)),
    };
  }
}

/** What the state machine does now, in the form in which it would be recorded. */
function outcomeOf(before: RouterState, { event, at }: StepLine): unknown {
  let step: Step | undefined;
  try {
    step = transition(before, event, at);
  } catch (error) {
    return { error: String(error) };
  }
  // An event this program does not know has no outcome.
  if ((step as Step | undefined) === undefined) return { error: `unknown event ${event.kind}` };
  return JSON.parse(JSON.stringify({ effects: step.effects, after: snapshotOf(step.state) }));
}
