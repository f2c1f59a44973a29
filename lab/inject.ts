import type { Host } from './host.js';
import { type MessageFields, ethernetFrame, ipPacket, vrrpMessage } from './frames.js';
import { close, inNamespace, openFrameSocket, send } from './libc.js';
import { PacedSender } from './paced-sender.js';

export type Envelope = Readonly<{
  /** The IP source, which need not be the host's own. */
  source: string;
  /** Left out: the VRRP group. */
  destination?: string;
  hopLimit?: number;
  /** The Ethernet source and destination; left out: one of the injector's, and the group's. */
  fromMac?: string;
  toMac?: string;
}>;

/** An Ethernet frame with a VRRP message in it. */
export function advertFrame(fields: MessageFields, envelope: Envelope): Buffer {
  const { source, hopLimit = 255, fromMac = '02:00:00:00:ee:ee', toMac } = envelope;
  const destination = envelope.destination ?? (source.includes(':') ? 'ff02::12' : '224.0.0.18');
  const message = vrrpMessage(fields, source, destination);
  return ethernetFrame(ipPacket(source, destination, message, { hopLimit }), fromMac, toMac);
}

/** Sends frames of any content from a host. */
export class Injector {
  readonly #fd: number;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(
    readonly host: Host,
    readonly device = 'eth0',
  ) {
    this.#fd = inNamespace(host.namespace.name, () => openFrameSocket(device));
    host.lab.defer(() => this.#close());
  }

  /** Sends one frame now. */
  once(frame: Uint8Array): void {
    if (!send(this.#fd, frame, null)) throw new Error(`${this.host.name} could not send a frame`);
  }

  /** Sends these frames one after the other, each `milliseconds` one, and round again, until the result is called. */
  every(milliseconds: number, frames: readonly Uint8Array[]): () => number {
    let sent = 0;
    const next = (): void => this.once(frames[sent++ % frames.length] ?? new Uint8Array());
    next();
    const timer = setInterval(next, milliseconds);
    this.#timers.add(timer);
    return () => {
      clearInterval(timer);
      this.#timers.delete(timer);
      return sent;
    };
  }

  /** Sends these frames at a high rate from a thread of its own, until `stop`. */
  async flood(perSecond: number, frames: readonly Uint8Array[]): Promise<PacedSender> {
    const what = { kind: 'frames', device: this.device, frames } as const;
    const sender = await PacedSender.start({ namespace: this.host.namespace.name, perSecond, what });
    this.host.lab.defer(() => sender.stop());
    return sender;
  }

  #close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    close(this.#fd);
    return Promise.resolve();
  }
}
