import { Host } from '../host.js';
import { Lab } from '../lab.js';
import { Lan } from '../lan.js';
import type { Timeline } from '../timeline.js';
import type { Cluster } from './cluster.js';
import { segment } from './network.js';
import { CLIENT, LAN, MACHINES, namespaceOf, type Machine } from './settings.js';

/**
 * The cluster as part of the laboratory: its segment is a {@link Lan}, its machines are {@link Host}s, and what is done
 * to it stands in the timeline beside the addresses and adverts that follow from it. Closing it leaves the cluster as
 * it is.
 */
export class ClusterLab {
  readonly #hosts = new Map<string, Host>();

  private constructor(
    readonly cluster: Cluster,
    readonly lab: Lab,
    readonly lan: Lan,
  ) {}

  /** Starts to watch the cluster. Nodes that are off join when they are switched on. */
  static async open(cluster: Cluster): Promise<ClusterLab> {
    const lab = await Lab.open();
    try {
      const view = new ClusterLab(cluster, lab, await Lan.attach(lab, segment, LAN));
      const isOff = (machine: Machine): boolean =>
        cluster.nodes.some((node) => node.machine === machine && !node.isOn);
      for (const machine of MACHINES) if (!isOff(machine)) await view.#adopt(machine);
      cluster.note = (text) => lab.timeline.step(text);
      cluster.onReconnect.push(({ machine }) => view.#adopt(machine));
      return view;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  get timeline(): Timeline {
    return this.lab.timeline;
  }

  /** A machine beside the nodes: for probers and for visitors of a service. */
  get client(): Host {
    return this.host(CLIENT.name);
  }

  /** A node, `client`, `cp`, or a host of {@link addHost}. */
  host(name: string): Host {
    const found = this.#hosts.get(name);
    if (found === undefined) throw new Error(`there is no host ${name}, or it is switched off`);
    return found;
  }

  /** Puts another host on the segment, for a keepalived, say. `number` is the last octet of its address. */
  async addHost(name: string, number: number): Promise<Host> {
    const taken = MACHINES.find((machine) => machine.number === number || machine.name === name);
    if (taken !== undefined) throw new Error(`${taken.name} has the number ${String(taken.number)} already`);
    const host = await this.lan.host(name, number);
    this.#hosts.set(name, host);
    return host;
  }

  async close(): Promise<void> {
    await this.lab.close();
  }

  async #adopt(machine: Machine): Promise<void> {
    const known = this.#hosts.get(machine.name);
    if (known === undefined)
      this.#hosts.set(machine.name, await Host.attach(this.lab, machine.name, namespaceOf(machine)));
    else await known.watchAddresses();
    await this.lan.adopt(this.host(machine.name), machine);
  }
}
