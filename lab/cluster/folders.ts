import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const { KUBE_VRRP_CACHE, KUBE_VRRP_CLUSTER_STATE, XDG_CACHE_HOME } = process.env;

/** What takes long to make and does not change: programs and images. */
export const CACHE = resolve(
  KUBE_VRRP_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kube-vrrp'),
);

export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
export const HERE = fileURLToPath(new URL('./', import.meta.url));

/** Everything that the running cluster writes: certificates, configuration, logs, images, containers. */
export const STATE = resolve(KUBE_VRRP_CLUSTER_STATE ?? join(REPOSITORY, 'build', 'cluster'));

export const stateOf = (...path: readonly string[]): string => join(STATE, ...path);

/** Says that a folder is a cluster's and may be removed. */
const MARK = '.kube-vrrp-cluster';

/** Makes {@link STATE}; throws when it is somebody's folder already. */
export function makeState(): void {
  if (existsSync(STATE) && readdirSync(STATE).length > 0)
    throw new Error(`${STATE} is not empty. Remove it, or let KUBE_VRRP_CLUSTER_STATE name another folder.`);
  mkdirSync(STATE, { recursive: true });
  writeFileSync(join(STATE, MARK), 'A cluster writes here; make cluster-down removes the folder.\n');
}

/** Removes the folder of a cluster. The mark goes last: what is interrupted here, the next one can end. */
export function removeState(folder: string): void {
  if (!existsSync(join(folder, MARK))) return;
  for (const name of readdirSync(folder))
    if (name !== MARK) rmSync(join(folder, name), { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
}
