import { memberLabel } from '../../../src/api/v1alpha1/member-label.js';
import type { VirtualRouter } from '../../../src/api/v1alpha1/virtual-router.js';
import { Reporter } from '../../../src/node-agent/report/reporter.js';
import { systemClock } from '../../../src/platform/clock.js';
import { KubeInformer } from '../../../src/platform/kube/informer.js';
import type { KubeApi, KubeObject } from '../../../src/platform/kube/ports.js';
import { SECRETS, VIRTUAL_ROUTERS } from '../../../src/platform/kube/resources.js';
import { NAMESPACE } from '../cluster/users.js';
import { QUIET_LOG } from '../quiet-log.js';
import type { SimulatedNode } from '../workload.js';
import { knownRouter, vrrpStatus } from './statuses.js';
import type { Wire } from './wire.js';

/** What all simulated agents share. */
export type Surroundings = Readonly<{
  wireOf: (virtualRouter: string) => Wire;
  addressOf: (node: string) => string;
}>;

/** The Secret that agents watch for passwords, of which there are none here. */
const PASSWORDS = 'kube-vrrp-agents';

/**
 * The Kubernetes half of an agent: informers and reporter are those of the real one, and so are its watches, its reports, their
 * timing and their repetition. Instead of VRRP there is a {@link Wire}.
 */
export class SimulatedAgent {
  readonly #routers = new Map<string, VirtualRouter>();
  readonly #reporter: Reporter;

  constructor(
    private readonly node: SimulatedNode,
    private readonly api: KubeApi,
    private readonly surroundings: Surroundings,
  ) {
    this.#reporter = new Reporter({
      ...{ api, node: node.name, clock: systemClock, log: QUIET_LOG },
      trouble: () => undefined,
    });
  }

  get counts(): Readonly<{ written: number; failed: number }> {
    return this.#reporter.counts;
  }

  /** Resolves when it knows its VirtualRouters; goes on until `signal` is aborted. */
  async start(signal: AbortSignal): Promise<void> {
    const routers = new KubeInformer<VirtualRouter>({
      ...{ api: this.api, log: QUIET_LOG, resource: VIRTUAL_ROUTERS },
      selection: { labelSelector: memberLabel(this.node.name) },
      oneOfMany: true,
    });
    const passwords = new KubeInformer<KubeObject>({
      ...{ api: this.api, log: QUIET_LOG, resource: SECRETS },
      selection: { namespace: NAMESPACE, fieldSelector: `metadata.name=${PASSWORDS}` },
      oneOfMany: true,
    });
    routers.onChange(({ before, after }) => {
      this.#changed(before, after);
      if (after !== undefined) this.#reporter.seen(before, after);
    });
    void routers.run(signal);
    void passwords.run(signal);
    await Promise.all([routers.synced, passwords.synced]);
  }

  /** The VRRP process is alive, which it says once a second. */
  heard(): void {
    this.#reporter.heard();
  }

  #changed(before: VirtualRouter | undefined, after: VirtualRouter | undefined): void {
    const name = (after ?? before)?.metadata.name ?? '';
    const member = after?.spec.members.find(({ node }) => node === this.node.name);
    if (after === undefined || member === undefined) {
      if (!this.#routers.delete(name)) return;
      this.surroundings.wireOf(name).leave(this.node.name);
      this.#tell();
      return;
    }
    const isNew = this.#routers.get(name)?.metadata.generation !== after.metadata.generation;
    this.#routers.set(name, after);
    if (!isNew) return;
    this.surroundings.wireOf(name).join(this.node.name, member.priority, () => this.#tell());
    this.#tell();
  }

  #tell(): void {
    const { wireOf, addressOf } = this.surroundings;
    const all = [...this.#routers.values()];
    const revision = all.map(({ metadata }) => `${metadata.name}/${String(metadata.generation)}`).join();
    const parts = all.flatMap((router) => {
      const wire = wireOf(router.metadata.name);
      const seat = wire.seatOf(this.node.name);
      return seat === null ? [] : [{ router, seat, active: wire.active }];
    });
    this.#reporter.expect(all.map(knownRouter), revision);
    this.#reporter.reported(vrrpStatus(parts, revision, addressOf));
  }
}
