import type { IpAddress } from '../../values/ip-address.js';
import type { MacAddress } from '../../values/mac-address.js';
import type { Problem } from '../ipc/messages.js';
import type { AskNeighbours, Link } from './ports.js';

/** The code of the finding; withdrawn when the stranger turns out to be a router after all. */
export const ADDRESS_IN_USE = 'AddressInUse';

/**
 * Finds hosts that have a virtual address without speaking VRRP. While a router is Backup, the Active one answers for
 * the addresses, and rightly so; but when nobody was ever heard and somebody answers, that is a stranger. The address
 * is taken all the same: a crashed keepalived leaves its addresses behind just so.
 */
export class StrangerWatch {
  readonly #answered = new Map<IpAddress, MacAddress>();
  #round = 0;

  constructor(private readonly ask: AskNeighbours) {}

  /** The router begins to wait as Backup: the time to ask. What was found out before is forgotten. */
  async begin(link: Link, addresses: readonly IpAddress[]): Promise<void> {
    const round = ++this.#round;
    this.#answered.clear();
    await Promise.all(
      addresses.map(async (address) => {
        const mac = await this.ask(link, address).catch(() => null);
        if (mac !== null && mac !== link.mac && round === this.#round) this.#answered.set(address, mac);
      }),
    );
  }

  /** The router becomes Active and never heard another one: these addresses are in use by strangers. */
  strangers(): readonly Problem[] {
    return Array.from(this.#answered, ([address, mac]) => ({
      code: ADDRESS_IN_USE,
      message: `${address} was already answered for by ${mac}, and no advert was heard from there; both have it now`,
      remedy: `remove ${address} from that host unless it is a VRRP router; if it is, find out why its adverts do not arrive here`,
    }));
  }
}
