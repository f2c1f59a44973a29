import { formatFieldPath } from '../../api/v1alpha1/field-path.js';
import type { Finding } from '../../api/v1alpha1/finding.js';
import { firstSilence, heartbeatPeriod } from '../../api/v1alpha1/heartbeat.js';
import { passwordProblem } from '../../api/v1alpha1/rules/authentication.js';
import { schemaProblems } from '../../api/v1alpha1/schema-check.js';
import { virtualRouterSpecSchema } from '../../api/v1alpha1/schema/virtual-router-schema.js';
import { validateVirtualIP } from '../../api/v1alpha1/validate.js';
import { API_VERSION, type DefaultedVirtualIP, VIRTUAL_IP_KIND } from '../../api/v1alpha1/virtual-ip.js';
import type { VirtualRouterSpec } from '../../api/v1alpha1/virtual-router.js';
import { parseIpAddress } from '../../values/ip-address.js';
import { type Result, ok, refused } from '../../values/result.js';
import type { RouterSpec } from '../ipc/router-spec.js';
import { knownFields } from './known-fields.js';
import { type PodTrackerSpec, selectorText } from './pod-tracker-spec.js';
import { type ProbeSpec, probeSpecs } from './probe-spec.js';
import { routerSpecs } from './router-specs.js';

/** What one VirtualRouter asks this node to run. Plain JSON. */
export type RouterPlan = Readonly<{
  router: RouterSpec;
  probes: readonly ProbeSpec[];
  pods: readonly PodTrackerSpec[];
  /** Milliseconds from one heartbeat to the next that the VirtualRouter asks for. */
  heartbeat: number;
  /** Milliseconds that it asks for before the first word about it. */
  silence: number;
}>;

/** By entry of the agents' Secret; null: the Secret has never been read. */
export type Passwords = ReadonlyMap<string, string> | null;

/**
 * What the node is to run for the `spec` of a VirtualRouter; null: nothing, it is no member. Refused with a sentence when
 * the spec cannot be run as it is. The spec may be anything: it comes over the network, or from a disk.
 */
export function fromVirtualRouter(
  spec: unknown,
  node: string,
  passwords: Passwords,
): Result<RouterPlan | null, string> {
  const known = knownFields(virtualRouterSpecSchema, spec);
  const misfits = schemaProblems(virtualRouterSpecSchema, known, ['spec']);
  if (misfits.length > 0) return refused(inOneSentence(misfits));
  const virtualRouter = known as VirtualRouterSpec;
  if (!virtualRouter.members.some((member) => member.node === node)) return ok(null);
  const { accepted, problems } = validateVirtualIP(asVirtualIP(virtualRouter, node), 'cluster');
  if (accepted === null) return refused(inOneSentence(problems));
  const authenticated = withPassword(accepted, virtualRouter, passwords);
  return authenticated.ok ? planOf(authenticated.value, virtualRouter, node) : authenticated;
}

/**
 * The VirtualIP that comes to the same on this node, so that its rules and its translation serve for both. Members are
 * its nodes; with unicast, all others are peers.
 */
function asVirtualIP(spec: VirtualRouterSpec, node: string): unknown {
  const { virtualIP, authentication, unicast, members } = spec;
  const { addresses, vrid, vrrpVersion, advertisementInterval, preemption } = spec;
  const { virtualMAC, track, announcement, checksum } = spec;
  return {
    apiVersion: API_VERSION,
    kind: VIRTUAL_IP_KIND,
    metadata: { name: virtualIP },
    spec: {
      ...{ addresses, vrid, vrrpVersion, advertisementInterval, preemption },
      ...{ virtualMAC, track, announcement, checksum },
      nodes: members.map((member) => ({
        name: member.node,
        priority: member.priority,
        interface: member.interface,
      })),
      unicast: { ...unicast, peers: unicast?.mode === 'Unicast' ? peersOf(spec, node) : [] },
      ...(authentication?.type === 'Password' && {
        authentication: {
          type: 'Password',
          secretRef: { name: 'agents', key: authentication.secretKey ?? null },
        },
      }),
    },
  };
}

/** Written alike, for one that is named twice is refused: a person may list the nodes as well, and IPv6 has many spellings. */
const peersOf = ({ members, unicast }: VirtualRouterSpec, node: string): readonly string[] => [
  ...new Set(
    [
      ...members.flatMap(({ node: name, address }) =>
        name === node || address === undefined ? [] : [address],
      ),
      ...(unicast?.peers ?? []),
    ].map(canonical),
  ),
];

/** By which the other members know the node; null: there is none. */
function addressOf(members: VirtualRouterSpec['members'], node: string): string | null {
  const address = members.find((member) => member.node === node)?.address;
  return address === undefined ? null : canonical(address);
}

/** What cannot be read is left as it is, for validation to name. */
function canonical(address: string): string {
  const parsed = parseIpAddress(address);
  return parsed.ok ? parsed.value : address;
}

function withPassword(
  virtualIP: DefaultedVirtualIP,
  { authentication }: VirtualRouterSpec,
  passwords: Passwords,
): Result<DefaultedVirtualIP, string> {
  if (authentication?.type !== 'Password') return ok(virtualIP);
  const { secretKey } = authentication;
  if (secretKey === undefined) return refused('spec.authentication.secretKey is required and missing');
  if (passwords === null) return refused('the Secret with the password has not been read yet');
  const password = passwords.get(secretKey);
  if (password === undefined) return refused(`the Secret for agents has no entry ${secretKey}`);
  const unfit = passwordProblem(password);
  if (unfit !== null) return refused(`the entry ${secretKey} of the Secret for agents ${unfit}`);
  return ok({
    ...virtualIP,
    spec: { ...virtualIP.spec, authentication: { type: 'Password', password } },
  });
}

function planOf(
  virtualIP: DefaultedVirtualIP,
  spec: VirtualRouterSpec,
  node: string,
): Result<RouterPlan, string> {
  const { family, members } = spec;
  const [router, ...others] = routerSpecs(virtualIP, node);
  if (router?.family !== family || others.length > 0)
    return refused(`spec.addresses must be ${family} addresses, all of them`);
  const keys = [router.key];
  const pods = virtualIP.spec.track?.pods;
  return ok({
    router: { ...router, unicast: router.unicast && { ...router.unicast, source: addressOf(members, node) } },
    probes: probeSpecs(virtualIP, keys),
    pods: pods === undefined ? [] : [podTracker(virtualIP.metadata.name, pods, keys)],
    heartbeat: heartbeatPeriod(spec),
    silence: firstSilence(spec),
  });
}

type TrackedPods = NonNullable<NonNullable<DefaultedVirtualIP['spec']['track']>['pods']>;

const podTracker = (
  virtualIP: string,
  { namespace, selector, weight }: TrackedPods,
  routerKeys: readonly string[],
): PodTrackerSpec => ({
  id: `${virtualIP}/pods`,
  routerKeys,
  namespace: namespace ?? 'default',
  selector: selectorText(selector),
  weight: weight ?? null,
});

const inOneSentence = (findings: readonly Finding[]): string =>
  findings.map(({ at, problem }) => `${formatFieldPath(at)} ${problem}`).join('; ');
