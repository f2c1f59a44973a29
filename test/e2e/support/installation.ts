import { existsSync } from 'node:fs';

import { isForeign, type Access } from './access.js';
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

/** Says on the namespace that tests made what is in it, and may remove it. */
const MARK = 'kube-vrrp.io/made-by-tests';

const DEFINITIONS = ['virtualips', 'virtualrouters'].map(
  (name) => `customresourcedefinition/${name}.kube-vrrp.io`,
);

/** Whose the kube-vrrp is that a cluster has: nobody's, because there is none; the tests'; or somebody's, with the reason. */
export async function whose(access: Access): Promise<'nobody' | 'tests' | Readonly<{ because: string }>> {
  const get = (...argv: string[]): Promise<string> =>
    access.kubectl(['get', ...argv, '--ignore-not-found', '--output=json']);
  const namespace = await get('namespace', NAMESPACE);
  if (namespace !== '') {
    const { metadata } = JSON.parse(namespace) as { metadata: { annotations?: Record<string, string> } };
    return metadata.annotations?.[MARK] === undefined
      ? { because: `the namespace ${NAMESPACE} is there, and no test made it` }
      : 'tests';
  }
  const definitions = await get(...DEFINITIONS);
  return definitions === ''
    ? 'nobody'
    : {
        because:
          'the custom resource definitions of kube-vrrp are there: it runs in another namespace, or did',
      };
}

/** Throws where somebody else than the tests has kube-vrrp; the laboratory's cluster is there to be used up. */
export async function assertMayBeUsed(access: Access): Promise<void> {
  if (!isForeign()) return;
  const owner = await whose(access);
  if (typeof owner === 'object')
    throw new Error(
      `The tests do not touch this cluster, because ${owner.because}. They need one without kube-vrrp.`,
    );
}

/** A fresh install, as docs/quick-start.md has it; returns when the operator is ready. */
export async function install(access: Access, values: Values = {}): Promise<void> {
  await assertMayBeUsed(access);
  // Made apart from the release, for the mark.
  const metadata = { name: NAMESPACE, annotations: { [MARK]: 'yes' } };
  await access.kubectl(['apply', '--filename=-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata }),
  });
  const argv = ['install', RELEASE, CHART, `--namespace=${NAMESPACE}`];
  try {
    await access.helm([...argv, ...sets({ ...imageValues(), ...values }), '--wait', '--timeout=90s']);
  } catch (error) {
    const pods = await access.kubectl(['get', 'pods', `--namespace=${NAMESPACE}`]).catch(String);
    const hint = isForeign()
      ? '\nImagePull… tells that the nodes lack the image: see E2E_IMAGE and E2E_LOAD.'
      : '';
    throw new Error(`the operator is not ready\n${pods}${hint}`, { cause: error });
  }
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

/** Makes the release unless it is there, so that a file of tests can run alone. */
export async function ensureInstalled(access: Access): Promise<void> {
  await assertMayBeUsed(access);
  if (!(await isInstalled(access))) return install(access);
  await access.kubectl([
    ...['rollout', 'status', `deployment/${OPERATOR}`, `--namespace=${NAMESPACE}`, '--timeout=60s'],
  ]);
}

/** Everything, the custom resource definitions too; nothing happens where nothing is. */
export async function removeEverything(access: Access): Promise<void> {
  await assertMayBeUsed(access);
  await deleteVirtualIPs(access);
  if (await isInstalled(access))
    await access.helm(['uninstall', RELEASE, `--namespace=${NAMESPACE}`, '--wait', '--timeout=90s']);
  await access.kubectl(['delete', ...DEFINITIONS, '--ignore-not-found', '--timeout=60s']);
  await access.kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=90s']);
}

export async function deleteVirtualIPs(access: Access): Promise<void> {
  const kinds = await access.kubectl(['api-resources', '--api-group=kube-vrrp.io', '--output=name']);
  if (kinds.includes('virtualips.')) await access.kubectl(['delete', 'virtualips', '--all', '--timeout=60s']);
}

/** What has to be there before anything is installed, as a sentence; null: it is there. */
export const missingImage = (archive: string): string | null =>
  existsSync(archive) ? null : `there is no ${archive}; \`make image\` builds it`;
