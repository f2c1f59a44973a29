import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createAddressTable } from '../../src/node-agent/addresses/address-table.js';
import { openNetlinkMonitor } from '../../src/node-agent/addresses/netlink.js';
import { MessageType } from '../../src/node-agent/addresses/netlink-wire.js';
import { decodeAddress } from '../../src/node-agent/addresses/rtnetlink-address.js';
import { type Prefix, formatPrefix, parsePrefix } from '../../src/values/prefix.js';
import { seeHost } from './host.js';
import { cannotRun, createPair } from './namespaces.js';

const RTNLGRP_IPV4_IFADDR = 5;
const RTNLGRP_IPV6_IFADDR = 9;

const prefix = (text: string): Prefix => {
  const parsed = parsePrefix(text);
  assert.ok(parsed.ok);
  return parsed.value;
};
const V4 = prefix('192.0.2.100/32');
const V6 = prefix('2001:db8::100/128');
const LONG = { seconds: 60 };

/** A host with 192.0.2.1/24 on `eth0`, and a table over it. */
async function host(context: TestContext, promote = true) {
  const pair = await createPair({ left: ['192.0.2.1/24'], right: [] });
  pair.left.sysctl('ipv4/conf/all/promote_secondaries', promote ? '1' : '0');
  pair.left.sysctl('ipv4/conf/eth0/promote_secondaries', promote ? '1' : '0');
  const seen = await seeHost(pair.left);
  context.after(() => {
    seen.close();
    pair.close();
  });
  const eth0 = seen.link('eth0').index;
  return {
    ...seen,
    eth0,
    ip: pair.left.ip,
    namespace: pair.left,
    table: createAddressTable(seen.netlink, seen.network, { promotes: () => promote }),
    /** What `ip` shows of the addresses that have an end, as ours do. */
    ours: () => pair.left.ip('-o', 'address', 'show', 'dev', 'eth0', 'dynamic'),
    route: () => pair.left.ip('route', 'show').trim(),
  };
}

const notRefused = (): void => {
  throw new Error('a renewal was refused');
};

void test(
  'the kernel holds both families as asked: leased, marked, IPv6 deprecated and not tentative',
  { skip: cannotRun },
  async (t) => {
    const { table, eth0, ours } = await host(t);
    await table.hold(eth0, [V4, V6], { seconds: 60 });
    const shown = ours();
    assert.match(
      shown,
      /inet 192\.0\.2\.100\/32 scope global dynamic noprefixroute eth0:vrrp.* valid_lft 60sec preferred_lft 60sec/,
    );
    assert.match(
      shown,
      /inet6 2001:db8::100\/128 scope global nodad deprecated dynamic noprefixroute.* valid_lft 60sec preferred_lft 0sec/,
    );
  },
);

void test(
  'the addresses of several routers are in the kernel before the turn goes on, so that an advert may follow at once',
  { skip: cannotRun },
  async (t) => {
    const { table, eth0, ours } = await host(t);
    const held = [table.hold(eth0, [V4], LONG), table.hold(eth0, [V6], LONG)];
    const shown = ours();
    await Promise.all(held);
    assert.match(shown, /inet 192\.0\.2\.100\/32/);
    assert.match(shown, /inet6 2001:db8::100\/128/);
  },
);

void test(
  'who is told that an IPv6 address has arrived can be reached by it: the kernel makes its route in a work queue',
  { skip: cannotRun },
  async (t) => {
    const { table, eth0, network } = await host(t);
    for (let number = 1; number <= 100; number++) {
      const wanted = `2001:db8::${String(number)}/128`;
      await table.hold(eth0, [prefix(wanted)], LONG);
      await table.arrival(eth0, [prefix(wanted)]);
      const there = network.addresses().map((address) => formatPrefix(address.prefix));
      assert.ok(there.includes(wanted), `the kernel has not told of ${wanted} yet`);
    }
  },
);

void test('a renewal restarts the lease and never takes the address away', { skip: cannotRun }, async (t) => {
  const { table, eth0, namespace, ours } = await host(t);
  const events: string[] = [];
  const monitor = namespace.run(() =>
    openNetlinkMonitor(
      [RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR],
      ({ type, body }) => {
        const address = decodeAddress(body);
        if (address !== null)
          events.push(`${type === MessageType.newAddress ? 'new' : 'gone'} ${formatPrefix(address.prefix)}`);
      },
      () => events.push('lost'),
    ),
  );
  t.after(() => {
    monitor.close();
  });
  const before = [prefix('192.0.2.101/32'), V4, V6];
  await table.hold(eth0, before, { seconds: 30 });
  await table.hold(eth0, before, { seconds: 60 });
  assert.equal(ours().match(/valid_lft 60sec/g)?.length, 3);
  assert.deepEqual(
    ours().match(/192\.0\.2\.\d+/g),
    ['192.0.2.101', '192.0.2.100'],
    'the order is that of the installation',
  );
  assert.deepEqual(
    events.filter((event) => !event.startsWith('new')),
    [],
  );
});

void test(
  'VRRP-066: a released address is gone, and nothing else with it',
  { skip: cannotRun },
  async (t) => {
    const { table, eth0, ip, ours } = await host(t);
    const other = prefix('192.0.2.101/32');
    await table.hold(eth0, [V4, other, V6], LONG);
    await table.release(eth0, [V4, V6]);
    assert.deepEqual(ours().match(/192\.0\.2\.\d+|2001:[^/]+/g), ['192.0.2.101']);
    assert.match(ip('address', 'show', 'eth0'), /inet 192\.0\.2\.1\/24 .*\n +valid_lft forever/);
    await table.release(eth0, [V4, V6, other]);
  },
);

void test(
  'a lease that nobody renews ends in the kernel, for IPv4 and IPv6',
  { skip: cannotRun },
  async (t) => {
    const { table, eth0, network, when } = await host(t);
    await table.hold(eth0, [V4, V6], { seconds: 1 });
    const ours = () => network.addresses().filter((address) => address.ours).length;
    await when(() => ours() === 2);
    await when(() => ours() === 0);
  },
);

void test(
  "somebody else's identical address is neither taken over nor removed",
  { skip: cannotRun },
  async (t) => {
    const { table, eth0, ip, when, network } = await host(t);
    ip('address', 'add', '192.0.2.100/24', 'dev', 'eth0');
    ip('address', 'add', '2001:db8::100/64', 'dev', 'eth0', 'nodad');
    await when(() => network.addresses().some(({ prefix: { address } }) => address === V6.address));
    await assert.rejects(table.hold(eth0, [V4, V6], LONG), { code: 'EEXIST' });
    await table.release(eth0, [V4, V6]);
    const shown = ip('address', 'show', 'eth0');
    assert.match(shown, /inet 192\.0\.2\.100\/24 .*\n +valid_lft forever/);
    assert.match(shown, /inet6 2001:db8::100\/64 .*\n +valid_lft forever/);
  },
);

void test('a stranger who is faster by a hair is not taken over either', { skip: cannotRun }, async (t) => {
  const { table, eth0, ip } = await host(t);
  // Its notification cannot have been read: the loop has not turned since.
  ip('address', 'add', '192.0.2.100/32', 'dev', 'eth0');
  await assert.rejects(table.hold(eth0, [V4], LONG), { code: 'EEXIST' });
  assert.match(ip('address', 'show', 'eth0'), /inet 192\.0\.2\.100\/32 .*\n +valid_lft forever/);
});

void test('a sweep after a crash removes what was left, and only that', { skip: cannotRun }, async (t) => {
  const { table, eth0, namespace, ip } = await host(t);
  await table.hold(eth0, [V4, V6], LONG);
  ip(
    'address',
    'add',
    '192.0.2.50/24',
    'dev',
    'eth0',
    'label',
    'eth0:vrrp',
    'valid_lft',
    '100',
    'preferred_lft',
    '100',
  );
  const restarted = await seeHost(namespace);
  t.after(() => {
    restarted.close();
  });
  const swept = await createAddressTable(restarted.netlink, restarted.network).sweep([]);
  assert.deepEqual(swept, ['192.0.2.100/32 on eth0', '2001:db8::100/128 on eth0']);
  assert.match(ip('address', 'show', 'eth0'), /192\.0\.2\.50\/24/);
});

void test(
  'a virtual address in the subnet of the interface leaves its route as it is',
  { skip: cannotRun },
  async (t) => {
    const { table, eth0, route } = await host(t);
    const before = route();
    assert.match(before, /192\.0\.2\.0\/24 .* src 192\.0\.2\.1/);
    await table.hold(eth0, [prefix('192.0.2.100/24'), V4, V6], LONG);
    assert.equal(route(), before);
    await table.release(eth0, [prefix('192.0.2.100/24'), V4, V6]);
    assert.equal(route(), before);
  },
);

void test(
  'INT-069: when the interface changes its address, the route follows the new one and not ours',
  { skip: cannotRun },
  async (t) => {
    const { table, eth0, ip, when, network, route } = await host(t);
    await table.hold(eth0, [prefix('192.0.2.100/24')], LONG);
    ip('address', 'add', '192.0.2.9/24', 'dev', 'eth0');
    ip('address', 'del', '192.0.2.1/24', 'dev', 'eth0');
    const isSecondary = (address: string) =>
      network.addresses().find(({ prefix: shown }) => shown.address === address)?.secondary;
    await when(() => isSecondary('192.0.2.9') === false && isSecondary('192.0.2.100') === true);
    assert.match(route(), /192\.0\.2\.0\/24 .* src 192\.0\.2\.9/);
  },
);

void test(
  'K-23: an address of ours without a subnet survives others, and they survive it',
  { skip: cannotRun },
  async (t) => {
    const { table, eth0, ip, route } = await host(t, false);
    await table.hold(eth0, [V4, prefix('192.0.2.101/32')], LONG);
    await table.release(eth0, [V4]);
    assert.match(route(), /src 192\.0\.2\.1$/);
    ip('address', 'del', '192.0.2.1/24', 'dev', 'eth0');
    assert.match(ip('-o', 'address', 'show', 'eth0'), /192\.0\.2\.101\/32/);
  },
);

void test('255 addresses are installed and removed by one call each', { skip: cannotRun }, async (t) => {
  const { table, eth0, ours } = await host(t);
  const many = Array.from({ length: 255 }, (_, index) => prefix(`198.51.100.${String(index)}/32`));
  await table.hold(eth0, many, LONG);
  assert.equal(ours().match(/198\.51\.100/g)?.length, 255);
  await table.release(eth0, many);
  assert.equal(ours(), '');
});

void test(
  'an interface that is gone is an error to hold on, and none to release from',
  { skip: cannotRun },
  async (t) => {
    const { table, eth0, ip } = await host(t);
    await table.hold(eth0, [V4], LONG);
    ip('link', 'del', 'eth0');
    await assert.rejects(table.hold(eth0, [V4], LONG), { code: 'ENODEV' });
    await table.release(eth0, [V4]);
  },
);

void test(
  'renewals do not come back as news, and what others do to the address meanwhile does',
  { skip: cannotRun },
  async (t) => {
    const { table, network, when, eth0, ip, ours } = await host(t);
    const has = (): boolean => network.addresses().some(({ prefix: { address } }) => address === V4.address);
    const prefixes = [V4];
    await table.hold(eth0, prefixes, LONG);
    await when(has);
    await table.hold(eth0, prefixes, LONG);
    let news = 0;
    network.onChange(() => news++);
    for (let times = 0; times < 50; times++) assert.ok(table.renew(eth0, prefixes, LONG, notRefused));
    ip('address', 'add', '192.0.2.7/24', 'dev', 'eth0');
    await when(() => network.addresses().some(({ prefix: { address } }) => address === '192.0.2.7'));
    assert.equal(news, 1);
    ip('address', 'del', '192.0.2.100/32', 'dev', 'eth0');
    await when(() => !has());
    assert.ok(!table.renew(eth0, prefixes, LONG, notRefused));
    await table.hold(eth0, prefixes, LONG);
    await when(has);
    assert.match(ours(), /inet 192\.0\.2\.100\/32/);
  },
);

void test('a renewal that the kernel refuses is told of', { skip: cannotRun }, async (t) => {
  const { table, eth0, ip } = await host(t);
  const prefixes = [V4, V6];
  for (let times = 0; times < 2; times++) await table.hold(eth0, prefixes, LONG);
  // Before anybody has heard of it.
  ip('link', 'del', 'eth0');
  let refused = 0;
  await new Promise<void>((resolve) => {
    const told = (): void => {
      refused++;
      resolve();
    };
    assert.ok(table.renew(eth0, prefixes, LONG, told));
  });
  // Behind both answers.
  await assert.rejects(table.hold(eth0, prefixes, LONG));
  assert.equal(refused, 1);
});

void test(
  'of several requests in one turn each one that is refused is told, and no other',
  { skip: cannotRun },
  async (t) => {
    const { table, eth0, ip } = await host(t);
    ip('address', 'add', '192.0.2.101/32', 'dev', 'lo');
    const nowhere = 4_000;
    const results = await Promise.allSettled([
      table.hold(eth0, [V4], LONG),
      table.hold(nowhere, [prefix('192.0.2.102/32')], LONG),
      table.hold(eth0, [prefix('192.0.2.103/32')], LONG),
      table.hold(nowhere, [prefix('192.0.2.104/32')], LONG),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'rejected'],
    );
  },
);
