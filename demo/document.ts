import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

import { toMillis } from '../src/values/time.js';
import { parseDuration } from '../src/values/duration.js';

/** The example that the demo runs, for its hosts. */
export type DemoDocument = Readonly<{
  /** The VirtualIP as YAML, with the demo's hosts and interface filled in. */
  text: string;
  /** The first virtual address, without its prefix length. */
  address: string;
  /** Milliseconds from one advert to the next. */
  interval: number;
}>;

/** Priorities of the hosts, the most preferred first: as an operator would give them out. */
const HIGHEST_PRIORITY = 254;

type Spec = { addresses: string[]; advertisementInterval?: string; interface?: string; nodes?: unknown };

/** Reads an example and puts the demo's hosts into it; everything else stays as it is. */
export function demoDocument(file: string, hosts: readonly string[]): DemoDocument {
  const document = parse(readFileSync(file, 'utf8')) as { spec: Spec };
  const { spec } = document;
  const nodes = hosts.map((name, index) => ({ name, priority: HIGHEST_PRIORITY - index }));
  const interval = parseDuration(spec.advertisementInterval ?? '1s');
  const address = spec.addresses[0]?.split('/')[0];
  if (!interval.ok || address === undefined)
    throw new Error(`${file} is not an example that the demo can run`);
  return {
    text: stringify({ ...document, spec: { ...spec, interface: 'eth0', nodes } }),
    address,
    interval: toMillis(interval.value),
  };
}

/** 3 × interval + skew time (RFC 9568 §6.1) of a host whose priority is at least `priority`, in milliseconds. */
export const downInterval = (interval: number, priority = HIGHEST_PRIORITY - 2): number =>
  3 * interval + (interval * (256 - priority)) / 256;
