import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { type Binding, bind } from '../../../src/node-agent/engine/binding.js';
import { prefixesOf } from '../../../src/node-agent/engine/router-config.js';
import type { RouterSpec } from '../../../src/node-agent/ipc/router-spec.js';
import { FakeHost } from '../../support/fake-host.js';
import { routerSpec } from '../../support/router-spec.js';

describe('binding of a router to this host', () => {
  let host: FakeHost;
  beforeEach(() => {
    host = new FakeHost();
    host.setLink('eth0');
  });

  const bound = (change: Partial<RouterSpec> = {}): Binding => {
    const spec = routerSpec(change);
    return bind(spec, prefixesOf(spec), host.links(), host.addresses());
  };
  const sourceOf = (binding: Binding): string => (binding.usable ? binding.source : binding.because);

  it('sends from the primary address and never from a virtual one', () => {
    host.addAddress('eth0', '192.0.2.100/32', { ours: true });
    host.addAddress('eth0', '192.0.2.7/24', { secondary: true });
    host.addAddress('eth0', '192.0.2.1/24');
    assert.equal(sourceOf(bound()), '192.0.2.1');
  });

  it('does not send from a virtual address that somebody else configured', () => {
    host.addAddress('eth0', '192.0.2.100/24');
    assert.equal(sourceOf(bound()), 'noSourceAddress');
  });

  it('lets the owner send from the address that it owns', () => {
    host.addAddress('eth0', '192.0.2.100/24');
    assert.equal(sourceOf(bound({ priority: 255 })), '192.0.2.100');
  });

  it('finds the interface of the owner by the address that it owns', () => {
    host.addAddress('eth0', '192.0.2.100/24');
    const binding = bound({ interface: null, priority: 255 });
    assert.equal(binding.link?.name, 'eth0');
    assert.equal(sourceOf(binding), '192.0.2.100');
  });

  it('sends IPv6 adverts from a link-local address that has passed duplicate address detection', () => {
    host.addAddress('eth0', '2001:db8::1/64');
    host.addAddress('eth0', 'fe80::1/64', { tentative: true });
    const change = { family: 'IPv6' as const, addresses: ['2001:db8::100/128'] };
    assert.equal(sourceOf(bound(change)), 'noSourceAddress');
    host.addAddress('eth0', 'fe80::1/64');
    assert.equal(sourceOf(bound(change)), 'fe80::1');
  });

  it('sends unicast adverts from the address nearest to the peers', () => {
    host.addAddress('eth0', '192.0.2.1/24');
    host.addAddress('eth0', '198.51.100.1/24');
    const unicast = { peers: ['198.51.100.2'], source: null, hopLimit: { min: 255, max: 255 } };
    assert.equal(sourceOf(bound({ unicast })), '198.51.100.1');
  });

  it('sends unicast adverts from the address that the peers know, though others are as near to them', () => {
    host.addAddress('eth0', '192.0.2.1/24');
    host.addAddress('eth0', '192.0.2.7/24', { secondary: true });
    const unicast = { peers: ['192.0.2.2'], source: '192.0.2.7', hopLimit: { min: 255, max: 255 } };
    assert.equal(sourceOf(bound({ unicast })), '192.0.2.7');
    host.setLink('eth1');
    host.addAddress('eth1', '198.51.100.7/24');
    assert.equal(sourceOf(bound({ unicast: { ...unicast, source: '198.51.100.7' } })), '198.51.100.7');
  });

  it('sends unicast adverts from another address when the host does not have the one that the peers know', () => {
    host.addAddress('eth0', '192.0.2.1/24');
    const unicast = { peers: ['192.0.2.2'], source: '192.0.2.7', hopLimit: { min: 255, max: 255 } };
    assert.equal(sourceOf(bound({ unicast })), '192.0.2.1');
    host.addAddress('eth0', '192.0.2.7/32', { ours: true });
    assert.equal(sourceOf(bound({ unicast })), '192.0.2.1');
  });

  it('takes the interface with the longest prefix around the first address', () => {
    host.addAddress('eth0', '192.0.0.1/16');
    host.setLink('eth1');
    host.addAddress('eth1', '192.0.2.1/24');
    const binding = bound({ interface: null });
    assert.equal(binding.link?.name, 'eth1');
  });

  it('is not led astray by the virtual address itself when it looks for the subnet', () => {
    host.setLink('eth1');
    host.addAddress('eth1', '192.0.2.100/24', { ours: true });
    host.addAddress('eth0', '192.0.2.1/24');
    assert.equal(bound({ interface: null, addresses: ['192.0.2.100/24'] }).link?.name, 'eth0');
  });

  it('tells a link that is down from one without carrier', () => {
    host.addAddress('eth0', '192.0.2.1/24');
    host.setLink('eth0', { up: false, running: false });
    const down = bound();
    assert.ok(!down.usable);
    assert.equal(down.message, 'interface eth0 is down');
    assert.equal(down.remedy, 'ip link set eth0 up');
    host.setLink('eth0', { up: true, running: false });
    const unplugged = bound();
    assert.ok(!unplugged.usable);
    assert.equal(unplugged.message, 'interface eth0 is up but has no carrier');
  });
});
