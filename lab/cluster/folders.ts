import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const { KUBE_VRRP_CACHE, XDG_CACHE_HOME } = process.env;

/** What takes long to make and does not change: programs and images. */
export const CACHE = KUBE_VRRP_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kube-vrrp');

export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
export const HERE = fileURLToPath(new URL('./', import.meta.url));

/** Everything that the running cluster writes: certificates, configuration, logs, images, containers. */
export const STATE = join(REPOSITORY, 'build', 'cluster');

export const stateOf = (...path: readonly string[]): string => join(STATE, ...path);
