import type { VirtualIP } from '../../src/api/v1alpha1/virtual-ip.js';
import type { VirtualRouter } from '../../src/api/v1alpha1/virtual-router.js';
import { KubeInformer } from '../../src/platform/kube/informer.js';
import type { KubeApi } from '../../src/platform/kube/ports.js';
import { VIRTUAL_IPS, VIRTUAL_ROUTERS } from '../../src/platform/kube/resources.js';
import { QUIET_LOG } from './quiet-log.js';
import { timeText } from '../progress.js';

/** Milliseconds between two lines about how far it is. */
const WORD = 10_000;

/** What the API server tells of VirtualIPs and VirtualRouters, as it comes. */
export class ClusterView {
  readonly #virtualIPs: KubeInformer<VirtualIP>;
  readonly #virtualRouters: KubeInformer<VirtualRouter>;
  /** VirtualIPs that have a VirtualRouter, with how many. */
  readonly #written = new Map<string, number>();
  readonly #ready = new Set<string>();
  readonly #waiting = new Set<() => void>();

  constructor(
    api: KubeApi,
    private readonly say: (text: string) => void,
  ) {
    this.#virtualIPs = new KubeInformer<VirtualIP>({ api, log: QUIET_LOG, resource: VIRTUAL_IPS });
    this.#virtualRouters = new KubeInformer<VirtualRouter>({
      api,
      log: QUIET_LOG,
      resource: VIRTUAL_ROUTERS,
    });
    this.#virtualIPs.onChange(({ before, after }) => {
      this.#virtualIPChanged(before, after);
    });
    this.#virtualRouters.onChange(({ before, after }) => {
      if (before !== undefined) this.#count(before.spec.virtualIP, -1);
      if (after !== undefined) this.#count(after.spec.virtualIP, 1);
      // What agents say of themselves is no news here: a heartbeat comes a hundred times a second.
      if (before?.metadata.generation !== after?.metadata.generation) this.#look();
    });
  }

  /** Resolves when the server knows the definitions, and what there is is known; goes on until `signal` is aborted. */
  async start(signal: AbortSignal): Promise<void> {
    void this.#virtualIPs.run(signal);
    void this.#virtualRouters.run(signal);
    await Promise.all([this.#virtualIPs.synced, this.#virtualRouters.synced]);
  }

  get virtualIPs(): readonly VirtualIP[] {
    return this.#virtualIPs.list();
  }

  get virtualRouters(): readonly VirtualRouter[] {
    return this.#virtualRouters.list();
  }

  get written(): number {
    return this.#written.size;
  }

  get ready(): number {
    return this.#ready.size;
  }

  /** When so many VirtualIPs have their VirtualRouter: monotonic milliseconds. */
  async whenWritten(count: number, within: number): Promise<number> {
    return this.#when(
      () => this.written >= count,
      within,
      () => `${String(this.written)} of ${String(count)} VirtualRouters are written`,
    );
  }

  /** When so many VirtualIPs are Ready: monotonic milliseconds. */
  async whenReady(count: number, within: number): Promise<number> {
    return this.#when(
      () => this.ready >= count,
      within,
      () => `${String(this.ready)} of ${String(count)} VirtualIPs are Ready`,
    );
  }

  /** Resolves when for so many milliseconds no VirtualIP has changed, nor the spec of a VirtualRouter. */
  quietFor(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      let timer = setTimeout(end, milliseconds);
      const again = (): void => {
        clearTimeout(timer);
        timer = setTimeout(end, milliseconds);
      };
      const waiting = this.#waiting;
      function end(): void {
        waiting.delete(again);
        resolve();
      }
      waiting.add(again);
    });
  }

  #when(isSo: () => boolean, within: number, words: () => string): Promise<number> {
    const begun = performance.now();
    return new Promise((resolve, reject) => {
      const word = setInterval(() => this.say(`${timeText(performance.now() - begun)}: ${words()}`), WORD);
      const tooLate = setTimeout(() => {
        settle();
        reject(new Error(`after ${timeText(within)} only ${words()}`));
      }, within);
      const look = (): void => {
        if (!isSo()) return;
        settle();
        resolve(performance.now());
      };
      const settle = (): void => {
        clearInterval(word);
        clearTimeout(tooLate);
        this.#waiting.delete(look);
      };
      this.#waiting.add(look);
      look();
    });
  }

  #virtualIPChanged(before: VirtualIP | undefined, after: VirtualIP | undefined): void {
    const name = (after ?? before)?.metadata.name ?? '';
    if (after !== undefined && isReady(after)) this.#ready.add(name);
    else this.#ready.delete(name);
    this.#look();
  }

  #count(virtualIP: string, by: number): void {
    const count = (this.#written.get(virtualIP) ?? 0) + by;
    if (count > 0) this.#written.set(virtualIP, count);
    else this.#written.delete(virtualIP);
  }

  #look(): void {
    for (const look of [...this.#waiting]) look();
  }
}

/** Whether exactly one node holds its addresses, by the spec that it has now. */
const isReady = ({ metadata, status }: VirtualIP): boolean =>
  status?.observedGeneration === metadata.generation &&
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
