import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { schemaProblems } from '../../../src/api/v1alpha1/schema-check.js';
import { virtualRouterStatusSchema } from '../../../src/api/v1alpha1/schema/virtual-router-schema.js';
import { type Subject, entryOf, farewell, reportOf } from '../../../src/node-agent/report/member-status.js';
import { NOW, router } from '../control/agent-view.fixture.js';

const subject = (changes: Partial<Subject> = {}): Subject => ({
  node: 'edge-1',
  generation: 4,
  problem: null,
  since: NOW,
  ...changes,
});

const tracker = (id: string, up: boolean, message = '') => ({ id, up, weight: -50, message });

describe('what a node says of its part in a virtual router', () => {
  it('is what the VRRP process says, and which generation it runs', () => {
    const active = router({
      state: 'Active',
      because: 'activeDown',
      held: ['192.0.2.100/24'],
      priority: 150,
    });
    assert.deepEqual(entryOf(reportOf(subject(), active), NOW), {
      node: 'edge-1',
      state: 'Active',
      because: 'activeDown',
      since: '2026-11-22T21:42:45.123Z',
      heartbeat: '2026-11-22T21:42:55.123Z',
      priority: 150,
      observedGeneration: 4,
      interface: 'eth0',
      source: '198.51.100.1',
      held: ['192.0.2.100/24'],
      active: { source: '198.51.100.2', priority: 150 },
    });
  });

  it('names what is tracked and fails, and not what is well', () => {
    const trackers = [
      tracker('web/pods', false, '0 of 1 selected pods ready'),
      tracker('interface eth1', true),
    ];
    const { failing } = reportOf(subject(), router({ trackers }));
    assert.deepEqual(failing, ['web/pods: 0 of 1 selected pods ready']);
  });

  it('begins its problems with the one that keeps the newest from running', () => {
    const known = { code: 'LinkDown', message: 'eth0 is down', remedy: 'plug it in' };
    const { problems } = reportOf(subject({ problem: 'spec.vrid is odd' }), router({ problems: [known] }));
    assert.deepEqual(
      problems?.map(({ code, message }) => [code, message]),
      [
        ['VirtualRouterUnusable', 'spec.vrid is odd'],
        ['LinkDown', 'eth0 is down'],
      ],
    );
  });

  it('is Initialize when nothing runs at all, with the reason', () => {
    const report = reportOf(subject({ generation: null, problem: 'it has no addresses' }), null);
    assert.equal(report.state, 'Initialize');
    assert.equal(report.since, '2026-11-22T21:42:55.123Z');
    assert.equal(report.problems?.[0]?.message, 'it has no addresses');
    assert.equal('observedGeneration' in report, false);
  });

  it('fits the schema whatever it is about', () => {
    const long = 'x'.repeat(5_000);
    const excess = router({
      because: long,
      interface: null,
      source: null,
      active: null,
      trackers: Array.from({ length: 200 }, (_, index) => tracker(`${String(index)} ${long}`, false, long)),
      problems: Array.from({ length: 40 }, () => ({ code: long, message: long, remedy: long })),
    });
    for (const report of [
      reportOf(subject({ problem: long }), excess),
      reportOf(subject({ problem: long, generation: null }), null),
      farewell(reportOf(subject(), router()), NOW),
    ]) {
      const status = { members: [entryOf(report, NOW)] };
      assert.deepEqual(schemaProblems(virtualRouterStatusSchema, status), []);
    }
  });

  it('says goodbye without addresses, priority or Active router', () => {
    const last = farewell(reportOf(subject(), router({ state: 'Active', held: ['192.0.2.100/24'] })), NOW);
    assert.deepEqual(last, {
      node: 'edge-1',
      state: 'Initialize',
      because: 'stopping',
      since: '2026-11-22T21:42:55.123Z',
      observedGeneration: 4,
    });
  });
});
