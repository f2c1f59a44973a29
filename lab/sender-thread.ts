import { parentPort, workerData } from 'node:worker_threads';

import { internetChecksum } from './frames.js';
import {
  close,
  enterNamespace,
  favourThread,
  openEchoSocket,
  openFrameSocket,
  send,
  socketAddress,
  wallClock,
} from './libc.js';
import type { SenderJob } from './paced-sender.js';
import { REALTIME_PRIORITY } from './realtime.js';

/** The body of a {@link PacedSender}'s thread: sends until it is told to stop. */
export function runSender(): void {
  const job = workerData as SenderJob;
  const control = new Int32Array(job.control);
  enterNamespace(job.namespace);
  // A client that measures must not add its own lateness; a flood must not take more than its share.
  if (job.what.kind === 'echo') favourThread(REALTIME_PRIORITY);
  const { fd, sendNumber } = openSender(job);
  parentPort?.postMessage('ready');
  const interval = 1000 / job.perSecond;
  let next = performance.now();
  for (let number = 0; Atomics.load(control, 0) === 0;) {
    const early = next - performance.now();
    if (early > 0.05) {
      Atomics.wait(control, 0, 0, early);
      continue;
    }
    // After a stall go on from now: a burst would not be a steady rate.
    if (early < -20) next = performance.now();
    Atomics.add(control, sendNumber(number) ? 1 : 2, 1);
    number++;
    next += interval;
  }
  close(fd);
}

function openSender(job: SenderJob): { fd: number; sendNumber: (number: number) => boolean } {
  const { what } = job;
  if (what.kind === 'frames') {
    const fd = openFrameSocket(what.device);
    const { frames } = what;
    return { fd, sendNumber: (number) => send(fd, frames[number % frames.length] ?? new Uint8Array(), null) };
  }
  const fd = openEchoSocket(what.family);
  const to = socketAddress(what.family, what.destination);
  const sentAt = new Float64Array(job.sentAt);
  return {
    fd,
    sendNumber: (number) => {
      const request = echoRequest(what.family, what.identifier, number);
      sentAt[number] = wallClock();
      return send(fd, request, to);
    },
  };
}

/** An echo request whose data begins with its number in 32 bits. The kernel sums ICMPv6, not ICMP. */
function echoRequest(family: 'IPv4' | 'IPv6', identifier: number, number: number): Buffer {
  const request = Buffer.alloc(16);
  request.writeUInt8(family === 'IPv4' ? 8 : 128, 0);
  request.writeUInt16BE(identifier, 4);
  request.writeUInt16BE(number & 0xffff, 6);
  request.writeUInt32BE(number, 8);
  if (family === 'IPv4') request.writeUInt16BE(internetChecksum(request), 2);
  return request;
}
