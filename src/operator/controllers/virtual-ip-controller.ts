import type { VirtualIP } from '../../api/v1alpha1/virtual-ip.js';
import type { Clock } from '../../platform/clock.js';
import { VIRTUAL_IPS } from '../../platform/kube/resources.js';
import { DONE, type Outcome, after, retry } from '../../platform/loop/controller.js';
import { type ApplyDependencies, applyDecision, removeVirtualRouter } from '../apply/virtual-ip.js';
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
  }>;

/** Milliseconds: while nothing can be heard no silence grows, and looking often is of no use. */
const UNWATCHED = 5_000;

/** Brings one VirtualIP to where it should be: gathers, decides, applies. */
export class VirtualIPController {
  constructor(private readonly dependencies: VirtualIPControllerDependencies) {}

  async reconcile(name: string, signal: AbortSignal): Promise<Outcome> {
    const { cluster, secrets, clock } = this.dependencies;
    const virtualIP = cluster.virtualIPs.get(name);
    // With a finalizer of somebody's it may stay for long; what it is for is over.
    if (virtualIP === undefined || virtualIP.metadata.deletionTimestamp !== undefined) {
      secrets.release(name);
      return this.#removeAll(name);
    }
    const password = this.#password(virtualIP);
    if (password === undefined) return retry('its Secret is being read');
    const decision = decide(gatherInput(virtualIP, cluster, password, new Date(clock.wallClock())));
    await applyDecision(virtualIP, decision, this.dependencies, signal);
    if (decision.recheckAfter === null) return DONE;
    return after(cluster.isWatching ? decision.recheckAfter : Math.max(decision.recheckAfter, UNWATCHED));
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
    if (virtualRouters.length === 0) return DONE;
    const found = await api.get<VirtualIP>(VIRTUAL_IPS, { name });
    if (found !== null && found.metadata.deletionTimestamp === undefined)
      return retry('the cache does not have it yet');
    for (const { metadata } of virtualRouters) await removeVirtualRouter(metadata.name, this.dependencies);
    return DONE;
  }
}
