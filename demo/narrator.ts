import type { LabEvent, Timeline } from '../lab/timeline.js';
import { STATE_CHANGED } from '../src/node-agent/ipc/log-messages.js';
import { controlWording } from '../src/node-agent/control/log-wording.js';
import type { Edge } from './scene.js';
import type { Visit } from './visitor.js';

/** Tells what happens, as it happens: who holds the address, who answers, what the agents say. */
export class Narrator {
  readonly #startedAt: number;

  constructor(
    startedAt: number,
    readonly write: (line: string) => void,
  ) {
    this.#startedAt = startedAt;
  }

  /** One line of the timeline. `at` is wall-clock milliseconds. */
  tell(at: number, who: string, what: string): void {
    this.write(`${((at - this.#startedAt) / 1000).toFixed(2).padStart(8)} s  ${who.padEnd(7)} ${what}`);
  }

  visit({ at, answer }: Visit): void {
    this.tell(at, 'client', answer === null ? 'gets no answer' : `is answered by ${answer}`);
  }

  /** From now on tells the transitions and the comings and goings of `address` on the hosts. */
  follow(timeline: Timeline, address: string, edges: readonly Edge[]): void {
    const names = new Set(edges.map(({ name }) => name));
    timeline.listen((event) => {
      if (event.kind === 'address' && event.address === address)
        this.tell(event.at, event.host, `${event.held ? 'holds' : 'no longer holds'} ${address}`);
      if (event.kind === 'log' && names.has(event.host)) this.#log(event);
    });
  }

  #log({ at, host, line }: Extract<LabEvent, { kind: 'log' }>): void {
    const said = transitionOf(line);
    if (said !== null) this.tell(at, host, said);
  }
}

/** What an agent's log line says about a transition; null for any other line. */
export function transitionOf(line: string): string | null {
  if (!line.startsWith('{')) return null;
  const { msg, ...fields } = JSON.parse(line) as { msg: string } & Record<string, unknown>;
  return msg === STATE_CHANGED ? (controlWording(msg, fields)?.text ?? null) : null;
}
