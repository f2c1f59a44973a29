import { fileURLToPath } from 'node:url';

import type { Host } from '../lab/host.js';
import { wallClock } from '../lab/libc.js';

/** One page that the visitor asked for: who answered, or null for nobody in time. */
export type Visit = Readonly<{ at: number; answer: string | null }>;

const PROGRAM = fileURLToPath(new URL('ask.ts', import.meta.url));

/** A client that fetches the page at the virtual address all the time. */
export class Visitor {
  readonly #visits: Visit[] = [];

  private constructor(readonly client: Host) {}

  /** Starts asking; each change of who answers is handed to `changed` and noted in the timeline. */
  static async start(client: Host, url: string, changed: (visit: Visit) => void): Promise<Visitor> {
    const visitor = new Visitor(client);
    await client.spawn([process.execPath, '--import', 'tsx', PROGRAM, url], {
      line: (line) => {
        const visit = { at: wallClock(), answer: line === '' ? null : line };
        const last = visitor.last;
        visitor.#visits.push(visit);
        // Also wakes whoever awaits an answer.
        if (visit.answer !== last?.answer) {
          client.lab.timeline.record({
            at: visit.at,
            kind: 'log',
            host: client.name,
            line: line || 'no answer',
          });
          changed(visit);
        }
      },
    });
    return visitor;
  }

  get last(): Visit | undefined {
    return this.#visits.at(-1);
  }

  /** The visits in `[from, to]`. */
  between(from: number, to: number): Visit[] {
    return this.#visits.filter(({ at }) => at >= from && at <= to);
  }
}
