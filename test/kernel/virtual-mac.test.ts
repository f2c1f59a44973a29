import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { createAddressTable } from '../../src/node-agent/addresses/address-table.js';
import { createVirtualMacLinks } from '../../src/node-agent/addresses/virtual-mac.js';
import { createAnnouncer } from '../../src/node-agent/sockets/announcer.js';
import { loadLibc } from '../../src/node-agent/sockets/libc.js';
import { ipAddress } from '../../src/values/ip-address.js';
import { virtualRouterMac } from '../../src/values/mac-address.js';
import { seeHost } from './host.js';
import { cannotRun, createPair, until } from './namespaces.js';

const MAC = virtualRouterMac(51, 'IPv4');
const VIP = ipAddress('192.0.2.100');
const VIP6 = ipAddress('2001:db8::100');

async function lan(context: TestContext) {
  const pair = await createPair({
    left: ['192.0.2.1/24', '2001:db8::1/64'],
    right: ['192.0.2.2/24', '2001:db8::2/64'],
  });
  const seen = await seeHost(pair.left);
  context.after(() => {
    seen.close();
    pair.close();
  });
  return { ...seen, ...pair, macvlans: createVirtualMacLinks(seen.netlink, seen.network) };
}

void test(
  'K-21: the macvlan is private, up, marked and set up for the virtual address alone',
  { skip: cannotRun },
  async (t) => {
    const { macvlans, link, left } = await lan(t);
    await macvlans.ensure(link('eth0'), MAC, 'vrrp4.51');
    const shown = left.ip('-d', 'address', 'show', 'vrrp4.51');
    assert.match(shown, /vrrp4\.51@eth0: <[^>]*\bUP\b/);
    assert.match(shown, /link\/ether 00:00:5e:00:01:33 /);
    assert.match(shown, /macvlan mode private/);
    assert.match(shown, /alias kube-vrrp/);
    assert.doesNotMatch(shown, /inet6/, 'no link-local address of its own');
    const setting = (name: string) =>
      left.run(() => readFileSync(`/proc/sys/net/ipv4/conf/vrrp4.51/${name}`, 'latin1').trim());
    assert.deepEqual(['arp_ignore', 'rp_filter', 'accept_local', 'promote_secondaries'].map(setting), [
      '1',
      '0',
      '1',
      '1',
    ]);
  },
);

void test(
  'a macvlan of an earlier run is found again, one on another interface is made anew',
  { skip: cannotRun },
  async (t) => {
    const { macvlans, link, left, when, network } = await lan(t);
    const first = await macvlans.ensure(link('eth0'), MAC, 'vrrp4.51');
    assert.equal(await macvlans.ensure(link('eth0'), MAC, 'vrrp4.51'), first);
    left.ip('link', 'add', 'br0', 'type', 'bridge');
    await when(() => network.links().some(({ name }) => name === 'br0'));
    assert.notEqual(await macvlans.ensure(link('br0'), MAC, 'vrrp4.51'), first);
    assert.match(left.ip('link', 'show', 'vrrp4.51'), /vrrp4\.51@br0/);
  },
);

void test(
  'somebody else’s interface of that name is neither used nor removed',
  { skip: cannotRun },
  async (t) => {
    const { macvlans, link, left, when, network } = await lan(t);
    left.ip('link', 'add', 'vrrp4.51', 'type', 'bridge');
    await assert.rejects(macvlans.ensure(link('eth0'), MAC, 'vrrp4.51'), {
      name: 'HostError',
      code: 'EEXIST',
    });
    await when(() => network.links().some(({ name }) => name === 'vrrp4.51'));
    await macvlans.remove(link('vrrp4.51').index);
    assert.deepEqual(await macvlans.sweep([]), []);
    assert.match(left.ip('link', 'show', 'vrrp4.51'), /vrrp4\.51:/);
  },
);

void test('removal and sweep take ours away, with everything on it', { skip: cannotRun }, async (t) => {
  const { macvlans, link, when, network } = await lan(t);
  const kept = await macvlans.ensure(link('eth0'), MAC, 'vrrp4.51');
  await macvlans.ensure(link('eth0'), virtualRouterMac(52, 'IPv4'), 'vrrp4.52');
  const names = () => network.links().map(({ name }) => name);
  await when(() => names().length === 4);
  assert.deepEqual(await macvlans.sweep([kept]), ['vrrp4.52']);
  await macvlans.remove(kept);
  await when(() => names().length === 2);
});

void test(
  'INT-059: a neighbour reaches the address on the macvlan, and knows it by the virtual MAC',
  { skip: cannotRun },
  async (t) => {
    const { macvlans, link, left, right, netlink, network } = await lan(t);
    // What inspectSysctls asks of the operator.
    left.sysctl('ipv4/conf/eth0/arp_ignore', '1');
    left.sysctl('ipv4/conf/eth0/arp_announce', '2');
    const index = await macvlans.ensure(link('eth0'), MAC, 'vrrp4.51');
    await createAddressTable(netlink, network).hold(index, [{ address: VIP, length: 32 }], { seconds: 60 });
    right.run(() => execFileSync('ping', ['-c', '1', '-W', '2', VIP]));
    assert.match(right.ip('neigh', 'show', VIP), /lladdr 00:00:5e:00:01:33/);
  },
);

void test(
  '§8.1.2, §8.2.2: an announcement moves the address in the tables of the neighbours',
  { skip: cannotRun },
  async (t) => {
    const { link, left, right } = await lan(t);
    for (const address of [VIP, VIP6])
      right.ip('neigh', 'add', address, 'lladdr', '02:00:00:00:00:99', 'dev', 'eth0', 'nud', 'stale');
    const failures: string[] = [];
    const announcer = left.run(() =>
      createAnnouncer(loadLibc(), {
        forwardsIPv6: () => false,
        failed: (error) => failures.push(String(error)),
      }),
    );
    t.after(() => {
      announcer.close();
    });
    const { mac } = link('eth0');
    assert.ok(mac);
    announcer.announce(link('eth0'), mac, [VIP, VIP6]);
    await until(() => [VIP, VIP6].every((address) => right.ip('neigh', 'show', address).includes(mac)));
    assert.deepEqual(failures, []);
  },
);
