import type { ToControl, ToVrrp } from '../ipc/messages.js';
import { isToControl } from './message-guards.js';

/** What the channel needs of `process`, or of a stand-in. */
export interface IpcPort {
  readonly connected: boolean;
  send?: ((message: unknown, done: (error: Error | null) => void) => boolean) | undefined;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
  disconnect(): void;
}

export type ChannelListeners = Readonly<{
  received(message: ToControl): void;
  /** The other side is gone. `expected`: it had said `stopping` before. */
  closed(expected: boolean): void;
}>;

/** The control process's end of the line to the VRRP process. */
export class ControlChannel {
  readonly #port: IpcPort;
  #malformed = 0;
  #stopping = false;

  constructor(port: IpcPort) {
    this.#port = port;
  }

  /** Messages that were ignored because they made no sense. */
  get malformed(): number {
    return this.#malformed;
  }

  get connected(): boolean {
    return this.#port.connected;
  }

  start({ received, closed }: ChannelListeners): void {
    this.#port.on('message', (message) => {
      if (!isToControl(message)) {
        this.#malformed += 1;
        return;
      }
      if (message.kind === 'stopping') this.#stopping = true;
      received(message);
    });
    this.#port.on('disconnect', () => {
      closed(this.#stopping);
    });
    // The other side may have gone before anybody listened.
    if (!this.#port.connected) closed(false);
  }

  /** Hands over a message; one that cannot be delivered any more is lost, `closed` tells of it. */
  send(message: ToVrrp): void {
    if (this.connected) this.#port.send?.(message, () => undefined);
  }
}
