import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VirtualIPSpec } from '../../../../src/api/v1alpha1/virtual-ip.js';
import { decide } from '../../../../src/operator/decide/decide.js';
import { preferenceOrder } from '../../../../src/operator/decide/preference.js';
import type { Input } from '../../../../src/operator/decide/types.js';
import { carriedOut, deployed, node, told, virtualIP } from './cluster.js';

const names = ['a', 'b', 'c', 'd'];
const order = preferenceOrder('web', names);
const [first = '', ...rest] = order;
const without = (name: string) => names.filter((each) => each !== name).map((each) => node(each));
const all = names.map((name) => node(name));

/** `a b c`: the members, highest priority first. */
const members = ({ virtualRouters }: Input): string =>
  virtualRouters[0]?.spec.members.map((member) => member.node).join(' ') ?? '';

/** The most preferred node comes to a cluster that runs without it. */
function joined(spec: Partial<VirtualIPSpec> = {}): Input {
  const before = deployed({ virtualIP: virtualIP(spec), nodes: without(first) });
  const running = told(before, {
    [rest[0] ?? '']: { state: 'Active' },
    [rest[1] ?? '']: {},
    [rest[2] ?? '']: {},
  });
  return carriedOut({ ...running, nodes: all });
}

describe('a node that comes later', () => {
  it('stands behind the others, so that the holder does not hand over to nobody', () =>
    assert.equal(members(joined()), [...rest, first].join(' ')));

  it('stays there as long as it does not run the virtual router', () => {
    assert.equal(members(carriedOut(joined())), [...rest, first].join(' '));
    const broken = told(joined(), { [first]: { state: 'Initialize', because: 'interfaceMissing' } });
    assert.deepEqual(decide(broken).apply, []);
  });

  it('gets its place when it waits as Backup, and keeps it', () => {
    const arrived = carriedOut(told(joined(), { [first]: {} }));
    assert.equal(members(arrived), order.join(' '));
    assert.deepEqual(decide(arrived).apply, []);
  });

  it('gets its place in both families at once, when it waits in both', () => {
    const four = told(joined({ addresses: ['192.0.2.100', '2001:db8::1'] }), { [first]: {} });
    assert.deepEqual(decide(four).apply, []);
    const both = carriedOut(told(four, { [first]: {} }, 'IPv6'));
    for (const { spec } of both.virtualRouters)
      assert.deepEqual(
        spec.members.map((member) => member.node),
        order,
      );
  });

  it('stays behind with NoPreempt, where the holder keeps the addresses for as long as it can', () => {
    const arrived = told(joined({ preemption: { mode: 'NoPreempt' } }), { [first]: {} });
    assert.deepEqual(decide(arrived).apply, []);
  });

  it('gets a priority that is fixed for it with NoPreempt, unless that costs the holder its own', () => {
    const priorityOf = (priority: number): number | undefined => {
      const spec = { preemption: { mode: 'NoPreempt' }, nodes: [{ name: first, priority }] } as const;
      const arrived = carriedOut(told(joined(spec), { [first]: {} }));
      const [router] = arrived.virtualRouters;
      return router?.spec.members.find((member) => member.node === first)?.priority;
    };
    // The holder has 254.
    assert.deepEqual([priorityOf(100), priorityOf(253), priorityOf(254)], [100, 253, 251]);
  });

  it('is not known as such when the whole VirtualIP is new', () => {
    const before = deployed({ nodes: all });
    assert.equal(members(before), order.join(' '));
    assert.equal(
      members(carriedOut(told(before, { [rest[2] ?? '']: { state: 'Active' } }))),
      order.join(' '),
    );
  });
});
