import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createAddressTable } from '../../../src/node-agent/addresses/address-table.js';
import type { Netlink, Request } from '../../../src/node-agent/addresses/netlink.js';
import { Flag, MessageType } from '../../../src/node-agent/addresses/netlink-wire.js';
import {
  AddressFlag,
  type AddressMessage,
  decodeAddress,
} from '../../../src/node-agent/addresses/rtnetlink-address.js';
import type { InterfaceAddress } from '../../../src/node-agent/engine/ports.js';
import { type Prefix, formatPrefix, parsePrefix } from '../../../src/values/prefix.js';
import { FakeHost } from '../../support/fake-host.js';

const ETH0 = 2;

const prefix = (text: string): Prefix => {
  const parsed = parsePrefix(text);
  assert.ok(parsed.ok);
  return parsed.value;
};

const on = (text: string, change: Partial<InterfaceAddress> = {}): InterfaceAddress => ({
  interfaceIndex: ETH0,
  prefix: prefix(text),
  ours: false,
  secondary: false,
  tentative: false,
  deprecated: false,
  scope: 0,
  ...change,
});

const notRefused = (): void => {
  throw new Error('a renewal was refused');
};

/** A table over a kernel that says yes, or what `refuse` says; `asked` reads like a transcript. */
function tableOver(
  present: readonly InterfaceAddress[],
  refuse: (address: string) => string | null = () => null,
  promotes = true,
) {
  const asked: string[] = [];
  const sent: AddressMessage[] = [];
  const untold: boolean[] = [];
  const netlink: Netlink = {
    request: (requests) => {
      untold.push(requests.every((request) => request.untold === true));
      return Promise.resolve(requests.map(answer));
    },
    order: (requests, refused) => {
      untold.push(requests.every((request) => request.untold === true));
      if (requests.map(answer).some((code) => code !== null)) refused();
    },
    flush: () => undefined,
    port: null,
    dump: () => Promise.resolve([]),
    close: () => undefined,
  };
  function answer({ type, flags, body }: Request): string | null {
    const address = decodeAddress(Buffer.from(body));
    assert.ok(address);
    const verb =
      type === MessageType.delAddress ? 'remove' : (flags & Flag.replace) === 0 ? 'add' : 'add or renew';
    asked.push(`${verb} ${formatPrefix(address.prefix)}`);
    sent.push(address);
    return refuse(address.prefix.address);
  }
  const links = [new FakeHost().setLink('eth0')];
  const listeners: (() => void)[] = [];
  let addresses = present;
  const network = {
    links: () => links,
    addresses: () => addresses,
    onChange: (listener: () => void) => {
      listeners.push(listener);
    },
  };
  const table = createAddressTable(netlink, network, { promotes: () => promotes });
  return {
    table,
    asked,
    sent,
    untold,
    change: (to: readonly InterfaceAddress[]) => {
      addresses = to;
      for (const listener of listeners) listener();
    },
  };
}

void test('a virtual address is installed with an end, our mark and our label', async () => {
  const { table, sent } = tableOver([on('192.0.2.1/24')]);
  await table.hold(ETH0, [prefix('192.0.2.100/32')], { seconds: 3 });
  assert.deepEqual(sent, [
    {
      interfaceIndex: ETH0,
      prefix: prefix('192.0.2.100/32'),
      flags: AddressFlag.noPrefixRoute,
      scope: 0,
      label: 'eth0:vrrp',
      protocol: 112,
      validLifetime: 3,
      preferredLifetime: 3,
    },
  ]);
});

void test('VRRP-062: an IPv6 virtual address is usable at once, and deprecated so that the host never sends from it', async () => {
  const { table, sent } = tableOver([]);
  await table.hold(ETH0, [prefix('2001:db8::100/128')], { seconds: 3 });
  assert.equal(sent[0]?.flags, AddressFlag.noDad | AddressFlag.noPrefixRoute);
  assert.equal(sent[0].preferredLifetime, 0);
  assert.equal(sent[0].validLifetime, 3);
});

void test('the route of a subnet that the interface is in already is left alone', async () => {
  const { table, sent } = tableOver([on('192.0.2.1/24')]);
  await table.hold(ETH0, [prefix('192.0.2.100/24'), prefix('198.51.100.1/24')], { seconds: 3 });
  assert.deepEqual(
    sent.map(({ flags }) => flags),
    [AddressFlag.noPrefixRoute, 0],
  );
});

void test('the first installation refuses an address that is there; renewals replace it', async () => {
  const { table, asked } = tableOver([]);
  await table.hold(ETH0, [prefix('192.0.2.100/32')], { seconds: 3 });
  await table.hold(ETH0, [prefix('192.0.2.100/32')], { seconds: 3 });
  assert.deepEqual(asked, ['add 192.0.2.100/32', 'add or renew 192.0.2.100/32']);
});

void test('renewals that change nothing but the lease are not told of, until something else has changed', async () => {
  const { table, asked, untold, change } = tableOver([]);
  const prefixes = [prefix('192.0.2.100/32')];
  const renew = async (): Promise<void> => {
    if (!table.renew(ETH0, prefixes, { seconds: 3 }, notRefused))
      await table.hold(ETH0, prefixes, { seconds: 3 });
  };
  for (let times = 0; times < 4; times++) await renew();
  assert.deepEqual(untold, [false, false, true, true]);
  // Somebody removes it: that it is back must be heard.
  change([]);
  await renew();
  await renew();
  assert.deepEqual(untold.slice(4), [false, true]);
  assert.equal(table.renew(ETH0, prefixes, { seconds: 30 }, notRefused), false);
  assert.equal(asked.length, 6);
});

void test('a renewal that is refused is told of, and once it was judged, the next one is judged anew', async () => {
  let refusal: string | null = null;
  const { table } = tableOver([], () => refusal);
  const prefixes = [prefix('192.0.2.100/32')];
  for (let times = 0; times < 2; times++) await table.hold(ETH0, prefixes, { seconds: 3 });
  refusal = 'EEXIST';
  let refused = 0;
  assert.equal(
    table.renew(ETH0, prefixes, { seconds: 3 }, () => refused++),
    true,
  );
  assert.equal(refused, 1);
  await assert.rejects(table.hold(ETH0, prefixes, { seconds: 3 }), { code: 'EEXIST' });
  refusal = null;
  assert.equal(table.renew(ETH0, prefixes, { seconds: 3 }, notRefused), false);
});

void test("an earlier run's address is renewed, not refused", async () => {
  const { table, asked } = tableOver([on('192.0.2.100/32', { ours: true })]);
  await table.hold(ETH0, [prefix('192.0.2.100/32')], { seconds: 3 });
  assert.deepEqual(asked, ['add or renew 192.0.2.100/32']);
});

void test("somebody else's identical address is reported, left alone and not removed, and the others are held", async () => {
  const { table, asked } = tableOver([on('192.0.2.100/24')]);
  await assert.rejects(
    table.hold(ETH0, [prefix('192.0.2.100/32'), prefix('192.0.2.101/32')], { seconds: 3 }),
    {
      name: 'HostError',
      code: 'EEXIST',
      operation: 'hold 192.0.2.100/32',
    },
  );
  await table.release(ETH0, [prefix('192.0.2.100/32'), prefix('192.0.2.101/32')]);
  assert.deepEqual(asked, ['add 192.0.2.101/32', 'remove 192.0.2.101/32']);
});

void test('an address that the kernel refused as existing is not ours to remove', async () => {
  const { table, asked } = tableOver([], () => 'EEXIST');
  await assert.rejects(table.hold(ETH0, [prefix('192.0.2.100/32')], { seconds: 3 }), { code: 'EEXIST' });
  await table.release(ETH0, [prefix('192.0.2.100/32')]);
  assert.deepEqual(asked, ['add 192.0.2.100/32']);
});

void test('a release that is called before the kernel has answered the hold removes the address', async () => {
  const { table, asked } = tableOver([]);
  const held = table.hold(ETH0, [prefix('192.0.2.100/32')], { seconds: 3 });
  await Promise.all([held, table.release(ETH0, [prefix('192.0.2.100/32')])]);
  assert.deepEqual(asked, ['add 192.0.2.100/32', 'remove 192.0.2.100/32']);
});

void test('an address that has run out meanwhile is not an error to release', async () => {
  const { table } = tableOver([on('192.0.2.100/32', { ours: true })], () => 'EADDRNOTAVAIL');
  await table.release(ETH0, [prefix('192.0.2.100/32')]);
});

void test('an error names the first address it is about and how many others', async () => {
  const { table } = tableOver([], () => 'EPERM');
  await assert.rejects(
    table.hold(ETH0, [prefix('192.0.2.100/32'), prefix('192.0.2.101/32')], { seconds: 3 }),
    /^HostError: hold 192\.0\.2\.100\/32 and 1 more: EPERM$/,
  );
});

void test('a sweep removes what is ours and not to be kept, and says what', async () => {
  const { table, asked } = tableOver([
    on('192.0.2.1/24'),
    on('192.0.2.100/32', { ours: true }),
    on('192.0.2.101/32', { ours: true }),
  ]);
  const swept = await table.sweep([{ interfaceIndex: ETH0, prefix: prefix('192.0.2.101/32') }]);
  assert.deepEqual(swept, ['192.0.2.100/32 on eth0']);
  assert.deepEqual(asked, ['remove 192.0.2.100/32']);
});

void test('an IPv6 address whose prefix length was edited is made anew, for the kernel cannot change it', async () => {
  const { table, asked } = tableOver([on('2001:db8::100/128', { ours: true })]);
  await table.hold(ETH0, [prefix('2001:db8::100/64')], { seconds: 3 });
  assert.deepEqual(asked, ['remove 2001:db8::100/128', 'add 2001:db8::100/64']);
});

void test("INT-069: an address of ours that came to stand before the interface's new address is put behind it", async () => {
  const { table, asked, change } = tableOver([on('192.0.2.1/24')]);
  await table.hold(ETH0, [prefix('192.0.2.100/24')], { seconds: 3 });
  change([on('192.0.2.100/24', { ours: true }), on('192.0.2.9/24', { secondary: true })]);
  assert.deepEqual(asked.slice(1), ['remove 192.0.2.100/24', 'add 192.0.2.100/24']);
});

void test('without promote_secondaries it stays there, for removing it would remove the others', async () => {
  const { table, asked, change } = tableOver([], undefined, false);
  await table.hold(ETH0, [prefix('192.0.2.100/24')], { seconds: 3 });
  change([on('192.0.2.100/24', { ours: true }), on('192.0.2.9/24', { secondary: true })]);
  assert.equal(asked.length, 1);
});

const BOTH = [prefix('192.0.2.100/32'), prefix('2001:db8::100/128')];

void test('a new IPv6 address arrives when the kernel tells of it: before that it answers nobody', async ({
  mock,
}) => {
  // However long this takes, what is waited for is the kernel.
  mock.timers.enable({ apis: ['setTimeout'] });
  const { table, change } = tableOver([]);
  let arrived = false;
  await table.hold(ETH0, BOTH, { seconds: 4 });
  const arrival = table.arrival(ETH0, BOTH);
  void arrival?.then(() => (arrived = true));
  change([on('192.0.2.100/32', { ours: true })]);
  await setImmediate();
  assert.equal(arrived, false);
  change([on('192.0.2.100/32', { ours: true }), on('2001:db8::100/128', { ours: true })]);
  await arrival;
});

void test('an IPv6 address of which the kernel never tells holds nobody up for long', async () => {
  const { table } = tableOver([]);
  await table.hold(ETH0, BOTH, { seconds: 4 });
  await table.arrival(ETH0, BOTH);
});

void test('what is there already, or is of IPv4, has arrived', () => {
  const { table } = tableOver([on('2001:db8::100/128', { ours: true })]);
  assert.equal(table.arrival(ETH0, BOTH), null);
});
