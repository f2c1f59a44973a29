import type { ObjectMeta, VirtualIP } from '../../api/v1alpha1/virtual-ip.js';
import type { VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import type { Result } from '../../values/result.js';
import { sameContent } from '../decide/same-content.js';
import type { OwnerReference } from '../decide/types.js';
import { MANAGED_BY, agentSecretKey } from '../decide/virtual-routers.js';
import type { KubeSecret } from '../gather/password.js';

export type AgentsSecretInput = Readonly<{
  name: string;
  namespace: string;
  owner: OwnerReference | null;
  /** All that are not being deleted. */
  virtualIPs: readonly VirtualIP[];
  virtualRouters: readonly VirtualRouter[];
  /** What a VirtualIP's Secret says; null: it needs no password, or its Secret is not known yet. */
  password: (virtualIP: VirtualIP) => Result<string, string> | null;
  existing: KubeSecret | undefined;
}>;

/** `apply` by server-side apply when it is not null; `remove` when no VirtualIP has a password any more. */
export type AgentsSecretDecision = Readonly<{ apply: KubeSecret | null; remove: boolean }>;

/**
 * The one Secret that agents may read: the passwords of all VirtualIPs. A password that cannot be read just now stays what
 * it was, for as long as some VirtualRouter uses it.
 */
export function decideAgentsSecret(input: AgentsSecretInput): AgentsSecretDecision {
  const { name, namespace, owner, existing } = input;
  const data = { ...inUse(input), ...readable(input) };
  if (Object.keys(data).length === 0) return { apply: null, remove: existing !== undefined };
  const isOwned = owner === null || ownersOf(existing).some(({ uid }) => uid === owner.uid);
  if (existing !== undefined && isOwned && sameContent(existing.data ?? {}, data))
    return { apply: null, remove: false };
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: {
      name,
      namespace,
      labels: MANAGED_BY,
      ...(owner === null ? {} : { ownerReferences: [owner] }),
    },
    data,
  };
  return { apply: secret, remove: false };
}

const ownersOf = (secret: KubeSecret | undefined): readonly OwnerReference[] =>
  (secret?.metadata as ObjectMeta | undefined)?.ownerReferences ?? [];

/** Entries that are there and that agents need. */
function inUse({ virtualRouters, existing }: AgentsSecretInput): Readonly<Record<string, string>> {
  const keys = new Set(virtualRouters.map(({ spec }) => spec.authentication?.secretKey));
  return Object.fromEntries(Object.entries(existing?.data ?? {}).filter(([key]) => keys.has(key)));
}

function readable({ virtualIPs, password }: AgentsSecretInput): Readonly<Record<string, string>> {
  return Object.fromEntries(
    virtualIPs.flatMap((virtualIP) => {
      const read = password(virtualIP);
      return read?.ok === true
        ? [[agentSecretKey(virtualIP.metadata.name), Buffer.from(read.value).toString('base64')] as const]
        : [];
    }),
  );
}
