import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

import { openAccess, type Access } from './support/access.js';
import { assertMayBeUsed, missingImage, removeEverything, whose } from './support/installation.js';
import { IMAGE_ARCHIVE, NAMESPACE, freeAddress, freeVRID } from './support/settings.js';

/*
 * Before and after the tests play on a cluster that is not the laboratory's (docs/testing-on-a-cluster.md):
 * `begin` looks whether they can and may, and loads the image; `end` removes what an interrupted test left.
 */

async function begin(access: Access): Promise<void> {
  const problem = missingSetting();
  if (problem !== null) throw new Error(problem);
  const server = await access.kubectl([
    'config',
    'view',
    '--minify',
    '--output=jsonpath={.clusters[0].cluster.server}',
  ]);
  const nodes = await access.kubectl(['get', 'nodes', '--selector=kubernetes.io/os=linux', '--output=name'], {
    seconds: 30,
  });
  await assertMayBeUsed(access);
  if (nodes.trim() === '') throw new Error('This cluster has no Linux node.');
  const count = nodes.trim().split('\n').length;
  console.log(`The tests play on ${server}, ${String(count)} Linux nodes. They make and remove:
  the namespace ${NAMESPACE}, the custom resource definitions and cluster roles of kube-vrrp
  an agent on each node, and the addresses ${freeAddress(0)} to ${freeAddress(9)}, VRIDs ${String(freeVRID(0))} to ${String(freeVRID(9))}`);
  load(process.env['E2E_LOAD']);
  if ((await whose(access)) === 'tests') {
    console.log('What an earlier run left is removed.');
    await removeEverything(access);
  }
}

function missingSetting(): string | null {
  const kubeconfig = process.env['E2E_KUBECONFIG'] ?? '';
  if (!existsSync(kubeconfig)) return `There is no file ${kubeconfig}; KUBECONFIG names one.`;
  if (process.env['E2E_ADDRESSES'] === undefined)
    return 'Set E2E_ADDRESSES to the first of ten IPv4 addresses of the nodes’ network that nobody has, in a row.';
  const last = Number(freeAddress(9).split('.').at(-1));
  return last >= 10 && last <= 254
    ? null
    : `E2E_ADDRESSES=${freeAddress(0)} is not the first of ten addresses that end with 1 to 254.`;
}

/** Runs the command that brings an image archive into the nodes, such as `kind load image-archive`. */
function load(command: string | undefined): void {
  if (command === undefined || command === '') return;
  const problem = missingImage(IMAGE_ARCHIVE);
  if (problem !== null) throw new Error(`E2E_LOAD: ${problem}`);
  console.log(`${command} ${IMAGE_ARCHIVE}`);
  const { status } = spawnSync('sh', ['-c', `${command} "$1"`, 'sh', IMAGE_ARCHIVE], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`E2E_LOAD ended with exit status ${String(status)}.`);
}

async function end(access: Access): Promise<void> {
  if ((await whose(access)) !== 'tests') return;
  console.log('Removing what the tests made.');
  await removeEverything(access);
}

try {
  const { access } = await openAccess();
  await (process.argv[2] === 'end' ? end(access) : begin(access));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
