import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

import { parseDuration } from '../src/values/duration.js';
import { toMillis } from '../src/values/time.js';

/** The example that the hosts of the demo run. */
export type DemoDocument = Readonly<{
  /** The file as it is. */
  text: string;
  /** The first virtual address, without its prefix length. */
  address: string;
  /** Names of the hosts it is for, the most preferred first. */
  hosts: readonly string[];
  /** The longest time from the last advert of a holder to the takeover by any of them, in milliseconds. */
  downInterval: number;
}>;

type Spec = {
  addresses: string[];
  advertisementInterval?: string;
  nodes?: { name: string; priority: number }[];
};

/** Reads an example that names its hosts. */
export function demoDocument(file: string): DemoDocument {
  const text = readFileSync(file, 'utf8');
  const { spec } = parse(text) as { spec: Spec };
  const interval = parseDuration(spec.advertisementInterval ?? '1s');
  const address = spec.addresses[0]?.split('/')[0];
  const nodes = [...(spec.nodes ?? [])].sort((left, right) => right.priority - left.priority);
  if (!interval.ok || address === undefined || nodes.length !== 3)
    throw new Error(`${file} is not an example that the demo can run: it needs an address and three nodes`);
  const lowest = Math.min(...nodes.map(({ priority }) => priority));
  return {
    text,
    address,
    hosts: nodes.map(({ name }) => name),
    downInterval: downInterval(toMillis(interval.value), lowest),
  };
}

/** RFC 9568 §6.1: three times the interval plus the skew time, in milliseconds. */
const downInterval = (interval: number, priority: number): number =>
  3 * interval + (interval * (256 - priority)) / 256;
