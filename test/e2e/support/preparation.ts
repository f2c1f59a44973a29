import { existsSync } from 'node:fs';
import { after, before } from 'node:test';

import type { Cluster } from '../../../lab/cluster/index.js';
import type { VirtualIPSpec } from '../../../src/api/v1alpha1/virtual-ip.js';
import { type Access, isForeign, openAccess } from './access.js';
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

/** Installs the product unless it is there, in the laboratory with its image and without faults of an earlier run. */
export async function ensureReady(): Promise<Access> {
  const { access, cluster } = await openAccess();
  if (cluster !== null) {
    await cluster.recover();
    if (!(await isInstalled(access))) await loadImage(cluster);
  }
  await ensureInstalled(access);
  return access;
}

type VirtualIPs = Readonly<Record<string, VirtualIPSpec>>;

/**
 * Installs the product for a file of tests, and applies VirtualIPs, by name, that are there for all of them and are
 * removed at the end. What `describe` needs to know of the laboratory it gets; without `elsewhere` nothing happens on
 * another cluster, where all tests of the file are skipped.
 */
export function share(
  describe: VirtualIPs | ((cluster: Cluster) => Promise<VirtualIPs>),
  { elsewhere = false } = {},
): void {
  let names: readonly string[] = [];
  before(async () => {
    if (isForeign() && !elsewhere) return;
    const access = await ensureReady();
    const { cluster } = await openAccess();
    const specs = typeof describe === 'object' ? describe : cluster === null ? {} : await describe(cluster);
    names = Object.keys(specs);
    const manifests = Object.entries(specs).map(([name, spec]) => virtualIP(name, spec));
    await access.kubectl(['apply', '--filename=-'], { input: manifests.join('\n---\n') });
  });
  after(async () => {
    if (names.length === 0) return;
    const { access } = await openAccess();
    await access.kubectl(['delete', 'virtualips', ...names, '--ignore-not-found', '--timeout=60s']);
  });
}
