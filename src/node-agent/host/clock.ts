import { type Micros, micros } from '../../values/time.js';
import type { Clock } from '../engine/ports.js';
import type { Libc } from '../sockets/libc.js';

/** setitimer's seconds fit easily; further away than this the clock is armed again on the way. */
const LONGEST_ALARM = 3_600_000_000;
const SHORTEST_ALARM = 1;

/** The system's clock. Only one may be open in a process. */
export interface SystemClock extends Clock {
  close(): void;
}

/**
 * CLOCK_MONOTONIC, and the interval timer of the process (setitimer(2)) as the one timer. It wakes the event loop by SIGALRM with the
 * kernel's precision, where Node's own timers count whole milliseconds: at adverts each 10 ms that would be a tenth of the skew time. The
 * alternative, spinning for the last millisecond, costs a quarter of a core with 255 routers.
 *
 * Does not keep the process alive. `SIGALRM` belongs to it while it is open.
 */
export function createClock(libc: Libc): SystemClock {
  let wanted: Readonly<{ deadline: Micros; callback: () => void }> | null = null;
  let closed = false;

  // The same clock counted from the start of this process, which takes no big integers.
  const origin = Number(process.hrtime.bigint()) / 1_000 - performance.now() * 1_000;
  const now = (): Micros => micros(origin + performance.now() * 1_000);

  const alarm = (deadline: Micros): void => {
    // 0 would disarm.
    libc.alarmAfter(Math.min(Math.max(deadline - now(), SHORTEST_ALARM), LONGEST_ALARM));
  };
  const onAlarm = (): void => {
    if (wanted === null) return;
    // Another one's alarm(2) or kill, or one that was under way while it was armed anew.
    if (now() < wanted.deadline) {
      alarm(wanted.deadline);
      return;
    }
    const { callback } = wanted;
    wanted = null;
    callback();
  };
  const disarm = (): void => {
    wanted = null;
    libc.alarmAfter(0);
  };
  process.on('SIGALRM', onAlarm);
  // Node removes its handler while it goes down; then an alarm would end the process with a signal.
  process.on('exit', disarm);

  return {
    now,
    wallClock: () => Date.now(),
    arm: (deadline, callback) => {
      // Nobody would handle the signal, and it would end the process: a late answer of the kernel may want a timer yet.
      if (closed) return;
      if (deadline === null) {
        // An alarm without anybody who wants it does no harm, and most are replaced before they fire.
        wanted = null;
        return;
      }
      if (wanted?.deadline !== deadline) alarm(deadline);
      wanted = { deadline, callback };
    },
    close: () => {
      closed = true;
      disarm();
      process.off('SIGALRM', onAlarm);
      process.off('exit', disarm);
    },
  };
}
