import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { PassThrough } from 'node:stream';

import type { Host } from './host.js';
import { wallClock } from './libc.js';
import { realtime } from './realtime.js';
import type { Timeline } from './timeline.js';

type Change = Readonly<{ at: number; held: boolean; interface: string; address: string }>;

/** Reports every address that appears on or disappears from a host, with the time at which the kernel said so. */
export const AddressWatch = {
  /** `present`: the addresses that the host has already are reported as well, as gained now. */
  async start(host: Host, { present = false } = {}): Promise<void> {
    const output = new PassThrough();
    const held = new Set<string>();
    const note = (change: Change): void => {
      const key = `${change.interface} ${change.address}`;
      // A renewed lease and a changed flag are reported as new addresses too.
      if (held.has(key) === change.held) return;
      if (change.held) held.add(key);
      else held.delete(key);
      host.lab.timeline.record({ kind: 'address', host: host.name, ...change });
    };
    createInterface({ input: output }).on('line', (line) => {
      const change = parseChange(line);
      if (change !== null) note(change);
    });
    const monitor = await host.spawn([...(await realtime()), 'ip', '-ts', '-o', 'monitor', 'address'], {
      raw: (chunk) => output.write(chunk),
      environment: { TZ: 'UTC' },
    });
    while (!listens(monitor.pid)) await sleep(2);
    if (!present) return;
    for (const { ifname, addr_info } of await host.interfaces())
      for (const { local } of addr_info)
        note({ at: wallClock(), held: true, interface: ifname, address: local });
  },
};

const CHANGE = /^\[(\S+)\] (Deleted )?\d+: (\S+)\s+inet6? ([0-9a-f.:]+)(?:\/\d+)? /;

function parseChange(line: string): Change | null {
  const match = CHANGE.exec(line);
  if (match === null) return null;
  const [, time = '', deleted, name = '', address = ''] = match;
  const [seconds = '', fraction = '0'] = time.split('.');
  return {
    at: Date.parse(`${seconds}Z`) + Number(fraction) / 1000,
    held: deleted === undefined,
    interface: name,
    address,
  };
}

/** Whether the process has a netlink socket that is a member of a group. */
function listens(pid: number): boolean {
  const sockets = readFileSync(`/proc/${String(pid)}/net/netlink`, 'utf8')
    .split('\n')
    .slice(1);
  return sockets.some((line) => {
    const [, , port, groups = '0'] = line.trim().split(/\s+/);
    return port === String(pid) && Number.parseInt(groups, 16) !== 0;
  });
}

/** A time during which a host held an address; `to` is Infinity while it still does. */
export type Holding = Readonly<{ host: string; from: number; to: number }>;

/** Who held `address` when, in order of beginning. Two interfaces of a host count as one. */
export function holdings(timeline: Timeline, address: string): Holding[] {
  const finished: Holding[] = [];
  const open = new Map<string, { from: number; count: number }>();
  for (const event of timeline.of('address')) {
    if (event.address !== address) continue;
    const current = open.get(event.host);
    if (event.held) {
      if (current === undefined) open.set(event.host, { from: event.at, count: 1 });
      else current.count++;
    } else if (current !== undefined && --current.count === 0) {
      open.delete(event.host);
      finished.push({ host: event.host, from: current.from, to: event.at });
    }
  }
  for (const [host, { from }] of open) finished.push({ host, from, to: Number.POSITIVE_INFINITY });
  return finished.sort((left, right) => left.from - right.from);
}

/** The hosts that hold `address` at `at`; without `at`: now. */
export function holders(timeline: Timeline, address: string, at = Number.MAX_VALUE): string[] {
  return holdings(timeline, address)
    .filter(({ from, to }) => from <= at && at < to)
    .map(({ host }) => host);
}

/** The stretches of `[since, until]` in which the number of holders satisfies `test`. */
export function stretches(
  timeline: Timeline,
  address: string,
  test: (hosts: readonly string[]) => boolean,
  since: number,
  until: number,
): { from: number; to: number; hosts: string[] }[] {
  const all = holdings(timeline, address);
  const edges = [
    since,
    ...all.flatMap(({ from, to }) => [from, to]).filter((edge) => edge > since && edge < until),
    until,
  ];
  edges.sort((left, right) => left - right);
  return edges.slice(0, -1).flatMap((from, index) => {
    const to = edges[index + 1] ?? until;
    const hosts = all.filter((holding) => holding.from <= from && from < holding.to).map(({ host }) => host);
    return to > from && test(hosts) ? [{ from, to, hosts }] : [];
  });
}

const total = (parts: readonly { from: number; to: number }[]): number =>
  parts.reduce((sum, { from, to }) => sum + to - from, 0);

/** For how many milliseconds of `[since, until]` more than one host held `address`. */
export const overlap = (timeline: Timeline, address: string, since: number, until: number): number =>
  total(stretches(timeline, address, (hosts) => hosts.length > 1, since, until));

/** For how many milliseconds of `[since, until]` no host held `address`. */
export const absence = (timeline: Timeline, address: string, since: number, until: number): number =>
  total(stretches(timeline, address, (hosts) => hosts.length === 0, since, until));
