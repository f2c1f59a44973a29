import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { STATE } from './folders.js';
import type { Pace } from './settings.js';

/** What is known about the cluster of this machine, whichever checkout and process made it. */
export type ClusterRecord = Readonly<{
  /** The folder with everything that the cluster writes. */
  state: string;
  /** The process that is making it; null: it is up. */
  maker: number | null;
  /** What was made on the machine for nodes to mount something over. */
  mountPoints: readonly string[];
  /** The controllers that the root of the control groups began to hand down for the cluster. */
  controllers: readonly string[];
  /** The folder with Kubernetes' programs. */
  programs: string;
  /** The folder of images that nodes start with. */
  imageStore: string;
  pace: Pace;
}>;

/** Outside the checkout: there is one cluster on a machine. */
const FILE = '/run/kube-vrrp-cluster.json';

export function readRecord(): ClusterRecord | null {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as ClusterRecord) : null;
}

export function writeRecord(record: ClusterRecord): void {
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, JSON.stringify(record, null, 2));
}

export function clearRecord(): void {
  rmSync(FILE, { force: true });
}

/**
 * What keeps this checkout from making a cluster now, as a sentence; null: nothing. `alive`: processes of a cluster run;
 * remains without any are nobody's any more.
 */
export function hindrance(record: ClusterRecord | null, alive: boolean): string | null {
  if (record === null) return null;
  const { maker, state } = record;
  if (maker !== null && maker !== process.pid && existsSync(`/proc/${String(maker)}`))
    return `Process ${String(maker)} is starting a cluster at this moment.`;
  if (!alive) return null;
  if (state !== STATE)
    return `Another checkout has a cluster on this machine (${state}), and there can be only one. Any checkout's \`make cluster-down\` removes it.`;
  return maker === null ? 'The cluster is up already.' : null;
}
