import type { VirtualIP } from '../../api/v1alpha1/virtual-ip.js';
import type { Clock } from '../../platform/clock.js';
import { VIRTUAL_IPS } from '../../platform/kube/resources.js';
import { DONE, type Outcome, after, retry } from '../../platform/loop/controller.js';
import { type ApplyDependencies, carryOut, removeVirtualRouter, sayOf } from '../apply/virtual-ip.js';
import { decide } from '../decide/decide.js';
import type { Input } from '../decide/types.js';
import { gatherInput } from '../gather/input.js';
import { passwordEntry } from '../gather/password.js';
import type { SecretReader } from '../gather/secret-reader.js';

export type VirtualIPControllerDependencies = ApplyDependencies &
  Readonly<{
    secrets: SecretReader;
    /** Where Secrets are that name no namespace. */
    namespace: string;
    clock: Clock;
    /** Whether anybody waits for something to be done: what there is to say of others then comes after that. */
    othersWait: () => boolean;
  }>;

/** Milliseconds: while nothing can be heard no silence grows, and looking often is of no use. */
const UNWATCHED = 5_000;
/** Milliseconds until what was put off is said. */
const SAID_LATER = 100;

/** Brings one VirtualIP to where it should be: gathers, decides, applies. */
export class VirtualIPController {
  /** By name: the generation that was carried out last. */
  readonly #carriedOut = new Map<string, number>();

  constructor(private readonly dependencies: VirtualIPControllerDependencies) {}

  /** Whether somebody has asked for something that was not acted on yet. */
  isUnanswered(name: string): boolean {
    const virtualIP = this.dependencies.cluster.virtualIPs.get(name);
    if (virtualIP === undefined || virtualIP.metadata.deletionTimestamp !== undefined) return true;
    const { generation } = virtualIP.metadata;
    return virtualIP.status?.observedGeneration !== generation && this.#carriedOut.get(name) !== generation;
  }

  async reconcile(name: string, signal: AbortSignal): Promise<Outcome> {
    const { cluster, secrets, clock, othersWait } = this.dependencies;
    const virtualIP = cluster.virtualIPs.get(name);
    // With a finalizer of somebody's it may stay for long; what it is for is over.
    if (virtualIP === undefined || virtualIP.metadata.deletionTimestamp !== undefined) {
      secrets.release(name);
      this.#carriedOut.delete(name);
      return this.#removeAll(name);
    }
    const password = this.#password(virtualIP);
    if (password === undefined) return retry('its Secret is being read');
    const decision = decide(gatherInput(virtualIP, cluster, password, new Date(clock.wallClock())));
    await carryOut(virtualIP, decision, this.dependencies, signal);
    this.#carriedOut.set(name, virtualIP.metadata.generation ?? 0);
    // A thousand VirtualIPs that are made together run sooner when none of them is told of before all are written.
    if (decision.apply.length > 0 && othersWait()) return after(SAID_LATER);
    await sayOf(virtualIP, decision, this.dependencies, signal);
    const recheckAfter = soonest(decision.recheckAfter, cluster.settleDoubt(name));
    if (recheckAfter === null) return DONE;
    return after(cluster.isWatching ? recheckAfter : Math.max(recheckAfter, UNWATCHED));
  }

  /** undefined: not known yet. */
  #password({ metadata, spec }: VirtualIP): Input['password'] | undefined {
    const { secrets, namespace } = this.dependencies;
    const entry = passwordEntry(spec, namespace);
    if (entry === null) {
      secrets.release(metadata.name);
      return null;
    }
    const read = secrets.password(metadata.name, entry);
    if (read === null) return undefined;
    return read.ok ? true : read.problem;
  }

  /**
   * Addresses go down with what is removed, so that the cache knows of no VirtualIP is not enough: it may lag behind, as that of
   * an operator that has just taken over.
   */
  async #removeAll(name: string): Promise<Outcome> {
    const { api, cluster } = this.dependencies;
    const virtualRouters = cluster.virtualRoutersOf(name);
    if (virtualRouters.length === 0) {
      const left = cluster.settleDoubt(name);
      return left === null ? DONE : after(left);
    }
    const found = await api.get<VirtualIP>(VIRTUAL_IPS, { name });
    if (found !== null && found.metadata.deletionTimestamp === undefined)
      return retry('the cache does not have it yet');
    for (const { metadata } of virtualRouters) await removeVirtualRouter(metadata.name, this.dependencies);
    return DONE;
  }
}

const soonest = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other);
