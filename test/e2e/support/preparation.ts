import { existsSync } from 'node:fs';

import type { Cluster } from '../../../lab/cluster/index.js';
import type { VirtualIPSpec } from '../../../src/api/v1alpha1/virtual-ip.js';
import { type Access, openAccess } from './access.js';
import { ensureInstalled, isInstalled, missingImage } from './installation.js';
import { virtualIP } from './objects.js';
import { IMAGE_ARCHIVE } from './settings.js';

/** Puts the image into the nodes of the laboratory, as if they had pulled it. */
export async function loadImage(cluster: Cluster): Promise<void> {
  const problem = missingImage(IMAGE_ARCHIVE);
  if (problem !== null) throw new Error(problem);
  await cluster.loadImage(IMAGE_ARCHIVE);
}

/** Deletes what a file brought; a kind that is not known any more has no objects either. */
export async function deleteExample(access: Access, file: string): Promise<void> {
  if (!existsSync(file)) return;
  try {
    await access.kubectl(['delete', `--filename=${file}`, '--ignore-not-found', '--timeout=60s']);
  } catch (error) {
    if (!String(error).includes('no matches for kind')) throw error;
  }
}

/** What all tests of a file share; `undo` removes it. */
export type Prepared = Readonly<{ undo: () => Promise<void> }>;

/** Installs the product, in the laboratory with its image, unless it is there. */
export async function ensureReady(): Promise<Access> {
  const { access, cluster } = await openAccess();
  if (cluster !== null && !(await isInstalled(access))) await loadImage(cluster);
  await ensureInstalled(access);
  return access;
}

/** {@link ensureReady}, and applies VirtualIPs, by name, that are to be there for a whole file. */
export async function prepare(virtualIPs: Readonly<Record<string, VirtualIPSpec>>): Promise<Prepared> {
  const access = await ensureReady();
  const names = Object.keys(virtualIPs);
  for (const [name, spec] of Object.entries(virtualIPs))
    await access.kubectl(['apply', '--filename=-'], { input: virtualIP(name, spec) });
  return {
    undo: async () => {
      await access.kubectl(['delete', 'virtualips', ...names, '--ignore-not-found', '--timeout=60s']);
    },
  };
}
