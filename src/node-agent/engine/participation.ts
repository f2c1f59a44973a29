import type { IpAddress } from '../../values/ip-address.js';
import type { Prefix } from '../../values/prefix.js';
import type { Problem } from '../ipc/messages.js';
import type { RouterSpec, TrackerState } from '../ipc/router-spec.js';
import { effectivePriority } from '../tracking/effective-priority.js';
import type { Priority } from '../vrrp/config.js';
import type { ShutdownReason } from '../vrrp/event.js';
import { bind } from './binding.js';
import { interfaceTrackers } from './interface-trackers.js';
import type { HostNetwork, Link } from './ports.js';
import { ownAddresses } from './present-addresses.js';

/** Whether a router can be in the election on this host as it is now: with what, or why not. */
export type Participation =
  | Readonly<{
      possible: true;
      link: Link;
      source: IpAddress;
      priority: Priority;
      /** What makes the priority differ from the configured one, in words. */
      tracked: readonly string[];
    }>
  | Readonly<{
      possible: false;
      because: ShutdownReason;
      problem: Problem;
      /** Whether the addresses can still be answered for until a successor is heard. */
      handover: boolean;
    }>;

/** Decides from the configuration, the host's interfaces and addresses, and what is tracked. */
export function participation(
  spec: RouterSpec,
  prefixes: readonly Prefix[],
  trackers: readonly TrackerState[],
  network: Pick<HostNetwork, 'links' | 'addresses'>,
): Participation {
  const links = network.links();
  const binding = bind(spec, prefixes, links, ownAddresses(network.addresses()));
  if (!binding.usable) {
    const { because, message, remedy } = binding;
    const code = because.charAt(0).toUpperCase() + because.slice(1);
    return { possible: false, because, problem: { code, message, remedy }, handover: false };
  }
  const tracked = effectivePriority(spec.priority, [...interfaceTrackers(spec, links), ...trackers]);
  if (!tracked.takesPart) {
    const problem: Problem = {
      code: 'TrackingFailed',
      message: tracked.because.join('; '),
      remedy: 'mend what is tracked, or give it a weight so that it only lowers the priority',
    };
    return { possible: false, because: 'trackingFailed', problem, handover: true };
  }
  return {
    possible: true,
    link: binding.link,
    source: binding.source,
    priority: tracked.priority,
    tracked: tracked.because,
  };
}
