import type { AuditedRequest } from '../../../lab/cluster/audit.js';

/*
 * What was asked of an API server, counted. Pure.
 */

export type Tally = ReadonlyMap<string, number>;

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

const TOO_MANY = 429;
const SERVER_ERROR = 500;

/** `patch virtualrouters` → how often, in the order of the alphabet. */
export function tallyOf(requests: readonly AuditedRequest[]): Tally {
  const counts = new Map<string, number>();
  for (const { verb, resource } of requests) {
    const key = `${verb} ${resource === '' ? '(none)' : resource}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return new Map([...counts].sort(([one], [other]) => (one < other ? -1 : 1)));
}

export const countOf = (tally: Tally): number => [...tally.values()].reduce((sum, count) => sum + count, 0);

/** Writes that are there although nothing has changed: all but the renewals of the Lease. */
export const needlessWrites = (requests: readonly AuditedRequest[]): readonly AuditedRequest[] =>
  requests.filter(({ verb, resource }) => WRITES.has(verb) && resource !== 'leases');

/** That were answered, though with the wish to be left alone or an error of the server itself. */
export const refusals = (requests: readonly AuditedRequest[]): number =>
  requests.filter(({ code }) => code === TOO_MANY || code >= SERVER_ERROR).length;

/** VirtualRouters that were written more than once with success, with how often. */
export function writtenAgain(requests: readonly AuditedRequest[]): Tally {
  const counts = new Map<string, number>();
  for (const { verb, resource, name, code } of requests)
    if (verb === 'patch' && resource === 'virtualrouters' && code < 300)
      counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map([...counts].filter(([, count]) => count > 1));
}
