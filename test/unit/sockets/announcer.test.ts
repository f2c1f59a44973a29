import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createAnnouncer } from '../../../src/node-agent/sockets/announcer.js';
import { HostError } from '../../../src/platform/errors.js';
import { type IpAddress, addressFromBytes, ipAddress } from '../../../src/values/ip-address.js';
import type { MacAddress } from '../../../src/values/mac-address.js';
import { FakeHost } from '../../support/fake-host.js';
import { fakeLibc } from '../../support/fake-libc.js';

const ETH0 = new FakeHost().setLink('eth0');
const MAC = '02:00:00:00:00:01' as MacAddress;
const address = (last: number): IpAddress => ipAddress(`192.0.2.${String(last)}`);

/** An announcer over a packet socket that writes down what it sends: `1 192.0.2.100` is an ARP request. */
function announcing(context: TestContext, refuse: (address: string) => boolean = () => false) {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const sent: string[] = [];
  const failures: string[] = [];
  const announcer = createAnnouncer(
    fakeLibc({
      socket: () => 7,
      close: () => undefined,
      sendTo: (_descriptor, bytes) => {
        const isArp = bytes[12] === 0x08;
        const about = addressFromBytes(isArp ? bytes.subarray(28, 32) : bytes.subarray(62, 78));
        if (refuse(about)) throw new HostError('sendto', 'ENOBUFS');
        sent.push(`${isArp ? String(bytes[21]) : 'NA'} ${about}`);
      },
    }),
    {
      forwardsIPv6: () => false,
      failed: (error, link, about) => failures.push(`${about} on ${link.name}: ${error.code}`),
    },
  );
  return {
    announcer,
    sent,
    failures,
    pass: (milliseconds: number) => context.mock.timers.tick(milliseconds),
  };
}

void test('VRRP-060: an announcement leaves at once, as ARP request and as ARP reply', (context) => {
  const { announcer, sent } = announcing(context);
  announcer.announce(ETH0, MAC, [address(100)]);
  assert.deepEqual(sent, ['1 192.0.2.100', '2 192.0.2.100']);
});

void test('an IPv6 address is announced by one neighbour advertisement', (context) => {
  const { announcer, sent } = announcing(context);
  announcer.announce(ETH0, MAC, [ipAddress('2001:db8::100')]);
  assert.deepEqual(sent, ['NA 2001:db8::100']);
});

void test('VRRP-064: a large set is sent a few frames at a time, so that adverts get their turn', (context) => {
  const { announcer, sent, pass } = announcing(context);
  announcer.announce(
    ETH0,
    MAC,
    Array.from({ length: 25 }, (_, index) => address(index + 1)),
  );
  assert.equal(sent.length, 20);
  pass(1);
  assert.equal(sent.length, 40);
  pass(1);
  assert.equal(sent.length, 50);
  assert.equal(new Set(sent).size, 50);
  pass(10);
  assert.equal(sent.length, 50);
});

void test('VRRP-066: what was cancelled is not sent any more', (context) => {
  const { announcer, sent, pass } = announcing(context);
  const all = Array.from({ length: 12 }, (_, index) => address(index + 1));
  announcer.announce(ETH0, MAC, all);
  announcer.cancel(ETH0, all);
  pass(10);
  assert.equal(sent.length, 20);
});

void test('announcing an address that still waits does not announce it twice', (context) => {
  const { announcer, sent, pass } = announcing(context);
  const all = Array.from({ length: 12 }, (_, index) => address(index + 1));
  announcer.announce(ETH0, MAC, all);
  announcer.announce(ETH0, MAC, [address(12)]);
  pass(10);
  assert.equal(sent.length, 24);
});

void test('a frame that cannot be sent is reported and holds up nobody', (context) => {
  const { announcer, sent, failures } = announcing(context, (about) => about === address(1));
  announcer.announce(ETH0, MAC, [address(1), address(2)]);
  assert.deepEqual(failures, ['192.0.2.1 on eth0: ENOBUFS']);
  assert.deepEqual(sent, ['1 192.0.2.2', '2 192.0.2.2']);
});

void test('after its end nothing is sent', (context) => {
  const { announcer, sent, pass } = announcing(context);
  announcer.announce(
    ETH0,
    MAC,
    Array.from({ length: 12 }, (_, index) => address(index + 1)),
  );
  announcer.close();
  announcer.announce(ETH0, MAC, [address(100)]);
  pass(10);
  assert.equal(sent.length, 20);
});
