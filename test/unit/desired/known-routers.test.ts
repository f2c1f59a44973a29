import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { KnownRouters } from '../../../src/node-agent/desired/known-routers.js';
import { virtualRouterSpec } from '../../support/virtual-router-object.js';

const password = { vrrpVersion: 2, authentication: { type: 'Password', secretKey: 'web' } } as const;

describe('the VirtualRouters that are known', () => {
  let known: KnownRouters;
  beforeEach(() => {
    known = new KnownRouters('edge-1');
  });

  const put = (name: string, generation: number, spec: unknown): void =>
    known.put({ name, generation, spec });
  const runs = (): readonly string[] =>
    known.view().desired.routers.map(({ key, vrid }) => `${key} ${String(vrid)}`);
  const problems = (): readonly (string | null)[] => known.view().routers.map(({ problem }) => problem);

  it('run as the newest of each says', () => {
    put('web-ipv4', 1, virtualRouterSpec());
    put('dns-ipv4', 1, virtualRouterSpec({ virtualIP: 'dns', vrid: 53 }));
    put('web-ipv4', 2, virtualRouterSpec({ vrid: 52 }));
    assert.deepEqual(runs(), ['dns/IPv4 53', 'web/IPv4 52']);
    assert.deepEqual(known.view().routers, [
      {
        name: 'dns-ipv4',
        running: { key: 'dns/IPv4', generation: 1 },
        problem: null,
        heartbeat: 10_000,
        silence: 0,
      },
      {
        name: 'web-ipv4',
        running: { key: 'web/IPv4', generation: 2 },
        problem: null,
        heartbeat: 10_000,
        silence: 0,
      },
    ]);
  });

  it('go on as before when what comes cannot be used, and only those', () => {
    put('web-ipv4', 1, virtualRouterSpec());
    put('dns-ipv4', 1, virtualRouterSpec({ virtualIP: 'dns', vrid: 53 }));
    put('web-ipv4', 2, { ...virtualRouterSpec(), vrid: 'many' });
    put('dns-ipv4', 2, virtualRouterSpec({ virtualIP: 'dns', vrid: 54 }));
    assert.deepEqual(runs(), ['dns/IPv4 54', 'web/IPv4 51']);
    assert.equal(known.view().routers[1]?.running?.generation, 1);
    assert.match(problems()[1] ?? '', /spec\.vrid/);
  });

  it('are shown although they never ran', () => {
    put('web-ipv4', 1, null);
    assert.deepEqual(runs(), []);
    assert.deepEqual(known.view().routers[0]?.running, null);
  });

  it('end when they are removed, are not in the whole list, or do not name the node any more', () => {
    for (const name of ['a', 'b', 'c'])
      put(name, 1, virtualRouterSpec({ virtualIP: name, vrid: name.charCodeAt(0) }));
    known.remove('a');
    known.retain(new Set(['c']));
    assert.deepEqual(runs(), ['c/IPv4 99']);
    put('c', 2, virtualRouterSpec({ virtualIP: 'c', members: [{ node: 'edge-2', priority: 254 }] }));
    assert.deepEqual(known.view().routers, []);
  });

  it('do not start without their password, and go on with the old one when it goes missing', () => {
    put('web-ipv4', 1, virtualRouterSpec(password));
    assert.deepEqual(runs(), []);
    known.setPasswords(new Map([['web', 'first']]));
    const authentication = () => known.view().desired.routers[0]?.authentication;
    assert.deepEqual(authentication(), { type: 'Password', password: 'first' });
    known.setPasswords(new Map());
    assert.deepEqual(authentication(), { type: 'Password', password: 'first' });
    assert.match(problems()[0] ?? '', /has no entry web/);
    known.setPasswords(new Map([['web', 'second']]));
    assert.deepEqual(authentication(), { type: 'Password', password: 'second' });
    assert.deepEqual(problems(), [null]);
  });

  it('come back out of what was kept, passwords included', () => {
    known.setPasswords(new Map([['web', 'secret']]));
    put('web-ipv4', 3, virtualRouterSpec(password));
    put('dns-ipv4', 1, virtualRouterSpec({ virtualIP: 'dns', vrid: 53 }));
    const before = known.view();
    const again = new KnownRouters('edge-1');
    again.restore(JSON.parse(JSON.stringify(before.usable)) as typeof before.usable);
    assert.deepEqual(again.view(), before);
  });

  it('come back without those that cannot be used any more', () => {
    known.restore([
      { name: 'bad', generation: 1, spec: { vrid: 1 }, password: null },
      { name: 'web-ipv4', generation: 1, spec: virtualRouterSpec(), password: null },
    ]);
    assert.deepEqual(
      known.view().routers.map(({ name }) => name),
      ['web-ipv4'],
    );
  });

  it('do not share a name on the node: that which the operator calls so runs, whatever else claims to be it', () => {
    put('web-ipv4', 1, virtualRouterSpec());
    put('another', 1, virtualRouterSpec({ vrid: 60 }));
    assert.deepEqual(runs(), ['web/IPv4 51']);
    const another = known.view().routers.find(({ name }) => name === 'another');
    assert.equal(another?.running, null);
    assert.match(
      another.problem ?? '',
      /VirtualRouter web-ipv4 is the one of VirtualIP web for IPv4 already/,
    );
  });
});
