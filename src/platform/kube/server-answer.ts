import { KubeApiError } from './ports.js';

/** An HTTP answer, read to its end. */
export type Answer = Readonly<{
  status: number;
  headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  body: string;
}>;

/** Kubernetes' `Status`, the parts that we read. */
type Status = Readonly<{
  message?: unknown;
  reason?: unknown;
  code?: unknown;
  details?: Readonly<{ retryAfterSeconds?: unknown; name?: unknown }>;
}>;

/** Reasons where the answer names none, as when a proxy answers in the server's place. */
const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

const LONGEST_EXCERPT = 200;
/** Seconds. A server that asks for more is asked again after this: it may be a wrong number. */
const LONGEST_RETRY_AFTER = 60;

/** What a refusal says. `about`: what was asked, for answers that do not say so themselves. */
export function errorFromAnswer({ status, headers, body }: Answer, about: string): KubeApiError {
  const parsed = parseStatus(body);
  if (parsed !== null) return errorFromStatus(parsed, { status, retryAfter: retryAfterOf(headers) });
  const excerpt = body.replace(/\s+/g, ' ').trim().slice(0, LONGEST_EXCERPT);
  const text = excerpt === '' ? '' : `: ${excerpt}`;
  return new KubeApiError(
    `${about}: HTTP ${status}${text}`,
    status,
    REASONS[status] ?? 'Unknown',
    retryAfterOf(headers),
  );
}

/** What a `Status` says, e.g. in an ERROR event of a watch; `otherwise` is for what it leaves out. */
export function errorFromStatus(
  { message, reason, code, details }: Status,
  otherwise: Readonly<{ status: number; retryAfter: number | null }>,
): KubeApiError {
  const status = typeof code === 'number' ? code : otherwise.status;
  // A history that is gone has been called Gone as well as Expired.
  const known = status === 410 || typeof reason !== 'string' || reason === '' ? REASONS[status] : reason;
  const seconds = details?.retryAfterSeconds;
  return new KubeApiError(
    typeof message === 'string' && message !== '' ? message : `HTTP ${status}`,
    status,
    known ?? 'Unknown',
    typeof seconds === 'number' && seconds > 0 ? bounded(seconds) : otherwise.retryAfter,
  );
}

/** Whether a 404 is about the object of this name; otherwise the server does not know the kind at all. */
export function isAboutObject(body: string, name: string): boolean {
  return parseStatus(body)?.details?.name === name;
}

function parseStatus(body: string): Status | null {
  try {
    const value = JSON.parse(body) as Readonly<Record<string, unknown>> | null;
    return value !== null && value['kind'] === 'Status' ? value : null;
  } catch {
    return null;
  }
}

/** Seconds; dates are not used by API servers. */
function retryAfterOf(headers: Answer['headers']): number | null {
  const seconds = Number(headers['retry-after'] ?? NaN);
  return Number.isFinite(seconds) && seconds > 0 ? bounded(seconds) : null;
}

const bounded = (seconds: number): number => Math.min(seconds, LONGEST_RETRY_AFTER);
