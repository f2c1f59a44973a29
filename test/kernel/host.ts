import { type KernelNetwork, openHostNetwork } from '../../src/node-agent/addresses/host-network.js';
import { type Netlink, openNetlink } from '../../src/node-agent/addresses/netlink.js';
import { createOwnership } from '../../src/node-agent/addresses/ownership.js';
import type { Link } from '../../src/node-agent/engine/ports.js';
import type { Namespace } from './namespaces.js';

/** What the adapters see of a namespace. */
export type SeenHost = Readonly<{
  netlink: Netlink;
  network: KernelNetwork;
  /** The link of that name. Throws when there is none. */
  link(name: string): Link;
  /** Resolves as soon as `condition` holds: now, or after one of the changes that follow. */
  when(condition: () => boolean): Promise<void>;
  close(): void;
}>;

export async function seeHost(namespace: Namespace): Promise<SeenHost> {
  const netlink = namespace.run(openNetlink);
  const network = await namespace.run(() => openHostNetwork(netlink, createOwnership(true)));
  let waiting: (() => void)[] = [];
  network.onChange(() => {
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  });
  return {
    netlink,
    network,
    link: (name) => {
      const found = network.links().find((link) => link.name === name);
      if (found === undefined) throw new Error(`no interface ${name}`);
      return found;
    },
    when: async (condition) => {
      while (!condition()) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    close: () => {
      network.close();
      netlink.close();
    },
  };
}
