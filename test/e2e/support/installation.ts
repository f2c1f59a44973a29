import { existsSync } from 'node:fs';

import type { Access } from './access.js';
import { CHART, NAMESPACE, OPERATOR, RELEASE } from './settings.js';

/** What a person types to install or to change the release; without the chart's defaults. */
export type Values = Readonly<Record<string, string | number | boolean>>;

const sets = (values: Values): string[] =>
  Object.entries(values).map(([name, value]) => `--set=${name}=${String(value)}`);

/** `E2E_IMAGE`, REPOSITORY:TAG: an image that another cluster can pull. The laboratory's nodes have the chart's own. */
function imageValues(): Values {
  const image = process.env['E2E_IMAGE'];
  if (image === undefined) return {};
  const colon = image.lastIndexOf(':');
  return { 'image.repository': image.slice(0, colon), 'image.tag': image.slice(colon + 1) };
}

/** A fresh install, as docs/quick-start.md has it; returns when the operator is ready. */
export async function install(access: Access, values: Values = {}): Promise<void> {
  await access.helm([
    ...['install', RELEASE, CHART, `--namespace=${NAMESPACE}`, '--create-namespace'],
    ...sets({ ...imageValues(), ...values }),
    ...['--wait', '--timeout=90s'],
  ]);
}

/** Changes values of the release, and keeps those that were set before. */
export async function upgrade(access: Access, values: Values): Promise<void> {
  await access.helm([
    ...['upgrade', RELEASE, CHART, `--namespace=${NAMESPACE}`, '--reset-then-reuse-values'],
    ...sets(values),
    ...['--wait', '--timeout=90s'],
  ]);
}

export async function isInstalled(access: Access): Promise<boolean> {
  const releases = await access.helm(['list', `--namespace=${NAMESPACE}`, '--output=json']);
  return (JSON.parse(releases) as { name: string }[]).some(({ name }) => name === RELEASE);
}

/** Puts the release back to its defaults, or makes it, so that a file of tests can run alone. */
export async function ensureInstalled(access: Access): Promise<void> {
  if (!(await isInstalled(access))) return install(access);
  await access.kubectl([
    ...['rollout', 'status', `deployment/${OPERATOR}`, `--namespace=${NAMESPACE}`, '--timeout=60s'],
  ]);
}

/** Everything, the custom resource definitions too; nothing happens where nothing is. */
export async function removeEverything(access: Access): Promise<void> {
  await deleteVirtualIPs(access);
  if (await isInstalled(access))
    await access.helm(['uninstall', RELEASE, `--namespace=${NAMESPACE}`, '--wait', '--timeout=90s']);
  const definitions = ['virtualips', 'virtualrouters'].map(
    (name) => `customresourcedefinition/${name}.kube-vrrp.io`,
  );
  await access.kubectl(['delete', ...definitions, '--ignore-not-found', '--timeout=60s']);
  await access.kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=90s']);
}

export async function deleteVirtualIPs(access: Access): Promise<void> {
  const kinds = await access.kubectl(['api-resources', '--api-group=kube-vrrp.io', '--output=name']);
  if (kinds.includes('virtualips.')) await access.kubectl(['delete', 'virtualips', '--all', '--timeout=60s']);
}

/** What has to be there before anything is installed, as a sentence; null: it is there. */
export const missingImage = (archive: string): string | null =>
  existsSync(archive) ? null : `there is no ${archive}; \`make image\` builds it`;
