import { type DestinationStream, type Logger, pino } from 'pino';
import { type Fields, type LogLevel, writableFields } from './log-fields.js';
import { type Wording, formatLogText } from './log-text.js';
import { openStandardError } from './standard-error.js';

export type { Fields, LogLevel } from './log-fields.js';

export type LogFormat = 'text' | 'json';

/** A line that was made elsewhere and keeps its own time: wall clock, milliseconds since the epoch. */
export type LogRecord = Readonly<{ level: LogLevel; time: number; message: string; fields: Fields }>;

/**
 * Where a program tells what it does. A message is a constant; whatever varies goes into fields. The field `router`
 * is the key of the virtual router that a line is about, `error` an Error. Passwords are masked, wherever they are.
 */
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  write(record: LogRecord): void;
  /** The last call: writes what is still held back. What a reader does not take within half a second is lost. */
  flush(): void;
}

export type LogOptions = Readonly<{
  format: LogFormat;
  /** What is less important is not written. */
  level: LogLevel;
  /** Default: standard error, so that standard output stays free for what a command was asked for. */
  stream?: DestinationStream & { flushSync?: () => void };
  /** Better words for the text form; see log-text.ts. */
  wording?: Wording;
}>;

/** What a reader that does not read may make us hold, in bytes; lines beyond it are lost. */
const MAX_BUFFERED = 4 * 1024 * 1024;
/** What the last lines may take, in milliseconds. */
const PATIENCE = 500;

/**
 * JSON: one object per line, `{"level":"info","time":"2026-11-22T21:42:55.123Z",…fields,"msg":"…"}`.
 * Text: see log-text.ts.
 */
export function createLog({ format, level, stream = standardError(), wording }: LogOptions): Log {
  const logger: Logger = pino(
    { level, base: null, timestamp: false, formatters: { level: (label) => ({ level: label }) } },
    format === 'json' ? stream : textStream(stream, wording),
  );
  const write = ({ level, time, message, fields }: LogRecord): void => {
    logger[level]({ time: new Date(time).toISOString(), ...writableFields(fields) }, message);
  };
  const at =
    (level: LogLevel) =>
    (message: string, fields: Fields = {}): void => {
      write({ level, time: Date.now(), message, fields });
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    write,
    flush: () => stream.flushSync?.(),
  };
}

/** Asynchronous: a terminal or journal that hangs never holds the program up. */
function standardError(): DestinationStream & { flushSync: () => void } {
  let giveUpAt = Number.POSITIVE_INFINITY;
  let over = false;
  const destination = pino.destination({
    fd: openStandardError(),
    sync: false,
    maxLength: MAX_BUFFERED,
    retryEAGAIN: () => performance.now() < giveUpAt,
  });
  // Nobody reads any more (EPIPE): there is nowhere left to say so.
  destination.on('error', () => undefined);
  return {
    write: (line: string) => {
      if (!over) destination.write(line);
    },
    flushSync: () => {
      giveUpAt = performance.now() + PATIENCE;
      try {
        destination.flushSync();
      } catch {
        // Otherwise the same is tried again on exit.
        over = true;
        destination.destroy();
      }
    },
  };
}

/** Takes pino's JSON lines and writes them in the readable form. */
function textStream(stream: DestinationStream, wording?: Wording): DestinationStream {
  return {
    write(json: string): void {
      const { level, time, msg, ...fields } = JSON.parse(json) as Fields & {
        level: LogLevel;
        time: string;
        msg: string;
      };
      stream.write(`${formatLogText({ level, time, message: msg, fields }, wording)}\n`);
    },
  };
}
