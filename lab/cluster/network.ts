import { layBridge, layCable, portName } from '../lan.js';
import {
  CLIENT,
  LAN,
  MACHINES,
  WORKERS,
  addressOf,
  namespaceOf,
  podNetworkOf,
  type Machine,
} from './settings.js';

/** The bridge, in a namespace of its own. Nothing of the cluster is in the machine's own network. */
export const segment = namespaceOf(LAN);

export async function makeNetwork(): Promise<void> {
  await segment.make();
  await layBridge(segment);
  await Promise.all(MACHINES.map(connect));
}

/** Gives a machine a network namespace with its `eth0` on the segment, as after switching it on. */
export async function connect(machine: Machine): Promise<void> {
  const namespace = namespaceOf(machine);
  await namespace.make();
  await layCable(segment, namespace, { ...machine, device: 'eth0', ipv4: LAN.ipv4, ipv6: LAN.ipv6 });
  await namespace.run(['sysctl', '-qw', `net.ipv4.ip_forward=${machine === CLIENT ? '0' : '1'}`]);
  const others = WORKERS.filter((worker) => worker !== machine);
  await namespace.ipBatch([
    ...others.map((worker) => `route add ${podNetworkOf(worker)} via ${addressOf(worker)}`),
    // The kubelet asks clouds' metadata services who it is; without this it waits for their answers.
    'route add prohibit 169.254.0.0/16 metric 1',
    // A router that is not there: kube-proxy and the kubelet look for a default route.
    `route add default via ${LAN.ipv4}.1`,
  ]);
}

/** Takes the cable out for good: `eth0` is gone at once, whatever the processes of the machine do. */
export async function disconnect(machine: Machine): Promise<void> {
  await segment.ip(['link', 'del', portName(machine)]);
}

/** The machine's `eth0` loses its carrier. */
export const cut = (machine: Machine): Promise<string> =>
  segment.ip(['link', 'set', portName(machine), 'down']);
export const restore = (machine: Machine): Promise<string> =>
  segment.ip(['link', 'set', portName(machine), 'up']);

/** Whether frames get from the machine to the segment and back, as far as the cable and the switch go. */
export async function isConnected(machine: Machine): Promise<boolean> {
  const [link] = JSON.parse(await segment.ip(['-d', '-j', 'link', 'show', portName(machine)])) as {
    flags: readonly string[];
    linkinfo: { info_slave_data: { state: string } };
  }[];
  return link?.flags.includes('UP') === true && link.linkinfo.info_slave_data.state !== 'disabled';
}

/** The switch drops every frame to and from the machine; its `eth0` notices nothing. */
export const blackhole = (machine: Machine): Promise<string> => portState(machine, 'disabled');
export const unblackhole = (machine: Machine): Promise<string> => portState(machine, 'forwarding');

const PORT_STATES = { disabled: '0', forwarding: '3' } as const;

const portState = (machine: Machine, state: keyof typeof PORT_STATES): Promise<string> =>
  segment.run(['bridge', 'link', 'set', 'dev', portName(machine), 'state', PORT_STATES[state]]);
