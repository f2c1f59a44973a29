import type { IpAddress } from '../../values/ip-address.js';
import type { Micros } from '../../values/time.js';
import type { Problem } from '../ipc/messages.js';
import type { RouterConfig } from '../vrrp/config.js';

/** A router that hears us gives way to our first answer. On a segment that loses half of all frames it takes five. */
const PATIENCE = 6;
/** Spoofed senders must not fill the memory. */
const MOST_SENDERS = 8;

type Exchange = Readonly<{ answered: number; lastAt: Micros }>;

/** Notices routers that go on advertising although each of their adverts was answered by a better one. */
export class DeafPeers {
  readonly #exchanges = new Map<IpAddress, Exchange>();

  /** A losing advert of `sender` was answered; returns what is to be told about that, null: nothing yet. */
  answered(sender: IpAddress, config: RouterConfig, now: Micros): Problem | null {
    const before = this.#exchanges.get(sender);
    // Who was silent for so long had given way; over version 3 its own interval may be longer than ours.
    const goesOn = before !== undefined && now - before.lastAt < 10 * config.advertisementInterval;
    const answered = goesOn ? before.answered + 1 : 1;
    this.#exchanges.delete(sender);
    this.#exchanges.set(sender, { answered, lastAt: now });
    const [oldest] = this.#exchanges.keys();
    if (this.#exchanges.size > MOST_SENDERS && oldest !== undefined) this.#exchanges.delete(oldest);
    return answered < PATIENCE ? null : doesNotYield(sender, config);
  }
}

const doesNotYield = (sender: IpAddress, { vrid }: RouterConfig): Problem => ({
  code: 'PeerDoesNotYield',
  message: `${sender} goes on advertising VRID ${String(vrid)} though its priority loses against ours: it very likely does not hear us, and both hold the addresses`,
  remedy:
    'let our adverts through to it (IP protocol 112, to 224.0.0.18 or ff02::12); a keepalived with vmac_xmit_base hears no router with a virtual MAC, so take that option out, or set spec.virtualMAC to false',
});
