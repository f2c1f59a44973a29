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
  constructor(load: () => Promise<Sweep>) {
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

/** The real sweep, with everything that it needs in memory. */
export async function loadSweep(stateDir: string): Promise<Sweep> {
  const [
    { openNetlink },
    { openHostNetwork },
    { createOwnership, keepsAddressProtocol },
    { createAddressTable },
    { addressRecordPath, noRecord, openAddressRecord },
    { loadLibc },
  ] = await Promise.all([
    import('../addresses/netlink.js'),
    import('../addresses/host-network.js'),
    import('../addresses/ownership.js'),
    import('../addresses/address-table.js'),
    import('../addresses/address-record.js'),
    import('../sockets/libc.js'),
  ]);
  loadLibc();
  const marked = keepsAddressProtocol(release());
  return async () => {
    const netlink = openNetlink();
    const record = marked ? noRecord : openAddressRecord(addressRecordPath(stateDir));
    const network = await openHostNetwork(netlink, createOwnership(marked, record));
    try {
      return await createAddressTable(netlink, network, { record }).sweep([]);
    } finally {
      network.close();
      netlink.close();
    }
  };
}
