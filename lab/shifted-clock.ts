import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { command } from './command.js';
import type { Lab } from './lab.js';

/**
 * A wall clock that a test can set for single programs, without touching the machine's: a library for LD_PRELOAD adds
 * an offset to the real time. CLOCK_MONOTONIC is left alone, as setting the time leaves it alone.
 */
export class ShiftedClock {
  private constructor(
    /** What a program needs in its environment. */
    readonly environment: Readonly<Record<string, string>>,
    readonly lab: Lab,
    readonly file: string,
  ) {}

  /** Rejects where there is no C compiler. */
  static async build(lab: Lab): Promise<ShiftedClock> {
    const library = join(lab.directory, 'shifted-clock.so');
    const file = join(lab.directory, 'clock-offset');
    await command(['cc', '-shared', '-fPIC', '-O', '-x', 'c', '-', '-o', library], SOURCE);
    const clock = new ShiftedClock({ LD_PRELOAD: library, CLOCK_OFFSET_FILE: file }, lab, file);
    clock.set(0);
    return clock;
  }

  /** From now on the programs are `seconds` ahead of the real time, or behind it. */
  set(seconds: number): number {
    const offset = Buffer.alloc(8);
    offset.writeBigInt64LE(BigInt(seconds));
    // Moved into place whole: a program that reads half of it would see a jump that nobody asked for.
    writeFileSync(`${this.file}.new`, offset);
    renameSync(`${this.file}.new`, this.file);
    return this.lab.timeline.step(`the wall clock is ${String(seconds)} s off`);
  }
}

const SOURCE = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int64_t offset(void) {
  int64_t value = 0;
  const char *path = getenv("CLOCK_OFFSET_FILE");
  int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) return 0;
  if (read(fd, &value, sizeof value) != sizeof value) value = 0;
  close(fd);
  return value;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int result = syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += offset();
  return result;
}

int gettimeofday(struct timeval *now, void *zone) {
  struct timespec precise;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *out) {
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  if (out) *out = precise.tv_sec;
  return precise.tv_sec;
}
`;
