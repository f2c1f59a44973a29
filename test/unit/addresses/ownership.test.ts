import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openAddressRecord } from '../../../src/node-agent/addresses/address-record.js';
import {
  createOwnership,
  keepsAddressProtocol,
  labelFor,
  recordOf,
} from '../../../src/node-agent/addresses/ownership.js';
import { type AddressMessage, FOREVER } from '../../../src/node-agent/addresses/rtnetlink-address.js';
import { ipAddress } from '../../../src/values/ip-address.js';

const address = (change: Partial<AddressMessage>): AddressMessage => ({
  interfaceIndex: 2,
  prefix: { address: ipAddress('192.0.2.100'), length: 32 },
  flags: 0,
  scope: 0,
  label: 'eth0',
  protocol: null,
  validLifetime: 3,
  preferredLifetime: 3,
  ...change,
});
const IPV6 = { address: ipAddress('2001:db8::100'), length: 128 };

void test('the address protocol marks an address as ours', () => {
  const ownership = createOwnership(true);
  assert.equal(ownership.isOurs(address({ protocol: 112 }), 'eth0'), true);
  assert.equal(ownership.isOurs(address({ protocol: 3 }), 'eth0'), false);
  assert.equal(ownership.isOurs(address({}), 'eth0'), false);
});

void test('our label without our protocol is a coincidence on a kernel that keeps protocols', () => {
  assert.equal(createOwnership(true).isOurs(address({ label: 'eth0:vrrp' }), 'eth0'), false);
});

void test('on a kernel that keeps no protocol the label marks an IPv4 address that has an end', () => {
  const ownership = createOwnership(false);
  assert.equal(ownership.isOurs(address({ label: 'eth0:vrrp' }), 'eth0'), true);
  assert.equal(ownership.isOurs(address({ label: 'eth0:1' }), 'eth0'), false);
  assert.equal(ownership.isOurs(address({ label: 'eth0:vrrp', validLifetime: FOREVER }), 'eth0'), false);
});

void test('on such a kernel an IPv6 address counts as ours when it was written down and has an end', () => {
  const ownership = createOwnership(false, { has: (entry) => entry === 'eth0 2001:db8::100/128' });
  assert.equal(ownership.isOurs(address({ prefix: IPV6, label: null }), 'eth0'), true);
  assert.equal(ownership.isOurs(address({ prefix: IPV6, label: null }), 'eth1'), false);
  assert.equal(
    ownership.isOurs(address({ prefix: IPV6, label: null, validLifetime: FOREVER }), 'eth0'),
    false,
  );
});

void test('a label that does not fit into 15 characters is left out', () => {
  assert.equal(labelFor('eth0'), 'eth0:vrrp');
  assert.equal(labelFor('enp0s31f6x'), 'enp0s31f6x:vrrp');
  assert.equal(labelFor('enp0s31f6xy'), null);
});

void test('a kernel keeps the address protocol from 5.18 on', () => {
  assert.equal(keepsAddressProtocol('5.17.12-generic'), false);
  assert.equal(keepsAddressProtocol('5.18.0'), true);
  assert.equal(keepsAddressProtocol('6.1.0-31-amd64'), true);
  assert.equal(keepsAddressProtocol('4.19.0'), false);
});

void test('the record of held addresses survives the process that wrote it', (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'address-record-'));
  context.after(() => {
    rmSync(directory, { recursive: true });
  });
  const path = join(directory, 'state', 'addresses');
  const first = openAddressRecord(path);
  first.note([recordOf('eth0', IPV6), recordOf('eth1', IPV6)]);
  first.erase([recordOf('eth1', IPV6)]);
  const second = openAddressRecord(path);
  assert.equal(second.has('eth0 2001:db8::100/128'), true);
  assert.equal(second.has('eth1 2001:db8::100/128'), false);
  assert.equal(readFileSync(path, 'utf8'), 'eth0 2001:db8::100/128\n');
});

void test('an address does not wait for a disk that takes no record of it', (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'address-record-'));
  context.after(() => {
    rmSync(directory, { recursive: true });
  });
  writeFileSync(join(directory, 'state'), 'in the way');
  const record = openAddressRecord(join(directory, 'state', 'addresses'));
  record.note([recordOf('eth0', IPV6)]);
  assert.ok(record.has(recordOf('eth0', IPV6)));
  record.erase([recordOf('eth0', IPV6)]);
  assert.ok(!record.has(recordOf('eth0', IPV6)));
});
