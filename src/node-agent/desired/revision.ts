import { createHash } from 'node:crypto';
import type { RouterSpec } from '../ipc/router-spec.js';

/**
 * Equal for equal lists of routers, also in another run of the agent. Not to be shown to anybody: a password is in it, and could
 * be found by trying.
 */
export const revisionOf = (routers: readonly RouterSpec[]): string =>
  createHash('sha256').update(JSON.stringify(routers)).digest('base64url');
