import { parentPort, workerData } from 'node:worker_threads';

import { favourThread, tieThread, wallClock } from './libc.js';
import { REALTIME_PRIORITY } from './realtime.js';
import { KEPT, type StallRecord } from './stall-watch.js';

/** Milliseconds. */
const EACH = 5;
/** What is not worth remembering. */
const SHORTEST = 10;

/** The body of a thread of a StallWatch. On a processor that is not for this process it runs wherever it may. */
export function watchForStalls(): void {
  const record = workerData as StallRecord;
  const count = new Int32Array(record.count);
  const stalls = new Float64Array(record.stalls);
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  tieThread(record.processor);
  favourThread(REALTIME_PRIORITY);
  parentPort?.postMessage('ready');
  for (;;) {
    const before = performance.now();
    Atomics.wait(nobody, 0, 0, EACH);
    const late = performance.now() - before - EACH;
    if (late < SHORTEST) continue;
    const place = Atomics.load(count, 0) % KEPT;
    stalls[2 * place] = wallClock();
    stalls[2 * place + 1] = late;
    Atomics.add(count, 0, 1);
  }
}
