import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspectSysctls } from '../../../src/node-agent/host/sysctls.js';
import type { RouterSpec } from '../../../src/node-agent/ipc/router-spec.js';
import { FakeHost } from '../../support/fake-host.js';
import { routerSpec } from '../../support/router-spec.js';

/** A host as Linux starts it, with IPv4 settings of `eth0.7` that a distribution often makes. */
const USUAL: Readonly<Record<string, number>> = {
  'ipv4/conf/all/arp_ignore': 0,
  'ipv4/conf/eth0.7/arp_ignore': 0,
  'ipv4/conf/all/arp_announce': 0,
  'ipv4/conf/all/rp_filter': 2,
  'ipv4/conf/all/promote_secondaries': 0,
  'ipv4/conf/eth0.7/promote_secondaries': 1,
  'ipv4/igmp_max_memberships': 20,
  'ipv6/conf/eth0.7/disable_ipv6': 0,
};

const codes = (settings: Readonly<Record<string, number>>, change: Partial<RouterSpec> = {}): string[] =>
  inspectSysctls(
    new FakeHost().setLink('eth0.7'),
    routerSpec(change),
    (path) => ({ ...USUAL, ...settings })[path] ?? null,
  ).map(({ code }) => code);

void test('the usual settings are fine', () => {
  assert.deepEqual(codes({}), []);
  assert.deepEqual(codes({}, { addresses: ['192.0.2.100/24'] }), []);
  assert.deepEqual(codes({}, { family: 'IPv6', addresses: ['2001:db8::100'] }), []);
});

void test('an interface that does not answer ARP requests hides the address', () => {
  assert.deepEqual(codes({ 'ipv4/conf/eth0.7/arp_ignore': 8 }), ['ArpIgnored']);
  assert.deepEqual(codes({ 'ipv4/conf/all/arp_ignore': 1 }), []);
});

void test('arp_ignore=2 hides an address without a subnet only', () => {
  const strict = { 'ipv4/conf/all/arp_ignore': 2 };
  assert.deepEqual(codes(strict), ['ArpIgnored']);
  assert.deepEqual(codes(strict, { addresses: ['192.0.2.100/24'] }), []);
});

void test('K-21: a virtual MAC needs the interface below to keep out of ARP, and no strict reverse path', () => {
  const virtual = { virtualMAC: true };
  const quiet = { 'ipv4/conf/eth0.7/arp_ignore': 1, 'ipv4/conf/eth0.7/arp_announce': 2 };
  assert.deepEqual(codes({}, virtual), ['VirtualMACBypassed']);
  assert.deepEqual(codes(quiet, virtual), []);
  assert.deepEqual(codes({ ...quiet, 'ipv4/conf/all/rp_filter': 1 }, virtual), ['ReversePathFilter']);
});

void test('K-23: without promote_secondaries an address with a subnet may go with another one', () => {
  const off = { 'ipv4/conf/eth0.7/promote_secondaries': 0 };
  assert.deepEqual(codes(off), []);
  assert.deepEqual(codes(off, { addresses: ['192.0.2.100/24'] }), ['PromoteSecondariesOff']);
});

void test('a host that may not join groups cannot hear adverts, unless they are unicast', () => {
  const none = { 'ipv4/igmp_max_memberships': 0 };
  assert.deepEqual(codes(none), ['NoGroupMembership']);
  const unicast = { peers: ['192.0.2.2'], source: null, hopLimit: { min: 255, max: 255 } };
  assert.deepEqual(codes(none, { unicast }), []);
});

void test('IPv6 that is switched off on the interface is named, with the way to switch it on', () => {
  const [problem] = inspectSysctls(new FakeHost().setLink('eth0.7'), routerSpec({ family: 'IPv6' }), () => 1);
  assert.equal(problem?.code, 'IPv6Disabled');
  assert.equal(problem.remedy, 'sysctl -w net.ipv6.conf.eth0/7.disable_ipv6=0');
});

void test('settings that cannot be read are nobody’s fault', () => {
  assert.deepEqual(
    inspectSysctls(new FakeHost().setLink('eth0'), routerSpec({ addresses: ['192.0.2.100'] }), () => null),
    [],
  );
});
