import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { seeHost } from './host.js';
import { cannotRun, createPair } from './namespaces.js';

async function host(context: TestContext) {
  const pair = await createPair({ left: ['192.0.2.1/24'], right: [] });
  const seen = await seeHost(pair.left);
  context.after(() => {
    seen.close();
    pair.close();
  });
  return { ...seen, ip: pair.left.ip, sysctl: pair.left.sysctl, right: pair.right };
}

void test('interfaces and addresses are those of the kernel', { skip: cannotRun }, async (t) => {
  const { link, network, ip } = await host(t);
  const eth0 = link('eth0');
  assert.deepEqual(
    { ...eth0, mac: null },
    {
      index: eth0.index,
      name: 'eth0',
      mac: null,
      up: true,
      running: true,
      mtu: 1500,
      multicast: true,
      loopback: false,
      kind: 'veth',
      parentIndex: null,
    },
  );
  assert.ok(ip('link', 'show', 'eth0').includes(`link/ether ${eth0.mac ?? ''} `));
  assert.equal(link('lo').loopback, true);
  const shown = network.addresses().filter(({ interfaceIndex }) => interfaceIndex === eth0.index);
  assert.deepEqual(
    shown.map(({ prefix, scope, ours }) => [prefix.length, scope, ours]),
    [
      [24, 0, false],
      [64, 253, false],
    ],
  );
});

void test('a link that loses its carrier, or is shut, is seen at once', { skip: cannotRun }, async (t) => {
  const { link, when, ip, right } = await host(t);
  right.ip('link', 'set', 'eth0', 'down');
  await when(() => !link('eth0').running);
  assert.equal(link('eth0').up, true);
  ip('link', 'set', 'eth0', 'down');
  await when(() => !link('eth0').up);
  right.ip('link', 'set', 'eth0', 'up');
  ip('link', 'set', 'eth0', 'up');
  await when(() => link('eth0').running);
});

void test('addresses come and go with what others do', { skip: cannotRun }, async (t) => {
  const { network, when, ip } = await host(t);
  const has = (address: string) => network.addresses().some(({ prefix }) => prefix.address === address);
  ip('address', 'add', '192.0.2.9/24', 'dev', 'eth0');
  await when(() => has('192.0.2.9'));
  assert.equal(network.addresses().find(({ prefix }) => prefix.address === '192.0.2.9')?.secondary, true);
  ip('address', 'del', '192.0.2.9/24', 'dev', 'eth0');
  await when(() => !has('192.0.2.9'));
});

void test(
  'an IPv6 address under duplicate address detection is tentative until it is not',
  { skip: cannotRun },
  async (t) => {
    const { network, when, ip, sysctl } = await host(t);
    sysctl('ipv6/conf/eth0/accept_dad', '1');
    ip('address', 'add', '2001:db8::9/64', 'dev', 'eth0');
    const state = () => network.addresses().find(({ prefix }) => prefix.address === '2001:db8::9')?.tentative;
    const seen: (boolean | undefined)[] = [];
    network.onChange(() => seen.push(state()));
    await when(() => state() === false);
    assert.ok(seen.includes(true));
  },
);

void test(
  'a deleted interface takes its addresses along, and comes back as another one',
  { skip: cannotRun },
  async (t) => {
    const { network, link, when, ip } = await host(t);
    const before = link('eth0').index;
    ip('link', 'del', 'eth0');
    const exists = () => network.links().some(({ name }) => name === 'eth0');
    await when(() => !exists());
    assert.deepEqual(
      network.addresses().filter(({ interfaceIndex }) => interfaceIndex === before),
      [],
    );
    ip('link', 'add', 'eth0', 'type', 'bridge');
    await when(exists);
    assert.notEqual(link('eth0').index, before);
    assert.equal(link('eth0').kind, 'bridge');
  },
);

void test(
  'a burst that overflows the notification queue ends with the truth',
  { skip: cannotRun },
  async (t) => {
    const { network, when, ip } = await host(t);
    // In one process of `ip`, while this one does not read.
    const commands = Array.from(
      { length: 6_000 },
      (_, index) => `address ${index % 2 === 0 ? 'add' : 'del'} 198.51.100.7/32 dev eth0`,
    );
    ip.batch([...commands, 'address add 198.51.100.8/32 dev eth0']);
    await when(() => network.addresses().some(({ prefix }) => prefix.address === '198.51.100.8'));
    assert.equal(
      network.addresses().some(({ prefix }) => prefix.address === '198.51.100.7'),
      false,
    );
  },
);
