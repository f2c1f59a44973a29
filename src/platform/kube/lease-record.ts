import type { KubeObject } from './ports.js';

/** coordination.k8s.io/v1 Lease, the parts that an election uses. */
export type Lease = KubeObject & { readonly spec?: LeaseSpec };

export type LeaseSpec = Readonly<{
  /** Who leads. Empty: nobody. */
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  /** By the clock of the holder. */
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}>;

/** A Lease, and when we saw it change for the last time: monotonic milliseconds. */
export type Observation = Readonly<{ lease: Lease; changedAt: number }>;

/**
 * What is known after seeing `lease`. Clocks of different hosts are never compared: a holder is alive as long as we see
 * its Lease change.
 */
export function observe(before: Observation | null, lease: Lease, now: number): Observation {
  const isSame = before !== null && JSON.stringify(before.lease.spec) === JSON.stringify(lease.spec);
  return { lease, changedAt: isSame ? before.changedAt : now };
}

/** Milliseconds until the Lease may be taken by `identity`; 0: now. */
export function takeableIn(
  { lease, changedAt }: Observation,
  identity: string,
  now: number,
  leaseDuration: number,
): number {
  const { holderIdentity = '', leaseDurationSeconds } = lease.spec ?? {};
  if (holderIdentity === '' || holderIdentity === identity) return 0;
  const duration = leaseDurationSeconds === undefined ? leaseDuration : leaseDurationSeconds * 1_000;
  return Math.max(0, changedAt + duration - now);
}

/** The Lease taken or renewed by `identity`. `wallClock`: milliseconds since the epoch; `leaseDuration`: milliseconds. */
export function held(
  before: LeaseSpec | undefined,
  identity: string,
  wallClock: number,
  leaseDuration: number,
): LeaseSpec {
  const isMine = before?.holderIdentity === identity;
  const transitions = before?.leaseTransitions ?? 0;
  const now = microTime(wallClock);
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(leaseDuration / 1_000),
    acquireTime: isMine ? (before.acquireTime ?? now) : now,
    renewTime: now,
    leaseTransitions: isMine || before === undefined ? transitions : transitions + 1,
  };
}

/** The Lease given up: whoever wants it takes it at once. */
export const released = (before: LeaseSpec | undefined, wallClock: number): LeaseSpec => ({
  ...before,
  holderIdentity: '',
  leaseDurationSeconds: 1,
  renewTime: microTime(wallClock),
});

/** Kubernetes' MicroTime has six digits. */
const microTime = (wallClock: number): string => new Date(wallClock).toISOString().replace('Z', '000Z');
