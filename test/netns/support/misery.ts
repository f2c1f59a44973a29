import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';

import { wallClock } from '../../../lab/libc.js';
import type { Stage } from './stage.js';
import { A, EPSILON, down } from './timing.js';

/** The router under test is Active at 150, keepalived stands by at 100. */
export const S1 = { iut: { priority: 150 }, ka: { priority: 100 } };

export const AGENT = { agentOnly: 'two processes, leases and a control half' };

/** How far an advert may be from its time while the machine itself is in trouble: a tenth of what makes a Backup take over. */
const LATE = 3 * EPSILON;

/** The process number of the VRRP half. */
export const vrrpProcess = (stage: Stage): number => stage.agent.program.pid;

/** The process numbers that the log names as control processes, in order. */
export const controlProcesses = (stage: Stage): number[] =>
  stage.agent.log().flatMap(({ msg, pid }) => (msg === 'Control process started' ? [Number(pid)] : []));

/**
 * Asserts that since `since` r1 alone held the address, advertised it as Active in its cadence, and was believed: keepalived has
 * not said a word.
 */
export function assertSteady(stage: Stage, since: number): void {
  stage.assertUndisturbed(stage.r1, since);
  stage.assertCadence(stage.r1, since, A, LATE);
  const priorities = new Set(stage.adverts(stage.r1, since).map(({ advert }) => advert.priority));
  assert.deepEqual([...priorities], [150], 'nothing but full priority is advertised');
  assert.deepEqual(stage.adverts(stage.r2, since), [], 'keepalived never takes over');
}

/** The same over a time long enough for keepalived to have taken over otherwise. */
export async function assertStaysSteady(stage: Stage, since: number, why: string): Promise<void> {
  const left = since + down(100) + A - wallClock();
  if (left > 0) await stage.lab.passTime(left, why);
  assertSteady(stage, since);
}

/** The octets of a process that are in memory and its own: neither shared nor of a file. */
export function memoryOf(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(status) ?? [];
  return Number(kilobytes) * 1024;
}

/** How many descriptors a process has open. */
export const descriptorsOf = (pid: number): number => readdirSync(`/proc/${String(pid)}/fd`).length;

/** The children of a process that have ended and that nobody has waited for. */
export function zombiesOf(pid: number): number {
  return readdirSync('/proc').filter((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state === 'Z' && parent === String(pid);
    } catch {
      return false; // It went away meanwhile.
    }
  }).length;
}

/** The seconds of processor time that a process has used. */
export function processorTimeOf(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
