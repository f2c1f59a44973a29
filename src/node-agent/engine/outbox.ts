import type { LogEntry, StatusReport, ToControl } from '../ipc/messages.js';

/** Hands one message to the other process; `done` is called when the kernel has taken it, or never will. */
export type Send = (message: ToControl, done: () => void) => void;

/** A thousand routers, each of which says in one turn what became of it, more than once. */
const LONGEST_LOG = 5_000;
const LONGEST_RECORDING = 20_000;
const LINES_PER_MESSAGE = 500;

/**
 * What waits for the control process. Nothing here ever waits for it: one message at a time is on its way, the status
 * is made when it can be sent, and what exceeds the bounds is dropped and counted.
 */
export class Outbox {
  #send: Send | null = null;
  #onItsWay = false;
  #scheduled = false;
  #log: LogEntry[] = [];
  #lines: string[] = [];
  #statusWanted = false;
  #dropped = 0;
  #whenDrained: (() => void) | null = null;

  /** `status` makes the report that is sent next. */
  constructor(private readonly status: () => StatusReport) {}

  /** Messages dropped because the other process did not read. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether there is somebody to send to. */
  get connected(): boolean {
    return this.#send !== null;
  }

  /** From now on messages go there; null: nowhere, they are kept as far as the bounds allow. */
  connect(send: Send | null): void {
    this.#send = send;
    this.#onItsWay = false;
    this.#schedule();
  }

  log(entry: LogEntry): void {
    if (this.#log.length >= LONGEST_LOG) this.#dropped++;
    else this.#log.push(entry);
    this.#schedule();
  }

  record(line: string): void {
    if (this.#lines.length >= LONGEST_RECORDING) this.#dropped++;
    else this.#lines.push(line);
    this.#schedule();
  }

  wantStatus(): void {
    this.#statusWanted = true;
    this.#schedule();
  }

  /** Resolves when everything has been taken by the other process, or after `graceMs`. */
  async drained(graceMs: number): Promise<void> {
    if (this.#send === null || !this.#pending()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#whenDrained = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** What is left, for a last word without the other process. */
  takeLog(): readonly LogEntry[] {
    return this.#log.splice(0);
  }

  /** Sends after the work at hand: an advert never waits for a log line to be turned into JSON. */
  #schedule(): void {
    if (this.#scheduled || this.#onItsWay || this.#send === null) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const send = this.#send;
    if (send === null || this.#onItsWay) return;
    const message = this.#next();
    if (message === null) return;
    this.#onItsWay = true;
    send(message, () => {
      if (this.#send !== send) return;
      this.#onItsWay = false;
      if (this.#pending()) this.#schedule();
      else this.#whenDrained?.();
    });
  }

  #pending(): boolean {
    return this.#onItsWay || this.#statusWanted || this.#log.length > 0 || this.#lines.length > 0;
  }

  #next(): ToControl | null {
    if (this.#log.length > 0) return { kind: 'log', entries: this.#log.splice(0, LINES_PER_MESSAGE) };
    if (this.#statusWanted) {
      this.#statusWanted = false;
      return { kind: 'status', status: this.status() };
    }
    if (this.#lines.length > 0) return { kind: 'recorded', lines: this.#lines.splice(0, LINES_PER_MESSAGE) };
    return null;
  }
}
