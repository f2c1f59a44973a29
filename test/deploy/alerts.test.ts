import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { stringify } from 'yaml';

import { NAMESPACE, render, the } from './rendered.js';

/* The alerts of the chart, run by Prometheus' own tool over series as agents would give them. */

type Series = Readonly<Record<string, string>>;

const rules = async (): Promise<string> => {
  const objects = await render({ 'monitoring.prometheusRule': { enabled: true } });
  return stringify(the(objects, 'PrometheusRule', 'kube-vrrp')['spec']);
};

/** Runs promtool on the alerts in a folder of its own. False: it is not installed, and the test is skipped. */
async function promtool(
  context: TestContext,
  argv: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  if (spawnSync('promtool', ['--version']).error !== undefined) {
    context.skip('promtool is not installed (Debian package prometheus)');
    return false;
  }
  const folder = mkdtempSync(join(tmpdir(), 'kube-vrrp-alerts-'));
  try {
    for (const [name, text] of Object.entries({ 'rules.yaml': await rules(), ...files }))
      writeFileSync(join(folder, name), text);
    const { status, stdout, stderr } = spawnSync('promtool', argv, { cwd: folder, encoding: 'utf8' });
    assert.equal(status, 0, `${stdout}${stderr}`);
    return true;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const AGENTS = `${NAMESPACE}/kube-vrrp-agent`;
const OPERATOR = `${NAMESPACE}/kube-vrrp-operator`;
const OPERATOR_UP = { [`up{job="${OPERATOR}"}`]: '1x100' };

const state = (node: string, name: string): string =>
  `kube_vrrp_router_state{virtual_ip="web",family="IPv4",state="${name}",instance="${node}"}`;
/** Each node's state, of those that the metric tells. */
const states = (nodes: Readonly<Record<string, 'Initialize' | 'Backup' | 'Active'>>): Series =>
  Object.fromEntries(
    Object.entries(nodes).flatMap(([node, now]) =>
      ['Initialize', 'Backup', 'Active'].map((name) => [state(node, name), name === now ? '1x100' : '0x100']),
    ),
  );

const OF_WEB = { family: 'IPv4', virtual_ip: 'web' };

const CASES: readonly Readonly<{
  title: string;
  series: Series;
  /** Alerts that there are after 20 minutes: their names, with the labels that they add. */
  alerts: Readonly<Record<string, Readonly<Record<string, string>>>>;
}>[] = [
  {
    title: 'while all is well nothing is said',
    series: {
      ...OPERATOR_UP,
      ...states({ w1: 'Active', w2: 'Backup' }),
      [`up{job="${AGENTS}",instance="w1"}`]: '1x100',
    },
    alerts: {},
  },
  {
    title: 'an address that nobody holds',
    series: { ...OPERATOR_UP, ...states({ w1: 'Initialize', w2: 'Backup' }) },
    alerts: { VirtualIPWithoutHolder: OF_WEB },
  },
  {
    title: 'an address that two hold',
    series: { ...OPERATOR_UP, ...states({ w1: 'Active', w2: 'Active', w3: 'Backup' }) },
    alerts: { VirtualIPSplitBrain: OF_WEB },
  },
  {
    title: 'an address that no other node would take over',
    series: { ...OPERATOR_UP, ...states({ w1: 'Active', w2: 'Initialize' }) },
    alerts: { VirtualIPWithoutBackup: OF_WEB },
  },
  {
    title: 'an address that was given a single node',
    series: { ...OPERATOR_UP, ...states({ w1: 'Active' }) },
    alerts: {},
  },
  {
    title: 'an address that wanders',
    series: {
      ...OPERATOR_UP,
      ...states({ w1: 'Active', w2: 'Backup' }),
      'kube_vrrp_router_transitions_total{virtual_ip="web",family="IPv4",to="Active",instance="w1"}':
        '0+1x100',
    },
    alerts: { VirtualIPFlapping: OF_WEB },
  },
  {
    title: 'an agent that does not answer',
    series: { ...OPERATOR_UP, [`up{job="${AGENTS}",instance="w1"}`]: '0x100' },
    alerts: { KubeVRRPAgentDown: { job: AGENTS, instance: 'w1' } },
  },
  {
    title: 'an agent whose VRRP process hangs',
    series: { ...OPERATOR_UP, 'kube_vrrp_status_age_seconds{instance="w1"}': '0+60x100' },
    alerts: { KubeVRRPAgentHangs: { instance: 'w1' } },
  },
  {
    title: 'no operator',
    series: { [`up{job="${OPERATOR}"}`]: '0x100' },
    alerts: { KubeVRRPOperatorDown: {} },
  },
];

test('promtool finds nothing wrong with the rules', async (context) => {
  await promtool(context, ['check', 'rules', 'rules.yaml']);
});

const names = async (): Promise<readonly string[]> =>
  [...(await rules()).matchAll(/alert: (\w+)/g)].map(([, name = '']) => name);

for (const { title, series, alerts } of CASES)
  test(`alerts: ${title}`, async (context) => {
    const tests = (await names()).map((alertname) => ({
      interval: '1m',
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      promql_expr_test: [
        {
          // Annotations have numbers in them that are not the matter here; the series ALERTS has none.
          expr: `ALERTS{alertname="${alertname}",alertstate="firing"}`,
          eval_time: '20m',
          exp_samples:
            alertname in alerts ? [{ labels: seriesOf(alertname, alerts[alertname] ?? {}), value: 1 }] : [],
        },
      ],
    }));
    await promtool(context, ['test', 'rules', 'tests.yaml'], {
      'tests.yaml': stringify({ rule_files: ['rules.yaml'], evaluation_interval: '1m', tests }),
    });
  });

const CRITICAL = ['VirtualIPWithoutHolder', 'VirtualIPSplitBrain', 'KubeVRRPAgentHangs'];

const seriesOf = (alertname: string, labels: Readonly<Record<string, string>>): string => {
  const severity = CRITICAL.includes(alertname) ? 'critical' : 'warning';
  const all = { alertname, alertstate: 'firing', severity, ...labels };
  return `ALERTS{${Object.entries(all)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`;
};

test('every metric of the alerts is one that docs/metrics.md describes', async () => {
  const page = readFileSync('docs/metrics.md', 'utf8');
  const used = new Set((await rules()).match(/\bkube_vrrp_\w+/g));
  assert.ok(used.size >= 4);
  for (const metric of used) assert.ok(page.includes(`\`${metric}\``), metric);
});
