import { KubeApiError, type KubeObject, type WatchEvent } from './ports.js';
import { errorFromStatus } from './server-answer.js';

const NEWLINE = 0x0a;
/** Bytes. etcd takes no object beyond 1.5 MB; what is longer than this is no watch event. */
const LONGEST_LINE = 32 * 1024 * 1024;

/** What cannot be read in an answer: neither refused nor unreachable. */
export const malformed = (message: string): KubeApiError => new KubeApiError(message, 0, 'Malformed');

/**
 * Puts the lines of a watch together, however its bytes are cut.
 *
 * @throws KubeApiError with reason `Malformed` when a line does not end
 */
export class WatchLines {
  #parts: Buffer[] = [];
  #length = 0;

  /** The lines that these bytes complete, without empty ones. */
  add(bytes: Buffer): readonly string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
      this.#keep(bytes.subarray(from, end));
      const line = this.#take();
      if (line.trim() !== '') lines.push(line);
      from = end + 1;
    }
    this.#keep(bytes.subarray(from));
    return lines;
  }

  /** Whether a line has begun and not ended. */
  get isWithinLine(): boolean {
    return this.#length > 0;
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#length += bytes.length;
    if (this.#length > LONGEST_LINE) throw malformed(`a watch event of more than ${LONGEST_LINE} bytes`);
    this.#parts.push(bytes);
  }

  /** Decoded at once, so that no character is cut. */
  #take(): string {
    const [first, ...rest] = this.#parts;
    this.#parts = [];
    this.#length = 0;
    if (first === undefined) return '';
    return (rest.length === 0 ? first : Buffer.concat([first, ...rest])).toString('utf8');
  }
}

type Parsed = Readonly<{ type?: unknown; object?: KubeObject | null }> | null;

/**
 * @throws KubeApiError what the server said in an ERROR event, e.g. `Expired`; with reason `Malformed` when the line
 * is no event
 */
export function parseWatchEvent(line: string): WatchEvent<KubeObject> {
  const { type, object } = parsed(line) ?? {};
  if (typeof object !== 'object' || object === null) throw unreadable(line);
  if (type === 'ERROR') throw errorFromStatus(object as object, { status: 500, retryAfter: null });
  const { name, resourceVersion } = object.metadata ?? {};
  if (typeof resourceVersion !== 'string') throw unreadable(line);
  if (type === 'BOOKMARK') return { type, resourceVersion };
  if (typeof name !== 'string' || !isChange(type)) throw unreadable(line);
  return { type, object };
}

const isChange = (type: unknown): type is 'ADDED' | 'MODIFIED' | 'DELETED' =>
  type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED';

function parsed(line: string): Parsed {
  try {
    return JSON.parse(line) as Parsed;
  } catch {
    throw unreadable(line);
  }
}

/** Without what it says: it may be a piece of a Secret. */
const unreadable = (line: string): KubeApiError =>
  malformed(`a line of ${line.length} characters that is no watch event`);
