import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * Names and addresses. Those of the product are what its documentation tells people to use; those of the network are free
 * in the test cluster (lab/cluster/README.md), and are set by the environment for another one.
 */

export const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
export const CHART = join(REPOSITORY, 'deploy', 'helm', 'kube-vrrp');
export const EXAMPLES = join(REPOSITORY, 'examples');
export const IMAGE_ARCHIVE =
  process.env['E2E_IMAGE_ARCHIVE'] ?? join(REPOSITORY, 'build', 'image', 'kube-vrrp.tar');
/** Diagnostics of failed tests, and the figures of a run. */
export const RESULTS = join(REPOSITORY, 'build', 'e2e');

export const NAMESPACE = 'kube-vrrp-system';
export const RELEASE = 'kube-vrrp';
export const OPERATOR = 'kube-vrrp-operator';
export const AGENTS = 'kube-vrrp-agent';

/** An address that nobody has, by number: 0 to 59; `anywhere` 0 to 9. */
export function freeAddress(number: number): string {
  const first = process.env['E2E_ADDRESSES'] ?? '192.0.2.180';
  const dot = first.lastIndexOf('.') + 1;
  return `${first.slice(0, dot)}${String(Number(first.slice(dot)) + number)}`;
}

/** A VRID that no router of the nodes' segment has, by number: 0 to 9. Somebody's may have the ones that the operator picks. */
export const freeVRID = (number: number): number => Number(process.env['E2E_VRIDS'] ?? '240') + number;
