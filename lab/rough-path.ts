import { type Descriptor, close, inNamespace, openFrameSocket, send } from './libc.js';
import { type Lan, portName } from './lan.js';
import type { Host } from './host.js';
import { startTcpdump } from './tcpdump.js';

/** What becomes of the frames between two hosts. Shares are 0 to 1, delays milliseconds. */
export type Roughness = Readonly<{
  /** Each frame is delayed by a time between these two, so that later ones can overtake it. */
  delay: readonly [number, number];
  /** How many are delivered twice, each copy with a delay of its own. */
  duplicated?: number;
  /** How many are lost. */
  lost?: number;
}>;

/**
 * Makes the path between two hosts of a segment a rough one, in both directions: the segment itself loses what they send to
 * each other, and this process delivers it later, twice or not at all. For kernels without netem; good for a hundred frames a
 * second, not for floods. `seed` decides what happens to which frame.
 */
export async function roughen(
  lan: Lan,
  one: Host,
  other: Host,
  roughness: Roughness,
  seed = 1,
): Promise<void> {
  const { delay, duplicated = 0, lost = 0 } = roughness;
  const random = generator(seed);
  const [least, most] = delay;
  const timers = new Set<NodeJS.Timeout>();
  const deliver = (fd: Descriptor, frame: Buffer): void => {
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        send(fd, frame, null);
      },
      least + random() * (most - least),
    );
    timers.add(timer);
  };
  const carry = async (from: Host, to: Host): Promise<void> => {
    const fd = inNamespace(lan.namespace.name, () => openFrameSocket(portName(to)));
    lan.lab.defer(async () => {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      close(fd);
    });
    await startTcpdump(lan.lab, lan.namespace, ['-i', portName(from), '-Q', 'in', '-U'], ({ bytes }) => {
      const copies = random() < lost ? 0 : random() < duplicated ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) deliver(fd, bytes);
    });
  };
  // These first: for a moment frames come both ways, instead of none at all.
  await carry(one, other);
  await carry(other, one);
  await lan.partition(one, other);
  lan.lab.timeline.step(
    `the path between ${one.name} and ${other.name} is rough: ${JSON.stringify(roughness)}`,
  );
}

/** xorshift32: the same in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
