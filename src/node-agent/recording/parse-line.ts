import { type Result, ok, refused } from '../../values/result.js';
import { FORMAT, type RecordedLine, VERSION } from './format.js';

const STATES: readonly unknown[] = ['Initialize', 'Backup', 'Active'];

/** Reads one line of a recording, or says in a few words what is wrong with it. */
export function parseLine(text: string): Result<RecordedLine, string> {
  const value = parseJson(text);
  if (!isRecord(value)) return refused('not a JSON object');
  const problem = value['format'] === undefined ? problemOfBody(value) : problemOfHeader(value);
  return problem === null ? ok(value as RecordedLine) : refused(problem);
}

function problemOfHeader(header: Record<string, unknown>): string | null {
  if (header['format'] !== FORMAT) return `not a recording of kube-vrrp but "${String(header['format'])}"`;
  if (header['version'] !== VERSION)
    return `version ${String(header['version'])} of the format; this program reads version ${String(VERSION)}`;
  return null;
}

function problemOfBody({ n, type, at, key, ...rest }: Record<string, unknown>): string | null {
  if (!Number.isSafeInteger(n)) return '"n" is not a line number';
  if (!Number.isSafeInteger(at)) return '"at" is not a time in microseconds';
  if (typeof key !== 'string') return '"key" does not name a router';
  if (type === 'router') return isState(rest['state'], true) ? null : '"state" is not the state of a router';
  if (type !== 'step') return `type "${String(type)}" is neither "router" nor "step"`;
  if (!isRecord(rest['event']) || typeof rest['event']['kind'] !== 'string') return '"event" is not an event';
  if (!Array.isArray(rest['effects'])) return '"effects" is not a list';
  return isState(rest['after'], false) ? null : '"after" is not the state of a router';
}

const isState = (value: unknown, withConfig: boolean): boolean =>
  isRecord(value) && STATES.includes(value['name']) && (!withConfig || isRecord(value['config']));

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
