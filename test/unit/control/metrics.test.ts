import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { COUNTER_SERIES } from '../../../src/node-agent/control/counter-series.js';
import { METRICS, PREFIX } from '../../../src/node-agent/control/metric-definitions.js';
import { createMetrics } from '../../../src/node-agent/control/metrics.js';
import { COUNTER_NAMES } from '../../../src/node-agent/vrrp/statistics.js';
import { NOW, histogram, router, status, view } from './agent-view.fixture.js';

const DOCUMENT = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');

/** An agent about which everything that can be told is told. */
const talkative = view({
  status: {
    ...status([
      router({
        state: 'Active',
        held: ['198.51.100.100'],
        counters: Object.fromEntries(
          [...COUNTER_NAMES, 'addressReinstalls'].map((name, index) => [name, index + 1]),
        ),
        transitions: { 'Initialize>Backup:startup': 1, 'Backup>Active:activeDown': 3 },
        takeover: histogram([1, 2, 3]),
        problems: [{ code: 'X', message: 'x', remedy: 'y' }],
      }),
      router({ key: 'web/IPv6', family: 'IPv6', interface: null }),
      router({ key: 'odd/IPv4', virtualIP: 'o"d\\d\n', counters: {} }),
    ]),
  },
  probes: [
    {
      routerKey: 'web/IPv4',
      id: 'web/http://127.0.0.1:80/',
      up: true,
      message: 'HTTP status 200',
      duration: 0.002,
      successes: 3,
      failures: 1,
    },
  ],
  control: {
    pid: 2,
    restarts: 4,
    malformedMessages: 5,
    problems: [{ code: 'HttpNotListening', message: 'x', remedy: 'y' }],
  },
});

/** The samples by `name{labels}`. */
async function samples(of = talkative): Promise<ReadonlyMap<string, number>> {
  const text = await createMetrics().scrape(of);
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  );
}

const WEB = 'virtual_ip="web",family="IPv4",vrid="51",interface="eth0"';

describe('the metrics', () => {
  it('are those that docs/metrics.md lists, no more and no fewer, with the same type and labels', () => {
    const rows = [...DOCUMENT.matchAll(/^\| `(kube_vrrp_\w+)` +\| (\w+) +\| ([^|]*)\|/gm)];
    const documented = rows.map(([, name, type, labels]) => ({
      name,
      type,
      labels: [...(labels ?? '').matchAll(/`(\w+)`/g)].map(([, label]) => label),
    }));
    assert.deepEqual(
      documented.map(({ name, type }) => `${String(name)} ${String(type)}`).sort(),
      METRICS.map(({ name, type }) => `${PREFIX}${name} ${type}`).sort(),
    );
    for (const { name, labels } of documented) {
      const defined = METRICS.find((metric) => PREFIX + metric.name === name)?.labels ?? [];
      const own = defined.filter(
        (label) => !['virtual_ip', 'family', 'vrid', 'interface', 'probe'].includes(label),
      );
      assert.deepEqual(labels.slice(0, own.length), own, name);
    }
  });

  it('have label values that docs/metrics.md explains', () => {
    const values = Object.values(COUNTER_SERIES).flatMap((series) =>
      series?.label === undefined ? [] : [series.label],
    );
    for (const value of values) assert.ok(DOCUMENT.includes(`\`${value}\``), `${value} is not explained`);
  });

  it('are clean to promtool', (context) => {
    if (spawnSync('promtool', ['--version']).error !== undefined) {
      context.skip(
        'PROMTOOL IS NOT INSTALLED (Debian: apt-get install prometheus): the metrics were not checked by it',
      );
      return;
    }
    return createMetrics()
      .scrape(talkative)
      .then((input) => {
        const {
          status: exit,
          stdout,
          stderr,
        } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
        assert.equal(stdout + stderr, '');
        assert.equal(exit, 0);
      });
  });

  it('give each router one state', async () => {
    const found = await samples();
    assert.equal(found.get(`kube_vrrp_router_state{${WEB},state="Active"}`), 1);
    assert.equal(found.get(`kube_vrrp_router_state{${WEB},state="Backup"}`), 0);
    assert.equal(found.get(`kube_vrrp_router_state{${WEB},state="Initialize"}`), 0);
  });

  it('tell transitions by states and reason', async () => {
    const found = await samples();
    const name = `kube_vrrp_router_transitions_total{${WEB},from="Backup",to="Active",reason="activeDown"}`;
    assert.equal(found.get(name), 3);
  });

  it('show each counter of the protocol core in one place, but for those that transitions tell', async () => {
    const found = await samples();
    const shown = new Set(found.values());
    for (const [index, name] of COUNTER_NAMES.entries())
      if (COUNTER_SERIES[name] !== null) assert.ok(shown.has(index + 1), `${name} is not shown`);
    const series = Object.values(COUNTER_SERIES).filter((one) => one !== null);
    assert.equal(new Set(series.map((one) => `${one.metric} ${one.label ?? ''}`)).size, series.length);
  });

  it('keep the buckets that were counted elsewhere, with +Inf', async () => {
    const found = await samples();
    const buckets = [...found].filter(([name]) => name.startsWith('kube_vrrp_timer_lateness_seconds'));
    assert.deepEqual(Object.fromEntries(buckets), {
      'kube_vrrp_timer_lateness_seconds_bucket{le="0.001"}': 3,
      'kube_vrrp_timer_lateness_seconds_bucket{le="0.01"}': 5,
      'kube_vrrp_timer_lateness_seconds_bucket{le="+Inf"}': 6,
      kube_vrrp_timer_lateness_seconds_sum: 0.25,
      kube_vrrp_timer_lateness_seconds_count: 6,
    });
  });

  it('hold nothing of an earlier scrape: a router that is gone has no samples', async () => {
    const metrics = createMetrics();
    await metrics.scrape(talkative);
    const text = await metrics.scrape(view({ status: status([]) }));
    assert.ok(!text.includes('virtual_ip="web"'));
  });

  it('do not mix scrapes that overlap', async () => {
    const metrics = createMetrics();
    const [first, second] = await Promise.all([
      metrics.scrape(view({ statusAge: 1_000 })),
      metrics.scrape(view({ statusAge: 2_000 })),
    ]);
    assert.match(first, /^kube_vrrp_status_age_seconds 1$/m);
    assert.match(second, /^kube_vrrp_status_age_seconds 2$/m);
  });

  it('leave out what is not known yet instead of showing 0', async () => {
    const found = await samples(
      view({
        status: null,
        statusAge: null,
        configuration: {
          source: null,
          acceptedAt: null,
          accepted: 0,
          refused: 0,
          problems: [],
          routerKeys: [],
        },
      }),
    );
    for (const name of [
      'status_age_seconds',
      'config_last_reload_successful',
      'config_last_reload_success_timestamp_seconds',
    ])
      assert.equal(found.get(PREFIX + name), undefined, name);
    assert.equal(found.get('kube_vrrp_config_reloads_total{result="refused"}'), 0);
  });

  it('tell a refused edit and when a configuration was accepted last', async () => {
    const found = await samples(
      view({
        configuration: {
          source: 'files',
          acceptedAt: NOW,
          accepted: 2,
          refused: 1,
          problems: ['vip.yaml:1:1: broken'],
          routerKeys: [],
        },
      }),
    );
    assert.equal(found.get('kube_vrrp_config_last_reload_successful'), 0);
    assert.equal(found.get('kube_vrrp_config_last_reload_success_timestamp_seconds'), NOW / 1000);
    assert.equal(found.get('kube_vrrp_config_reloads_total{result="accepted"}'), 2);
  });
});
