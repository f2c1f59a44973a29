import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createNeighbourProbe } from '../../src/node-agent/addresses/neighbour-probe.js';
import { ipAddress } from '../../src/values/ip-address.js';
import { seeHost } from './host.js';
import { cannotRun, createPair } from './namespaces.js';

async function segment(context: TestContext) {
  const pair = await createPair({ left: ['192.0.2.1/24'], right: ['192.0.2.2/24'] });
  const left = await seeHost(pair.left);
  const right = await seeHost(pair.right);
  context.after(() => {
    left.close();
    right.close();
    pair.close();
  });
  const probe = createNeighbourProbe(left.netlink);
  const ask = (address: string) => pair.left.run(() => probe(left.link('eth0'), ipAddress(address)));
  return { pair, ask, macOfRight: right.link('eth0').mac };
}

void test('the host that has an IPv4 address is named', { skip: cannotRun }, async (t) => {
  const { pair, ask, macOfRight } = await segment(t);
  pair.right.ip('address', 'add', '192.0.2.100/32', 'dev', 'eth0');
  assert.equal(await ask('192.0.2.100'), macOfRight);
});

void test('the host that has an IPv6 address is named', { skip: cannotRun }, async (t) => {
  const { pair, ask, macOfRight } = await segment(t);
  pair.right.ip('address', 'add', 'fe80::100/64', 'dev', 'eth0', 'nodad');
  assert.equal(await ask('fe80::100'), macOfRight);
});

void test('nobody is named for an address that nobody has', { skip: cannotRun }, async (t) => {
  const { ask } = await segment(t);
  assert.equal(await ask('192.0.2.200'), null);
});

void test(
  'many addresses are asked for at once, each with its own answer',
  { skip: cannotRun },
  async (t) => {
    const { pair, ask, macOfRight } = await segment(t);
    pair.right.ip('address', 'add', '192.0.2.101/32', 'dev', 'eth0');
    pair.right.ip('address', 'add', '192.0.2.102/32', 'dev', 'eth0');
    const asked = ['192.0.2.101', '192.0.2.102', '192.0.2.103'].map(ask);
    assert.deepEqual(await Promise.all(asked), [macOfRight, macOfRight, null]);
  },
);

void test('nobody is named when the interface is down', { skip: cannotRun }, async (t) => {
  const { pair, ask } = await segment(t);
  pair.left.ip('link', 'set', 'eth0', 'down');
  assert.equal(await ask('192.0.2.100'), null);
});
