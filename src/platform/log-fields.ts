export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export type Fields = Readonly<Record<string, unknown>>;

/** Names that a log line has already; a field of that name is written with `_` behind it. */
export const RESERVED_FIELDS: ReadonlySet<string> = new Set(['level', 'time', 'msg']);

const SECRETS = /^(password|passwd|auth_?pass|secret|token)$/i;
const MASK = '***';
const MAX_DEPTH = 8;

/**
 * Fields as they may be written: secrets masked wherever they are, errors reduced to what tells an operator
 * something, names that a line has already renamed.
 */
export function writableFields(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      RESERVED_FIELDS.has(name) ? `${name}_` : name,
      SECRETS.test(name) ? MASK : writable(value, MAX_DEPTH),
    ]),
  );
}

function writable(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '…';
  if (value instanceof Error) return writableError(value);
  if (Array.isArray(value)) return value.map((item) => writable(item, depth - 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      SECRETS.test(name) ? MASK : writable(item, depth - 1),
    ]),
  );
}

const writableError = (error: Error & { code?: unknown }): Fields => ({
  name: error.name,
  message: error.message,
  ...(typeof error.code === 'string' ? { code: error.code } : {}),
});
