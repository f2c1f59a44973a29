import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { each } from '../../../../bench/scale/each.js';
import { tokenFile } from '../../../../bench/scale/cluster/users.js';
import { type ScaleOptions, problemOf } from '../../../../bench/scale/options.js';
import { nodesOf, tenthOf, virtualIP } from '../../../../bench/scale/workload.js';
import { validateVirtualIP } from '../../../../src/api/v1alpha1/validate.js';

const SIZE = { virtualIPs: 1_000, nodes: 1_000, members: 3 };

describe('the workload', () => {
  const all = Array.from({ length: SIZE.virtualIPs }, (_, index) => virtualIP(index, SIZE));

  it('has VirtualIPs that an operator accepts', () => {
    for (const one of [...all, virtualIP(7, SIZE, 12)])
      assert.deepEqual(validateVirtualIP(one, 'cluster').problems, []);
  });

  it('has no more VirtualIPs on one VLAN than VRRP has numbers for', () => {
    const counts = new Map<string, number>();
    for (const { spec } of all) counts.set(spec.interface ?? '', (counts.get(spec.interface ?? '') ?? 0) + 1);
    assert.ok(Math.max(...counts.values()) <= 255);
  });

  it('gives every rack its nodes, and every VirtualIP a rack that there is', () => {
    const racks = new Map<string, number>();
    for (const { rack } of nodesOf(SIZE)) racks.set(rack, (racks.get(rack) ?? 0) + 1);
    assert.equal(racks.size, 333);
    assert.deepEqual([...new Set(racks.values())].sort(), [3, 4]);
    for (const { spec } of all)
      assert.ok(racks.has(Object.values(spec.nodeSelector?.matchLabels ?? {})[0] ?? ''));
  });

  it('has no name and no address twice, also after a VirtualIP was made anew', () => {
    const named = [...all, virtualIP(0, SIZE, 1)].map(({ metadata }) => metadata.name);
    assert.equal(new Set(named).size, named.length);
    const addresses = [
      ...all.flatMap(({ spec }) => spec.addresses),
      ...nodesOf(SIZE).map((node) => node.address),
    ];
    assert.equal(new Set(addresses).size, addresses.length);
  });

  it('is a tenth with as many VirtualIPs per node', () => {
    assert.deepEqual(tenthOf(SIZE), { virtualIPs: 100, nodes: 100, members: 3 });
    assert.deepEqual(tenthOf({ virtualIPs: 3, nodes: 4, members: 3 }), {
      virtualIPs: 1,
      nodes: 3,
      members: 3,
    });
  });
});

it('options that do not go together are refused with a sentence', () => {
  const options: ScaleOptions = {
    ...{ size: SIZE, steady: 60, soak: 0, churn: 2, troubles: [], tenth: true, workers: null, profile: null },
    ...{ document: false, smoke: false },
  };
  assert.equal(problemOf(options), null);
  assert.match(
    problemOf({ ...options, size: { ...SIZE, nodes: 2 } }) ?? '',
    /--members 3 are more than --nodes 2/,
  );
  assert.match(problemOf({ ...options, smoke: true, document: true }) ?? '', /--smoke is no measurement/);
});

it('the operator comes to the API server with the name and the groups of its service account', () => {
  const lines = tokenFile({ bench: 'a', operator: 'b', agents: 'c' }).split('\n');
  assert.equal(
    lines[1],
    'b,system:serviceaccount:kube-vrrp-system:kube-vrrp-operator,operator,"system:serviceaccounts,system:serviceaccounts:kube-vrrp-system,system:authenticated"',
  );
});

it('work is done for each item once, so many at a time', async () => {
  const seen: number[] = [];
  let [now, most] = [0, 0];
  await each([1, 2, 3, 4, 5], 2, async (item) => {
    now += 1;
    most = Math.max(most, now);
    await Promise.resolve();
    seen.push(item);
    now -= 1;
  });
  assert.deepEqual(seen.sort(), [1, 2, 3, 4, 5]);
  assert.equal(most, 2);
});
