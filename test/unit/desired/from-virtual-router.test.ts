import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { VirtualRouterSpec } from '../../../src/api/v1alpha1/virtual-router.js';
import {
  type Passwords,
  type RouterPlan,
  fromVirtualRouter,
} from '../../../src/node-agent/desired/from-virtual-router.js';
import { virtualRouterSpec } from '../../support/virtual-router-object.js';

const NO_PASSWORDS: Passwords = new Map();

function plan(changes: object = {}, node = 'edge-1', passwords = NO_PASSWORDS): RouterPlan {
  const result = fromVirtualRouter({ ...virtualRouterSpec(), ...changes }, node, passwords);
  assert.ok(result.ok && result.value !== null, JSON.stringify(result));
  return result.value;
}

function problem(changes: object, passwords = NO_PASSWORDS): string {
  const result = fromVirtualRouter({ ...virtualRouterSpec(), ...changes }, 'edge-1', passwords);
  assert.ok(!result.ok, 'it was taken');
  return result.problem;
}

const passwordFrom = (secretKey: string): Partial<VirtualRouterSpec> => ({
  vrrpVersion: 2,
  authentication: { type: 'Password', secretKey },
});

describe('a VirtualRouter on a node', () => {
  it('is reported on as often as it asks for', () => {
    assert.equal(plan().heartbeat, 10_000);
    assert.equal(plan({ heartbeatSeconds: 50 }).heartbeat, 50_000);
    assert.match(problem({ heartbeatSeconds: 1 }), /heartbeatSeconds/);
  });

  it('is not reported on for as long as it asks for', () => {
    assert.equal(plan().silence, 0);
    assert.equal(plan({ reportAfterSeconds: 30 }).silence, 30_000);
    assert.match(problem({ reportAfterSeconds: 1_000 }), /reportAfterSeconds/);
  });

  it('is run with the priority and interface of the node, and knows the best of the others', () => {
    const { router } = plan({}, 'edge-2');
    assert.equal(router.key, 'web/IPv4');
    assert.equal(router.priority, 253);
    assert.equal(router.interface, 'bond0');
    assert.equal(router.bestPeerPriority, 254);
    assert.equal(plan().router.interface, null);
  });

  it('has the defaults of the schema where the API server has filled in none', () => {
    const { router } = plan();
    assert.equal(router.version, 3);
    assert.equal(router.advertisementInterval, 1_000_000);
    assert.deepEqual(router.preemption, { mode: 'Preempt', delay: 0 });
    assert.equal(router.unicast, null);
    assert.deepEqual(router.announcement, { repeat: 5, delay: 5_000_000, refresh: 60_000_000 });
  });

  it('is not run on a node that is no member', () => {
    assert.deepEqual(fromVirtualRouter(virtualRouterSpec(), 'edge-3', null), { ok: true, value: null });
  });

  it('is run with the fields that are known, whatever a newer operator adds', () => {
    const members = [{ node: 'edge-1', priority: 254, color: 'blue' }];
    const added = { members, shape: { round: true }, preemption: { mode: 'NoPreempt', mood: 'good' } };
    assert.deepEqual(plan(added), plan({ members, preemption: { mode: 'NoPreempt' } }));
  });

  it('sends its unicast adverts to the other members and to peers outside the cluster, once to each', () => {
    const { router } = plan({
      unicast: { mode: 'Unicast', peers: ['192.0.2.9', '192.0.2.2'], minHopLimit: 250 },
      members: [
        { node: 'edge-1', priority: 254, address: '192.0.2.1' },
        { node: 'edge-2', priority: 253, address: '192.0.2.2' },
        { node: 'edge-3', priority: 252 },
      ],
    });
    assert.deepEqual(router.unicast, {
      peers: ['192.0.2.2', '192.0.2.9'],
      source: '192.0.2.1',
      hopLimit: { min: 250, max: 255 },
    });
  });

  it('knows one peer in two spellings for one', () => {
    const { router } = plan({
      family: 'IPv6',
      addresses: ['2001:db8::100/128'],
      unicast: { mode: 'Unicast', peers: ['2001:DB8:0::2', '2001:db8::1'] },
      members: [
        { node: 'edge-1', priority: 254, address: '2001:db8:0::1' },
        { node: 'edge-2', priority: 253, address: '2001:db8::2' },
      ],
    });
    assert.deepEqual(router.unicast?.peers, ['2001:db8::2', '2001:db8::1']);
    assert.equal(router.unicast.source, '2001:db8::1');
  });

  it('may have no unicast peer at all: the node may be the only member', () => {
    const members = [{ node: 'edge-1', priority: 254, address: '192.0.2.1' }];
    assert.deepEqual(plan({ members, unicast: { mode: 'Unicast' } }).router.unicast?.peers, []);
  });

  it('ignores peers while it uses multicast', () => {
    assert.equal(plan({ unicast: { mode: 'Multicast', peers: ['192.0.2.9'] } }).router.unicast, null);
  });

  it('takes its password from the entry that it names', () => {
    const { router } = plan(passwordFrom('web'), 'edge-1', new Map([['web', 'secret']]));
    assert.deepEqual(router.authentication, { type: 'Password', password: 'secret' });
  });

  it('tells what is wrong with its password, and never the password', () => {
    assert.match(problem(passwordFrom('web'), null), /has not been read yet/);
    assert.match(problem(passwordFrom('web')), /has no entry web/);
    const long = problem(passwordFrom('web'), new Map([['web', 'far too long']]));
    assert.match(long, /entry web .* must be 1 to 8 octets long, is 12/);
    assert.doesNotMatch(long, /far too long/);
    assert.match(problem({ vrrpVersion: 2, authentication: { type: 'Password' } }), /secretKey is required/);
  });

  it('brings probes and pods along, for itself', () => {
    const { probes, pods } = plan({
      track: {
        pods: { namespace: 'shop', selector: { matchLabels: { app: 'nginx' } }, weight: -50 },
        probes: [{ tcpSocket: { port: 80 } }],
      },
    });
    assert.deepEqual(
      probes.map(({ id, routerKeys }) => [id, routerKeys]),
      [['web/tcp://127.0.0.1:80', ['web/IPv4']]],
    );
    assert.deepEqual(pods, [
      { id: 'web/pods', routerKeys: ['web/IPv4'], namespace: 'shop', selector: 'app=nginx', weight: -50 },
    ]);
  });

  it('writes equal selectors alike', () => {
    const selectorOf = (selector: object): string | undefined =>
      plan({ track: { pods: { selector } } }).pods[0]?.selector;
    const selector = {
      matchLabels: { tier: 'edge', app: 'nginx' },
      matchExpressions: [
        { key: 'zone', operator: 'In', values: ['b', 'a'] },
        { key: 'old', operator: 'DoesNotExist' },
        { key: 'team', operator: 'Exists' },
        { key: 'env', operator: 'NotIn', values: ['test'] },
      ],
    };
    const text = '!old,app=nginx,env notin (test),team,tier=edge,zone in (a,b)';
    assert.equal(selectorOf(selector), text);
    const turned = {
      matchLabels: { app: 'nginx', tier: 'edge' },
      matchExpressions: selector.matchExpressions.toReversed(),
    };
    assert.equal(selectorOf(turned), text);
  });

  it('is refused by the rules of a VirtualIP, with the field', () => {
    assert.match(
      problem({ advertisementInterval: '5ms' }),
      /spec\.advertisementInterval must be 10ms to 40\.95s/,
    );
    assert.match(problem({ vrid: 300 }), /spec\.vrid must be a whole number from 1 to 255/);
    assert.match(problem({ addresses: ['192.0.2.300'] }), /spec\.addresses\[0\]/);
    assert.match(problem({ family: 'IPv6' }), /must be IPv6 addresses/);
    assert.match(problem({ addresses: ['192.0.2.1', '2001:db8::1'] }), /must be IPv4 addresses, all of them/);
  });

  for (const spec of [undefined, null, 'text', 7, [], {}, { members: 'all' }, { members: [null] }])
    it(`is refused when its spec is ${spec === undefined ? 'missing' : JSON.stringify(spec)}`, () => {
      assert.equal(fromVirtualRouter(spec, 'edge-1', NO_PASSWORDS).ok, false);
    });
});
