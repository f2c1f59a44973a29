import type { Fields, Log, LogLevel, LogRecord } from '../../src/platform/log.js';

export type RecordedLine = Readonly<{ level: LogLevel; message: string; fields: Fields }>;

/** A log that keeps its lines, for tests that read them or have no use for them. */
export class RecordedLog implements Log {
  readonly lines: RecordedLine[] = [];
  readonly debug = this.#at('debug');
  readonly info = this.#at('info');
  readonly warn = this.#at('warn');
  readonly error = this.#at('error');

  write({ level, message, fields }: LogRecord): void {
    this.lines.push({ level, message, fields });
  }

  flush(): void {
    // nothing is held back
  }

  #at(level: LogLevel) {
    return (message: string, fields: Fields = {}): void => void this.lines.push({ level, message, fields });
  }
}
