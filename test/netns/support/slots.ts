import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { tryLock } from '../../../lab/libc.js';

/**
 * How many scenarios run at the same time, in all test processes together. Most of their time they wait for timers of
 * the protocol, but too many of them would wait for the processor, and measure that.
 */
const SLOTS = Number(process.env['LAB_SLOTS'] ?? 7);

const DIRECTORY = fileURLToPath(new URL('../../../build/lab-slots', import.meta.url));

/**
 * Waits for a place among the running scenarios, or with `alone` for all places, and returns how to give it back. The
 * places are locked files, so that a process that dies frees its own.
 */
export async function takeSlot(alone: boolean): Promise<() => void> {
  mkdirSync(DIRECTORY, { recursive: true });
  // Who holds the gate waits for the next free place; who wants all of them keeps the others out meanwhile.
  const gate = await lock(['gate']);
  const names = Array.from({ length: SLOTS }, (_, index) => String(index));
  const taken: number[] = [];
  try {
    if (alone) for (const name of names) taken.push(await lock([name]));
    else taken.push(await lock(names));
  } finally {
    closeSync(gate);
  }
  return () => {
    for (const fd of taken) closeSync(fd);
  };
}

/** Locks the first of these files that becomes free. */
async function lock(names: readonly string[]): Promise<number> {
  for (;;) {
    for (const name of names) {
      const fd = openSync(join(DIRECTORY, name), 'a');
      if (tryLock(fd)) return fd;
      closeSync(fd);
    }
    await sleep(50);
  }
}
