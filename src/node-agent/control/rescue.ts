import { release } from 'node:os';

/** Removes every address of ours and tells which. */
type Sweep = () => Promise<readonly string[]>;

/**
 * Takes the addresses off the host when the VRRP process was killed: nobody speaks for them any more, and another
 * node will take them over before their lease ends.
 */
export class Rescue {
  readonly #sweep: Promise<Sweep>;

  /** Loads what an emergency needs now: native code is not read from a disk that may be in trouble then. */
  constructor(load: () => Promise<Sweep> = loadSweep) {
    this.#sweep = load();
    // Told of when it matters.
    this.#sweep.catch(() => undefined);
  }

  /** Removes every address of ours and tells which. Rejects when the host refuses. */
  async removeAddresses(): Promise<readonly string[]> {
    const sweep = await this.#sweep;
    return sweep();
  }
}

async function loadSweep(): Promise<Sweep> {
  const [
    { openNetlink },
    { openHostNetwork },
    { createOwnership, keepsAddressProtocol },
    { createAddressTable },
  ] = await Promise.all([
    import('../addresses/netlink.js'),
    import('../addresses/host-network.js'),
    import('../addresses/ownership.js'),
    import('../addresses/address-table.js'),
  ]);
  return async () => {
    const netlink = openNetlink();
    const network = await openHostNetwork(netlink, createOwnership(keepsAddressProtocol(release())));
    try {
      return await createAddressTable(netlink, network).sweep([]);
    } finally {
      network.close();
      netlink.close();
    }
  };
}
