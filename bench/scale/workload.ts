import type { VirtualIP } from '../../src/api/v1alpha1/virtual-ip.js';
import type { KubeObject } from '../../src/platform/kube/ports.js';

/*
 * What the cluster consists of: racks of some nodes each, and VirtualIPs that are dealt to the racks in turn, so that an agent has the
 * same number of virtual routers whatever the size of the cluster. Pure.
 */

export type Size = Readonly<{
  virtualIPs: number;
  nodes: number;
  /** Nodes of a rack, all of which take part in the VirtualIPs of the rack. */
  members: number;
}>;

export type SimulatedNode = Readonly<{ name: string; address: string; rack: string }>;

/** So many on one VLAN, of the 255 that VRRP has numbers for. */
const PER_VLAN = 200;
const RACK_LABEL = 'bench.kube-vrrp.io/rack';

/** A tenth of it, with racks of the same size. */
export const tenthOf = ({ virtualIPs, nodes, members }: Size): Size => ({
  virtualIPs: Math.max(1, Math.round(virtualIPs / 10)),
  nodes: Math.max(members, Math.round(nodes / 10)),
  members,
});

export const nodesOf = ({ nodes, members }: Size): readonly SimulatedNode[] =>
  Array.from({ length: nodes }, (_, index) => ({
    name: `node-${padded(index)}`,
    address: addressIn(NODE_NETWORK, index),
    rack: rackName(Math.min(Math.floor(index / members), racksIn({ nodes, members }) - 1)),
  }));

/** How many racks there are; nodes that are left over belong to the last one. */
const racksIn = ({ nodes, members }: Pick<Size, 'nodes' | 'members'>): number =>
  Math.max(1, Math.floor(nodes / members));

export const nodeObject = ({ name, address, rack }: SimulatedNode): KubeObject => {
  const status = {
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: name },
    ],
    conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'simulated' }],
    nodeInfo: { operatingSystem: 'linux', architecture: 'amd64' },
  };
  const labels = { 'kubernetes.io/os': 'linux', 'kubernetes.io/hostname': name, [RACK_LABEL]: rack };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, status } as KubeObject;
};

/** The VirtualIP of this number; `life` counts how often it was deleted and made anew under another name. */
export function virtualIP(index: number, size: Size, life = 0): VirtualIP {
  const vlans = Math.max(1, Math.ceil(size.virtualIPs / PER_VLAN));
  return {
    apiVersion: 'kube-vrrp.io/v1alpha1',
    kind: 'VirtualIP',
    metadata: { name: `vip-${padded(index)}${life === 0 ? '' : `-${String(life)}`}` },
    spec: {
      addresses: [`${addressIn(VIRTUAL_NETWORK, index)}/16`],
      interface: `vlan${String(1 + (index % vlans))}`,
      nodeSelector: { matchLabels: { [RACK_LABEL]: rackName(index % racksIn(size)) } },
    },
  };
}

/** RFC 2544's range for benchmarks. */
const NODE_NETWORK = '198.18';
const VIRTUAL_NETWORK = '198.19';
/** As many as these networks have room for. */
export const MOST = 60_000;

const addressIn = (network: string, index: number): string =>
  `${network}.${String(Math.floor(index / 250))}.${String(1 + (index % 250))}`;

const rackName = (index: number): string => `rack-${padded(index)}`;
const padded = (index: number): string => String(index).padStart(5, '0');
