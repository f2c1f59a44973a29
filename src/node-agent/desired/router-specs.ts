import { readablePrefixes } from '../../api/v1alpha1/rules/addresses.js';
import { isUnicast } from '../../api/v1alpha1/rules/network.js';
import type { DefaultedSpec, DefaultedVirtualIP } from '../../api/v1alpha1/virtual-ip.js';
import { type AddressFamily, familyOf, parseIpAddress } from '../../values/ip-address.js';
import { formatPrefix } from '../../values/prefix.js';
import type { RouterSpec } from '../ipc/router-spec.js';
import { validDuration } from './probe-spec.js';

export { type ProbeSpec, probeSpecs } from './probe-spec.js';

/**
 * The virtual routers that the node runs for a valid VirtualIP: one per address family, IPv4 first. What `nodes` says
 * about this node counts before what the VirtualIP says; a node that is not in the list takes part all the same.
 *
 * A `passwordFile` has been replaced with its password.
 */
export function routerSpecs(virtualIP: DefaultedVirtualIP, nodeName: string | null): readonly RouterSpec[] {
  const families = (['IPv4', 'IPv6'] as const).filter(
    (family) => prefixesOf(virtualIP.spec, family).length > 0,
  );
  return families.map((family) => routerSpec(virtualIP, family, nodeName));
}

/** The name of the interface on the node; null: the one whose subnet holds the first address. */
export const interfaceOn = ({ spec }: DefaultedVirtualIP, nodeName: string | null): string | null =>
  spec.nodes?.find(({ name }) => name === nodeName)?.interface ?? spec.interface ?? null;

function routerSpec(
  virtualIP: DefaultedVirtualIP,
  family: AddressFamily,
  nodeName: string | null,
): RouterSpec {
  const { metadata, spec } = virtualIP;
  if (spec.vrid === undefined) throw new TypeError(`${metadata.name} has no VRID`);
  return {
    key: `${metadata.name}/${family}`,
    virtualIP: metadata.name,
    family,
    vrid: spec.vrid,
    version: spec.vrrpVersion,
    ...prioritiesOf(spec, nodeName),
    interface: interfaceOn(virtualIP, nodeName),
    addresses: prefixesOf(spec, family).map(formatPrefix),
    advertisementInterval: validDuration(spec.advertisementInterval),
    preemption: { mode: spec.preemption.mode, delay: validDuration(spec.preemption.delay) },
    authentication: authenticationOf(spec, metadata.name),
    unicast: unicastOf(spec, family),
    virtualMAC: spec.virtualMAC,
    checksum: spec.checksum,
    announcement: {
      repeat: spec.announcement.repeat,
      delay: validDuration(spec.announcement.delay),
      refresh: validDuration(spec.announcement.refresh),
    },
    trackInterfaces: (spec.track?.interfaces ?? []).map(({ name, weight }) => ({
      name,
      weight: weight ?? null,
    })),
  };
}

/** What `nodes` says about this node's priority, and the best of the others. */
function prioritiesOf(
  spec: DefaultedSpec,
  nodeName: string | null,
): Pick<RouterSpec, 'priority' | 'bestPeerPriority'> {
  const nodes = spec.nodes ?? [];
  const own = nodes.find(({ name }) => name === nodeName);
  const others = nodes.filter((node) => node !== own).map(({ priority }) => priority ?? spec.priority);
  return {
    priority: own?.priority ?? spec.priority,
    bestPeerPriority: others.length === 0 ? null : Math.max(...others),
  };
}

const prefixesOf = (spec: DefaultedSpec, family: AddressFamily) =>
  readablePrefixes(spec.addresses).filter(({ address }) => familyOf(address) === family);

function authenticationOf({ authentication }: DefaultedSpec, name: string): RouterSpec['authentication'] {
  if (authentication.type === 'None') return { type: 'None' };
  if (authentication.password === undefined) throw new TypeError(`the password of ${name} has not been read`);
  return { type: 'Password', password: authentication.password };
}

function unicastOf({ unicast }: DefaultedSpec, family: AddressFamily): RouterSpec['unicast'] {
  if (!isUnicast(unicast)) return null;
  const peers = (unicast.peers ?? []).flatMap((text) => {
    const parsed = parseIpAddress(text);
    return parsed.ok && familyOf(parsed.value) === family ? [parsed.value] : [];
  });
  return { peers, source: null, hopLimit: { min: unicast.minHopLimit, max: unicast.maxHopLimit } };
}
