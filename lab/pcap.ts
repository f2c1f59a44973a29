/** A captured frame, from its link-layer header on; `at` is wall-clock milliseconds with a fraction. */
export type CapturedFrame = Readonly<{ at: number; bytes: Buffer }>;

/** Takes a pcap file with nanosecond timestamps apart as it comes in, chunk by chunk. */
export function pcapReader(frame: (frame: CapturedFrame) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let headerSeen = false;
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (!headerSeen) {
      if (rest.length < 24) return;
      if (rest.readUInt32LE(0) !== 0xa1b23c4d) throw new Error('not a pcap stream with nanoseconds');
      headerSeen = true;
      rest = rest.subarray(24);
    }
    while (rest.length >= 16) {
      const end = 16 + rest.readUInt32LE(8);
      if (rest.length < end) break;
      const at = rest.readUInt32LE(0) * 1000 + rest.readUInt32LE(4) / 1e6;
      frame({ at, bytes: Buffer.from(rest.subarray(16, end)) });
      rest = rest.subarray(end);
    }
  };
}
