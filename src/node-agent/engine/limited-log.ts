import { RateLimit } from '../../platform/rate-limit.js';
import { type Micros, fromSeconds } from '../../values/time.js';
import type { LogLevel } from '../ipc/messages.js';

type Fields = Readonly<Record<string, unknown>>;
type WriteLog = (level: LogLevel, message: string, fields: Fields) => void;

const LINES = 3;
const INTERVAL = fromSeconds(30);

/** Log lines that anybody on the segment can cause: so many per key and interval; the rest is counted and told later. */
export class LimitedLog {
  readonly #limit = new RateLimit({ limit: LINES, interval: INTERVAL });
  #toldAt: Micros;

  constructor(
    private readonly write: WriteLog,
    private readonly now: () => Micros,
  ) {
    this.#toldAt = now();
  }

  log(key: string, level: LogLevel, message: string, fields: Fields): void {
    this.#tellHeldBack();
    const held = this.#limit.admit(key, this.now());
    if (held !== null) this.write(level, message, held === 0 ? fields : { ...fields, heldBack: held });
  }

  #tellHeldBack(): void {
    const now = this.now();
    if (now - this.#toldAt < INTERVAL) return;
    this.#toldAt = now;
    for (const { key, count } of this.#limit.ended(now))
      this.write('warn', 'Log lines held back', { about: key, count });
  }
}
