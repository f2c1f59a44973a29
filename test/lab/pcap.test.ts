import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type CapturedFrame, pcapReader } from '../../lab/pcap.js';

function pcap(frames: readonly Readonly<{ seconds: number; nanoseconds: number; bytes: Buffer }>[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b23c4d, 0);
  const records = frames.map(({ seconds, nanoseconds, bytes }) => {
    const head = Buffer.alloc(16);
    for (const [index, word] of [seconds, nanoseconds, bytes.length, bytes.length].entries())
      head.writeUInt32LE(word, index * 4);
    return Buffer.concat([head, bytes]);
  });
  return Buffer.concat([header, ...records]);
}

describe('reading a capture while it is written', () => {
  const file = pcap([
    { seconds: 1, nanoseconds: 500_000_000, bytes: Buffer.from('first') },
    { seconds: 2, nanoseconds: 250_000, bytes: Buffer.from('') },
    { seconds: 3, nanoseconds: 0, bytes: Buffer.from('third') },
  ]);
  const whole = [
    { at: 1500, bytes: Buffer.from('first') },
    { at: 2000.25, bytes: Buffer.from('') },
    { at: 3000, bytes: Buffer.from('third') },
  ];

  for (const size of [1, 7, 24, 1000])
    it(`finds the same frames in chunks of ${String(size)} octets`, () => {
      const seen: CapturedFrame[] = [];
      const read = pcapReader((frame) => seen.push(frame));
      for (let start = 0; start < file.length; start += size) read(file.subarray(start, start + size));
      assert.deepEqual(seen, whole);
    });

  it('refuses what is no capture with nanoseconds', () => {
    const read = pcapReader(() => undefined);
    assert.throws(() => read(Buffer.alloc(24)), /not a pcap stream/);
  });
});
