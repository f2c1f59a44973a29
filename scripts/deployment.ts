import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { format, resolveConfig } from 'prettier';

import { clientPrograms } from '../lab/cluster/programs.js';
import { chartValues } from './chart-values.js';

/*
 * What in deploy/ and docs/ is made from the chart, so that there is one place to change: `make manifests` writes it, and
 * test/deploy checks that it is up to date.
 */

export const CHART = 'deploy/helm/kube-vrrp';
const CRDS = 'deploy/crds';
const NAMESPACE = 'kube-vrrp-system';
const VALUES_PAGE = 'docs/helm.md';
const [TABLE_START, TABLE_END] = ['<!-- values: begin -->', '<!-- values: end -->'];

export type GeneratedFile = Readonly<{ path: string; text: string }>;

const run = promisify(execFile);

/** Output of Helm; rejects with an error that has what Helm complained in its property `stderr`. */
export async function helm(...argv: readonly string[]): Promise<string> {
  const programs = await clientPrograms((text) => process.stderr.write(`${text}\n`));
  const { stdout } = await run(join(programs, 'helm'), argv, { maxBuffer: 2 ** 26, timeout: 60_000 });
  return stdout;
}

/** The custom resource definitions, which the chart has copies of: Helm reads nothing outside of a chart's folder. */
const definitions = (): readonly GeneratedFile[] =>
  readdirSync(CRDS)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => ({ path: name, text: readFileSync(join(CRDS, name), 'utf8') }));

export async function generatedFiles(): Promise<readonly GeneratedFile[]> {
  const crds = definitions();
  return [
    ...crds.map(({ path, text }) => ({ path: `${CHART}/files/crds/${path}`, text })),
    { path: 'deploy/install.yaml', text: await installManifest(crds) },
    { path: 'deploy/admission-policy.yaml', text: await admissionPolicy() },
    { path: VALUES_PAGE, text: await valuesPage() },
  ];
}

async function installManifest(crds: readonly GeneratedFile[]): Promise<string> {
  const rendered = await template('--set=crds.install=false');
  const head = `# Generated from ${CHART} by "make manifests": kube-vrrp with the chart's defaults, for Kubernetes 1.25 and newer.
# kubectl apply --server-side -f install.yaml
`;
  return pretty(
    'deploy/install.yaml',
    [`${head}${NAMESPACE_OBJECT}`, ...crds.map(({ text }) => text), rendered].join('\n---\n'),
  );
}

const NAMESPACE_OBJECT = `apiVersion: v1
kind: Namespace
metadata:
  name: ${NAMESPACE}
  labels:
    # Agents use the network of their node, and a folder on it.
    pod-security.kubernetes.io/enforce: privileged
    pod-security.kubernetes.io/warn: privileged
    pod-security.kubernetes.io/audit: privileged
`;

async function admissionPolicy(): Promise<string> {
  const rendered = await template(
    '--set=admissionPolicy.enabled=true',
    ...['agent', 'operator'].map((part) => `--show-only=templates/${part}/admission-policy.yaml`),
  );
  const head = `# Generated from ${CHART} by "make manifests". Beside install.yaml, for Kubernetes 1.30 and newer: docs/security.md.
`;
  return pretty('deploy/admission-policy.yaml', `${head}${rendered}`);
}

/** The chart for somebody without Helm: nothing in it speaks of Helm. */
async function template(...argv: readonly string[]): Promise<string> {
  const rendered = await helm('template', 'kube-vrrp', CHART, `--namespace=${NAMESPACE}`, ...argv);
  return rendered
    .split('\n')
    .filter((line) => !/^# Source: |^\s+helm\.sh\/|^\s+app\.kubernetes\.io\/managed-by: Helm$/.test(line))
    .join('\n')
    .replace(/^---\n/, '');
}

/** docs/helm.md with its table of values as values.yaml has them. */
function valuesPage(): Promise<string> {
  const page = readFileSync(VALUES_PAGE, 'utf8');
  const start = page.indexOf(TABLE_START);
  const end = page.indexOf(TABLE_END);
  if (start < 0 || end < start) throw new Error(`${VALUES_PAGE} lacks ${TABLE_START} and ${TABLE_END}`);
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const rows = chartValues(readFileSync(`${CHART}/values.yaml`, 'utf8')).map(
    ({ path, standard, meaning }) => `| \`${path}\` | \`${cell(standard)}\` | ${cell(meaning)} |`,
  );
  const table = ['| value | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
  return pretty(VALUES_PAGE, `${page.slice(0, start)}${TABLE_START}\n\n${table}\n\n${page.slice(end)}`);
}

const pretty = async (path: string, text: string): Promise<string> =>
  format(text, { ...(await resolveConfig(path)), filepath: path });
