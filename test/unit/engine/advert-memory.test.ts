import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AdvertMemory } from '../../../src/node-agent/engine/advert-memory.js';
import type { Datagram } from '../../../src/node-agent/engine/ports.js';
import { ipv4Header } from '../../../src/node-agent/vrrp/ip-header.js';
import type { Arrival } from '../../../src/node-agent/vrrp/receive.js';
import { ipAddress } from '../../../src/values/ip-address.js';

const SOURCE = ipAddress('192.0.2.1');
const GROUP = ipAddress('224.0.0.18');
const arrival = { vrid: 51 } as Arrival;

function datagram(identification = 1, priority = 100, source = SOURCE): Datagram {
  const message = Uint8Array.of(0x31, 51, priority, 1, 0, 100, 0, 0, 192, 0, 2, 100);
  const header = ipv4Header(source, GROUP, message.length, identification);
  return {
    ...{ bytes: Uint8Array.of(...header, ...message), interfaceIndex: 2, family: 'IPv4' },
    ...{ source: null, destination: null, hopLimit: null },
  };
}

describe('what was made of the last advert', () => {
  it('is recalled for one that differs in identification and header checksum alone', () => {
    const memory = new AdvertMemory();
    assert.equal(memory.recall(datagram(1)), null);
    memory.keep(datagram(1), arrival);
    assert.equal(memory.recall(datagram(40_000)), arrival);
  });

  it('is of no use for an advert that says something else, comes from elsewhere, or by another interface', () => {
    const memory = new AdvertMemory();
    memory.keep(datagram(), arrival);
    assert.equal(memory.recall(datagram(1, 0)), null);
    assert.equal(memory.recall(datagram(1, 100, ipAddress('192.0.2.3'))), null);
    assert.equal(memory.recall({ ...datagram(), interfaceIndex: 3 }), null);
    const short = datagram();
    assert.equal(memory.recall({ ...short, bytes: short.bytes.subarray(0, 31) }), null);
  });

  it('notices every octet of the message, and every other one of the header', () => {
    const memory = new AdvertMemory();
    memory.keep(datagram(), arrival);
    for (let index = 0; index < datagram().bytes.length; index++) {
      const changed = datagram();
      changed.bytes[index] = (changed.bytes[index] ?? 0) ^ 1;
      const ignored = [4, 5, 10, 11].includes(index);
      assert.equal(memory.recall(changed), ignored ? arrival : null, `octet ${String(index)}`);
    }
  });

  it('compares what the socket tells of an IPv6 datagram, and all of its message', () => {
    const memory = new AdvertMemory();
    const bytes = Uint8Array.of(0x31, 51, 100, 1, 0, 100, 1, 2, 0, 0, 3, 4);
    const heard: Datagram = {
      ...{ bytes, interfaceIndex: 2, family: 'IPv6', hopLimit: 255 },
      ...{ source: ipAddress('fe80::1'), destination: ipAddress('ff02::12') },
    };
    memory.keep(heard, arrival);
    assert.equal(memory.recall({ ...heard, bytes: bytes.slice() }), arrival);
    assert.equal(memory.recall({ ...heard, hopLimit: 254 }), null);
    assert.equal(memory.recall({ ...heard, source: ipAddress('fe80::2') }), null);
    assert.equal(memory.recall({ ...heard, destination: ipAddress('fe80::9') }), null);
    for (const index of bytes.keys()) {
      const other = bytes.slice();
      other[index] = (other[index] ?? 0) ^ 1;
      assert.equal(memory.recall({ ...heard, bytes: other }), null, `octet ${String(index)}`);
    }
  });

  it('is bounded, whatever anybody sends', () => {
    const memory = new AdvertMemory();
    for (let index = 0; index < 10_000; index++)
      memory.keep({ ...datagram(), interfaceIndex: index }, arrival);
    assert.equal(memory.recall({ ...datagram(), interfaceIndex: 0 }), null);
    assert.equal(memory.recall({ ...datagram(), interfaceIndex: 9_999 }), arrival);
  });
});
