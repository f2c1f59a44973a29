import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createVirtualMacLinks } from '../../src/node-agent/addresses/virtual-mac.js';
import type { AdvertSocket, Datagram, Link } from '../../src/node-agent/engine/ports.js';
import { createAdvertSockets } from '../../src/node-agent/sockets/advert-socket.js';
import { type Libc, SOCK_RAW, loadLibc } from '../../src/node-agent/sockets/libc.js';
import { AF_INET, AF_PACKET, ipSocketAddress } from '../../src/node-agent/sockets/socket-address.js';
import { readIPv4Packet } from '../../src/node-agent/vrrp/ip-header.js';
import { type AddressFamily, addressFromBytes, ipAddress } from '../../src/values/ip-address.js';
import type { Micros } from '../../src/values/time.js';
import { macFromBytes, virtualRouterMac } from '../../src/values/mac-address.js';
import { type SeenHost, seeHost } from './host.js';
import { type Namespace, cannotRun, createPair } from './namespaces.js';

const GROUP = { IPv4: ipAddress('224.0.0.18'), IPv6: ipAddress('ff02::12') };
/** The protocol number of the Authentication Header. */
const AH = 51;
const SO_BINDTODEVICE = 25;
const SO_PROTOCOL = 38;
const LEFT = ipAddress('192.0.2.1');
const RIGHT = ipAddress('192.0.2.2');
const MESSAGE = Uint8Array.of(0x31, 51, 100, 1, 0, 100, 0x12, 0x34, 192, 0, 2, 100);

/** A socket that collects what it hears. */
type Listener = AdvertSocket & Readonly<{ heard: Datagram[]; next(): Promise<Datagram> }>;
type Host = SeenHost & Readonly<{ namespace: Namespace; linkLocal(): ReturnType<typeof ipAddress> }>;

async function lan(context: TestContext, libc: Libc = loadLibc()) {
  const pair = await createPair({ left: [`${LEFT}/24`], right: [`${RIGHT}/24`] });
  const sockets = createAdvertSockets(libc);
  const open: AdvertSocket[] = [];
  const host = async (namespace: Namespace): Promise<Host> => {
    const seen = await seeHost(namespace);
    const linkLocal = () => {
      const found = seen.network
        .addresses()
        .find(({ scope, interfaceIndex }) => scope === 253 && interfaceIndex === seen.link('eth0').index);
      assert.ok(found);
      return found.prefix.address;
    };
    return { ...seen, namespace, linkLocal };
  };
  const left = await host(pair.left);
  const right = await host(pair.right);
  context.after(() => {
    for (const socket of open) socket.close();
    left.close();
    right.close();
    pair.close();
  });
  const listen = (
    { namespace, link }: Host,
    family: AddressFamily,
    on: Link = link('eth0'),
    late: (waited: Micros) => void = () => undefined,
  ): Listener => {
    const heard: Datagram[] = [];
    let arrived: () => void = () => undefined;
    const socket = namespace.run(() =>
      sockets.open(
        on,
        family,
        (datagram, waited) => {
          late(waited);
          // The bytes are the socket's own.
          heard.push({ ...datagram, bytes: datagram.bytes.slice() });
          arrived();
        },
        (error) => {
          throw error;
        },
      ),
    );
    open.push(socket);
    const next = async (): Promise<Datagram> => {
      for (;;) {
        const datagram = heard.shift();
        if (datagram !== undefined) return datagram;
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
    };
    return { ...socket, heard, next };
  };
  return { left, right, listen, sockets };
}

async function someTurnsOfTheLoop(): Promise<void> {
  for (let turn = 0; turn < 5; turn++)
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
}

/** Both hosts get an `eth1`, connected to the other one's. */
async function secondCable(left: Host, right: Host): Promise<void> {
  const peer = ['type', 'veth', 'peer', 'name', 'eth1', 'netns', right.namespace.path];
  left.namespace.ip('link', 'add', 'eth1', ...peer);
  for (const { namespace } of [left, right]) namespace.ip('link', 'set', 'eth1', 'up');
  left.namespace.ip('address', 'add', '198.51.100.1/24', 'dev', 'eth1');
  for (const host of [left, right])
    await host.when(() => host.network.links().some(({ name, running }) => name === 'eth1' && running));
}

void test(
  '§5.1.1: an IPv4 advert goes to the group with TTL 255, protocol 112 and CS6',
  { skip: cannotRun },
  async (t) => {
    const { left, right, listen } = await lan(t);
    const receiver = listen(right, 'IPv4');
    listen(left, 'IPv4').send(MESSAGE, LEFT, GROUP.IPv4);
    const { bytes, interfaceIndex } = await receiver.next();
    assert.equal(interfaceIndex, right.link('eth0').index);
    assert.equal(bytes[1], 0xc0);
    const packet = readIPv4Packet(bytes);
    assert.ok(packet.ok);
    assert.equal(packet.value.ttl, 255);
    assert.equal(addressFromBytes(packet.value.source), LEFT);
    assert.equal(addressFromBytes(packet.value.destination), GROUP.IPv4);
    assert.deepEqual([...packet.value.payload], [...MESSAGE]);
  },
);

void test(
  '§5.1.2: an IPv6 advert goes to the group with hop limit 255, and its receiver knows where it came from',
  { skip: cannotRun },
  async (t) => {
    const { left, right, listen } = await lan(t);
    const receiver = listen(right, 'IPv6');
    listen(left, 'IPv6').send(MESSAGE, left.linkLocal(), GROUP.IPv6);
    assert.deepEqual(await receiver.next(), {
      bytes: MESSAGE,
      interfaceIndex: right.link('eth0').index,
      family: 'IPv6',
      source: left.linkLocal(),
      destination: GROUP.IPv6,
      hopLimit: 255,
    });
  },
);

void test('unicast adverts arrive on the same sockets, in both families', { skip: cannotRun }, async (t) => {
  const { left, right, listen } = await lan(t);
  const receivers = { IPv4: listen(right, 'IPv4'), IPv6: listen(right, 'IPv6') };
  listen(left, 'IPv4').send(MESSAGE, LEFT, RIGHT);
  listen(left, 'IPv6').send(MESSAGE, left.linkLocal(), right.linkLocal());
  assert.equal((await receivers.IPv4.next()).bytes.length, 20 + MESSAGE.length);
  assert.equal((await receivers.IPv6.next()).destination, right.linkLocal());
});

void test('a router does not hear its own adverts', { skip: cannotRun }, async (t) => {
  const { left, right, listen } = await lan(t);
  const senders = { IPv4: listen(left, 'IPv4'), IPv6: listen(left, 'IPv6') };
  const receivers = { IPv4: listen(right, 'IPv4'), IPv6: listen(right, 'IPv6') };
  senders.IPv4.send(MESSAGE, LEFT, GROUP.IPv4);
  senders.IPv6.send(MESSAGE, left.linkLocal(), GROUP.IPv6);
  await receivers.IPv4.next();
  await receivers.IPv6.next();
  for (const sender of Object.values(senders)) {
    sender.drain();
    assert.deepEqual(sender.heard, []);
  }
});

void test(
  'K-33: a socket hears its own interface only, also when others have joined the group elsewhere',
  { skip: cannotRun },
  async (t) => {
    const { left, right, listen } = await lan(t);
    await secondCable(left, right);
    const onEth0 = listen(right, 'IPv4');
    const onEth1 = listen(right, 'IPv4', right.link('eth1'));
    listen(left, 'IPv4', left.link('eth1')).send(MESSAGE, ipAddress('198.51.100.1'), GROUP.IPv4);
    assert.equal((await onEth1.next()).interfaceIndex, right.link('eth1').index);
    onEth0.drain();
    assert.deepEqual(onEth0.heard, []);
  },
);

void test(
  'K-33: what another interface heard before a socket was bound to its own is forgotten',
  { skip: cannotRun },
  async (t) => {
    const real = loadLibc();
    let beforeBinding = (): void => undefined;
    const { left, right, listen } = await lan(t, {
      ...real,
      setOption: (descriptor, level, option, value, name) => {
        if (option === SO_BINDTODEVICE) beforeBinding();
        real.setOption(descriptor, level, option, value, name);
      },
    });
    await secondCable(left, right);
    const onEth0 = listen(right, 'IPv4');
    const sender = listen(left, 'IPv4');
    beforeBinding = () => {
      sender.send(MESSAGE, LEFT, GROUP.IPv4);
    };
    const onEth1 = listen(right, 'IPv4', right.link('eth1'));
    assert.equal((await onEth0.next()).interfaceIndex, right.link('eth0').index);
    onEth1.drain();
    assert.deepEqual(onEth1.heard, []);
  },
);

void test('a datagram tells how long it has waited', { skip: cannotRun }, async (t) => {
  const { left, right, listen } = await lan(t);
  const waited: Micros[] = [];
  const receivers = (['IPv4', 'IPv6'] as const).map((family) =>
    listen(right, family, right.link('eth0'), (one) => waited.push(one)),
  );
  for (const receiver of receivers) receiver.heed(new Set());
  const began = process.hrtime.bigint();
  listen(left, 'IPv4').send(MESSAGE, LEFT, GROUP.IPv4);
  listen(left, 'IPv6').send(MESSAGE, left.linkLocal(), GROUP.IPv6);
  await pause(20);
  for (const receiver of receivers) receiver.drain();
  const passed = Number(process.hrtime.bigint() - began) / 1_000;
  assert.equal(waited.length, 2);
  for (const one of waited)
    assert.ok(one >= 19_000 && one <= passed, `${String(one)} of ${String(passed)} µs`);
});

void test('a burst of 255 routers is received whole by one drain', { skip: cannotRun }, async (t) => {
  const { left, right, listen } = await lan(t);
  const receiver = listen(right, 'IPv4');
  const sender = listen(left, 'IPv4');
  for (let vrid = 1; vrid <= 255; vrid++) sender.send(MESSAGE.with(1, vrid), LEFT, GROUP.IPv4);
  receiver.drain();
  // veth delivers in softirq: some may come a moment later.
  const vrids = new Set<number | undefined>();
  while (vrids.size < 255) vrids.add((await receiver.next()).bytes[21]);
});

for (const family of ['IPv4', 'IPv6'] as const)
  void test(
    `${family}: adverts wait, but for resignations and for the VRIDs that are to be heeded`,
    { skip: cannotRun },
    async (t) => {
      const { left, right, listen } = await lan(t);
      const receiver = listen(right, family);
      const sender = listen(left, family);
      const source = family === 'IPv4' ? LEFT : left.linkLocal();
      const start = family === 'IPv4' ? 20 : 0;
      const send = (vrid: number, priority = 100): void => {
        sender.send(MESSAGE.with(1, vrid).with(2, priority), source, GROUP[family]);
      };
      const next = async (): Promise<readonly (number | undefined)[]> => {
        const { bytes } = await receiver.next();
        return [bytes[start + 1], bytes[start + 2]];
      };
      const heeded = new Set([1, 31, 32, 33, 63, 64, 128, 200, 255]);
      receiver.heed(heeded);
      for (let vrid = 1; vrid <= 255; vrid++) {
        send(vrid);
        if (!heeded.has(vrid)) {
          await someTurnsOfTheLoop();
          assert.deepEqual(receiver.heard, [], `VRID ${String(vrid)} did not wait`);
          // What has waited is heard with it, and before it.
          send(vrid, 0);
        }
        assert.deepEqual(await next(), [vrid, 100]);
        if (!heeded.has(vrid)) assert.deepEqual(await next(), [vrid, 0]);
      }
      send(2);
      await someTurnsOfTheLoop();
      assert.deepEqual(receiver.heard, []);
      assert.equal(receiver.drain(), true);
      assert.deepEqual(await next(), [2, 100]);
      send(3);
      receiver.heed(null);
      assert.deepEqual(await next(), [3, 100]);
      send(4);
      assert.deepEqual(await next(), [4, 100]);
    },
  );

void test(
  'K-21: through the macvlan of a virtual MAC the advert has that MAC as its source',
  { skip: cannotRun },
  async (t) => {
    const { left, right, listen } = await lan(t);
    const macvlans = createVirtualMacLinks(left.netlink, left.network);
    const mac = virtualRouterMac(51, 'IPv4');
    const index = await macvlans.ensure(left.link('eth0'), mac, 'vrrp4.51');
    const macvlan: Link = { ...left.link('eth0'), index, name: 'vrrp4.51', mac };
    const frames = sniff(right.namespace);
    t.after(frames.close);
    const receiver = listen(right, 'IPv4');
    listen(left, 'IPv4', macvlan).send(MESSAGE, LEFT, GROUP.IPv4);
    await receiver.next();
    assert.equal(frames.sourceOfFirst(112), mac);
  },
);

void test(
  'the first IPv6 advert goes out through a virtual MAC whose interface has no IPv6 address yet, and unicast is still heard',
  { skip: cannotRun },
  async (t) => {
    const { left, right, listen } = await lan(t);
    const macvlans = createVirtualMacLinks(left.netlink, left.network);
    const mac = virtualRouterMac(51, 'IPv6');
    const index = await macvlans.ensure(left.link('eth0'), mac, 'vrrp6.51');
    const macvlan: Link = { ...left.link('eth0'), index, name: 'vrrp6.51', mac };
    const receiver = listen(right, 'IPv6');
    const sender = listen(left, 'IPv6', macvlan);
    sender.send(MESSAGE, left.linkLocal(), GROUP.IPv6);
    assert.equal((await receiver.next()).source, left.linkLocal());
    left.namespace.ip('address', 'add', 'fe80::51/64', 'dev', 'vrrp6.51', 'nodad');
    receiver.send(MESSAGE, right.linkLocal(), ipAddress('fe80::51'));
    assert.equal((await sender.next()).destination, ipAddress('fe80::51'));
  },
);

void test(
  'INT-075: a send that the host refuses is an error with its name, and nothing worse',
  { skip: cannotRun },
  async (t) => {
    const { left, right, listen } = await lan(t);
    const receiver = listen(right, 'IPv4');
    const sender = listen(left, 'IPv4');
    left.namespace.nft(
      'add table ip t; add chain ip t out { type filter hook output priority 0; }; add rule ip t out ip daddr 224.0.0.18 drop',
    );
    assert.throws(() => sender.send(MESSAGE, LEFT, GROUP.IPv4), { name: 'HostError', code: 'EPERM' });
    left.namespace.nft('delete table ip t');
    sender.send(MESSAGE, LEFT, GROUP.IPv4);
    await receiver.next();
  },
);

void test(
  'INT-061: with the link down sending fails, and with the link up again the socket goes on',
  { skip: cannotRun },
  async (t) => {
    const { left, right, listen } = await lan(t);
    const receivers = { IPv4: listen(right, 'IPv4'), IPv6: listen(right, 'IPv6') };
    const senders = { IPv4: listen(left, 'IPv4'), IPv6: listen(left, 'IPv6') };
    const source = left.linkLocal();
    left.namespace.ip('link', 'set', 'eth0', 'down');
    assert.throws(() => senders.IPv4.send(MESSAGE, LEFT, GROUP.IPv4), { name: 'HostError' });
    assert.throws(() => senders.IPv6.send(MESSAGE, source, GROUP.IPv6), { name: 'HostError' });
    await left.when(() => !left.link('eth0').up);
    left.namespace.ip('link', 'set', 'eth0', 'up');
    for (const host of [left, right])
      await host.when(
        () =>
          host.link('eth0').running &&
          host.network
            .addresses()
            .some(
              ({ scope, tentative, interfaceIndex }) =>
                scope === 253 && !tentative && interfaceIndex === host.link('eth0').index,
            ),
      );
    senders.IPv4.send(MESSAGE, LEFT, GROUP.IPv4);
    senders.IPv6.send(MESSAGE, source, GROUP.IPv6);
    await receivers.IPv4.next();
    await receivers.IPv6.next();
    // And the other way round: the memberships are still there.
    receivers.IPv4.send(MESSAGE, RIGHT, GROUP.IPv4);
    receivers.IPv6.send(MESSAGE, right.linkLocal(), GROUP.IPv6);
    await senders.IPv4.next();
    await senders.IPv6.next();
  },
);

void test(
  'INT-065: a socket of a deleted interface refuses to send, and can be closed',
  { skip: cannotRun },
  async (t) => {
    const { left, listen } = await lan(t);
    const sender = listen(left, 'IPv4');
    left.namespace.ip('link', 'del', 'eth0');
    assert.throws(() => sender.send(MESSAGE, LEFT, GROUP.IPv4), { name: 'HostError' });
    sender.close();
  },
);

void test(
  'a socket on an interface that does not exist cannot be opened, and leaves nothing open',
  { skip: cannotRun },
  async (t) => {
    const { left, sockets } = await lan(t);
    const before = readdirSync('/proc/self/fd').length;
    const gone: Link = { ...left.link('eth0'), name: 'eth9', index: 99 };
    const open = () =>
      left.namespace.run(() =>
        sockets.open(
          gone,
          'IPv4',
          () => undefined,
          () => undefined,
        ),
      );
    assert.throws(open, { name: 'HostError', code: 'ENODEV', operation: 'setsockopt SO_BINDTODEVICE' });
    assert.equal(readdirSync('/proc/self/fd').length, before);
  },
);

void test(
  'where the host has no socket for Authentication Headers to give, adverts are heard all the same',
  { skip: cannotRun },
  async (t) => {
    const libc = loadLibc();
    const { left, right, listen } = await lan(t, {
      ...libc,
      // The socket is made, but its descriptor cannot be found out.
      getOption: (...asked) => (libc.getOption(...asked) === AH ? null : libc.getOption(...asked)),
    });
    const receiver = listen(right, 'IPv4');
    listen(left, 'IPv4').send(MESSAGE, LEFT, GROUP.IPv4);
    assert.equal((await receiver.next()).bytes.length, 20 + MESSAGE.length);
  },
);

void test(
  'where Authentication Headers cannot be read, adverts are heard all the same',
  { skip: cannotRun },
  async (t) => {
    const libc = loadLibc();
    const isAboutAH = (descriptor: number): boolean => libc.getOption(descriptor, 1, SO_PROTOCOL) === AH;
    let refusals = 0;
    let refused: () => void = () => undefined;
    const refusal = new Promise<void>((resolve) => {
      refused = resolve;
    });
    const { left, right, listen } = await lan(t, {
      ...libc,
      receiveMessage: (descriptor, header) => {
        if (!isAboutAH(descriptor)) return libc.receiveMessage(descriptor, header);
        refusals++;
        refused();
        return -constants.errno.ENOMEM;
      },
    });
    const receiver = listen(right, 'IPv4');
    const hidden = left.namespace.run(() => libc.socket(AF_INET, SOCK_RAW, AH));
    t.after(() => {
      libc.close(hidden);
    });
    libc.setOption(hidden, 1, SO_BINDTODEVICE, Buffer.from('eth0\0'), 'SO_BINDTODEVICE');
    libc.sendTo(hidden, MESSAGE, ipSocketAddress(GROUP.IPv4, 0));
    await refusal;
    listen(left, 'IPv4').send(MESSAGE, LEFT, GROUP.IPv4);
    assert.equal((await receiver.next()).bytes.length, 20 + MESSAGE.length);
    assert.equal(refusals, 1, 'it is not asked again');
  },
);

/** What passes the interface of `namespace`, with Ethernet headers, from now on. */
function sniff(namespace: Namespace) {
  const libc = loadLibc();
  const ETH_P_ALL = 0x0300;
  const descriptor = namespace.run(() => libc.socket(AF_PACKET, 3, ETH_P_ALL));
  const memory = libc.allocate(56 + 16 + 2_048);
  memory.bytes.writeBigUInt64LE(memory.address + 56n, 16);
  memory.bytes.writeBigUInt64LE(1n, 24);
  memory.bytes.writeBigUInt64LE(memory.address + 72n, 56);
  memory.bytes.writeBigUInt64LE(2_048n, 64);
  return {
    /** The source MAC of the first IPv4 frame of this protocol that waits. */
    sourceOfFirst: (protocol: number) => {
      while (libc.receiveMessage(descriptor, memory.address) > 0) {
        const frame = memory.bytes.subarray(72);
        if (frame.readUInt16BE(12) === 0x0800 && frame[23] === protocol)
          return macFromBytes(frame.subarray(6, 12));
      }
      return null;
    },
    close: () => {
      libc.close(descriptor);
    },
  };
}
