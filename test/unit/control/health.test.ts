import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { healthOf, readinessOf } from '../../../src/node-agent/control/health.js';
import { router, status, view } from './agent-view.fixture.js';

const { configuration } = view();

describe('health', () => {
  it('is good while the VRRP process reports', () => {
    assert.deepEqual(healthOf(view({ statusAge: 5_000 })), { ok: true, reasons: [] });
  });

  it('is bad when the VRRP process has not reported for more than 5 seconds', () => {
    assert.deepEqual(healthOf(view({ statusAge: 5_001 })), {
      ok: false,
      reasons: ['the VRRP process has not reported for 5.0 s'],
    });
  });

  it('is bad before the first report', () => {
    assert.deepEqual(healthOf(view({ status: null, statusAge: null })), {
      ok: false,
      reasons: ['the VRRP process has not reported yet'],
    });
  });

  it('does not depend on configuration or elections', () => {
    const idle = view({
      status: status([router({ state: 'Initialize' })]),
      configuration: { ...configuration, source: null, problems: ['x'] },
    });
    assert.equal(healthOf(idle).ok, true);
  });
});

describe('readiness', () => {
  it('is given when every configured router is in the election', () => {
    assert.deepEqual(readinessOf(view()), { ok: true, reasons: [] });
  });

  it('is given without any router, if that is what is configured', () => {
    assert.equal(
      readinessOf(view({ status: status([]), configuration: { ...configuration, routerKeys: [] } })).ok,
      true,
    );
  });

  it('is missing for a router that is out of the election, with its reason and problems', () => {
    const problems = [{ code: 'NoCarrier', message: 'eth0 has no carrier', remedy: 'plug it in' }];
    const down = router({ state: 'Initialize', because: 'linkDown', problems });
    assert.deepEqual(readinessOf(view({ status: status([down]) })).reasons, [
      'web/IPv4 is not in the election: linkDown; eth0 has no carrier',
    ]);
  });

  it('is missing for a router that does not run yet', () => {
    const more = { ...configuration, routerKeys: ['web/IPv4', 'api/IPv4'] };
    assert.deepEqual(readinessOf(view({ configuration: more })).reasons, ['api/IPv4 is not running yet']);
  });

  it('is missing without a configuration, with what is wrong with the files', () => {
    const none = { ...configuration, source: null, routerKeys: [], problems: ['vip.yaml:1:1: is empty'] };
    assert.deepEqual(readinessOf(view({ status: status([]), configuration: none })).reasons, [
      'no configuration has been accepted',
      'vip.yaml:1:1: is empty',
    ]);
  });

  it('is not lost by a bad edit: what runs goes on', () => {
    assert.equal(
      readinessOf(view({ configuration: { ...configuration, problems: ['vip.yaml:1:1: broken'] } })).ok,
      true,
    );
  });

  it('is given by the configuration that was accepted last', () => {
    const restored = { ...configuration, source: 'lastAccepted' as const, acceptedAt: null, problems: ['x'] };
    assert.equal(readinessOf(view({ configuration: restored })).ok, true);
  });

  it('is missing while the agent stops', () => {
    assert.deepEqual(readinessOf(view({ stopping: true })).reasons, ['the agent is stopping']);
  });

  describe('in a cluster', () => {
    const cluster = {
      watches: [],
      requests: [],
      watchRestarts: [],
      reports: { written: 0, failed: 0, age: null },
    };

    it('does not hold back an update because a router is out of the election', () => {
      const out = status([router({ state: 'Initialize' })]);
      assert.equal(readinessOf(view({ cluster, status: out })).ok, true);
      assert.equal(readinessOf(view({ status: out })).ok, false);
    });

    it('is given with what was known last, and not before anything is known', () => {
      const lastKnown = { ...configuration, source: 'lastKnown' } as const;
      assert.equal(readinessOf(view({ cluster, configuration: lastKnown })).ok, true);
      const nothing = readinessOf(view({ cluster, configuration: { ...configuration, source: null } }));
      assert.match(nothing.reasons.join(), /the API server has not told yet/);
    });

    it('needs every router to be run', () => {
      assert.equal(readinessOf(view({ cluster, status: status([]) })).ok, false);
    });
  });
});
