import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';

import { type AuditedRequest, auditedRequest } from '../../../lab/cluster/audit.js';

type Line = Parameters<typeof auditedRequest>[0] & Readonly<{ stage: string }>;

const BLOCK = 1 << 20;

/** Reads an audit log that grows. A watch counts when it begins, everything else when it is answered. */
export class AuditTail {
  #offset = 0;
  #rest = '';

  constructor(private readonly file: string) {}

  /** What was written since the last time. */
  take(): readonly AuditedRequest[] {
    if (!existsSync(this.file)) return [];
    const lines = `${this.#rest}${this.#read()}`.split('\n');
    // The last line may be half written.
    this.#rest = lines.pop() ?? '';
    return lines.flatMap(requestIn);
  }

  #read(): string {
    const parts: Buffer[] = [];
    const opened = openSync(this.file, 'r');
    try {
      for (const end = statSync(this.file).size; this.#offset < end;) {
        const block = Buffer.alloc(Math.min(BLOCK, end - this.#offset));
        const length = readSync(opened, block, 0, block.length, this.#offset);
        if (length === 0) break;
        parts.push(block.subarray(0, length));
        this.#offset += length;
      }
    } finally {
      closeSync(opened);
    }
    return Buffer.concat(parts).toString('utf8');
  }
}

/** The request of a line of the log; none: it tells of the end of a watch whose begin was told of. */
export function requestIn(line: string): readonly AuditedRequest[] {
  // A server that was killed may have left a line without its end, and the next one goes on in it.
  const event = parsed(line);
  if (event === null) return [];
  const wanted = event.verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete';
  return event.stage === wanted ? [auditedRequest(event)] : [];
}

function parsed(line: string): Line | null {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return null;
  }
}
