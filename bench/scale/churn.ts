import { setTimeout as pass } from 'node:timers/promises';

import type { VirtualIP } from '../../src/api/v1alpha1/virtual-ip.js';
import { NODES, VIRTUAL_IPS } from '../../src/platform/kube/resources.js';
import { createPatiently } from './apply.js';
import type { Stage } from './stage.js';
import { type SimulatedNode, nodesOf, virtualIP } from './workload.js';

export const CHANGES = ['edit', 'replace', 'cordon', 'move'] as const;
export type ChangeKind = (typeof CHANGES)[number];

/** Milliseconds after which a node is uncordoned, or a holder that handed over takes back. */
const BACK_AFTER = 15_000;

/** Changes the cluster one thing at a time, in turn; whatever is taken away comes back. */
export class Churn {
  readonly counts = new Map<string, number>(CHANGES.map((kind) => [kind, 0]));
  readonly #nodes: readonly SimulatedNode[];
  readonly #virtualIPs: VirtualIP[];
  readonly #lives: number[];
  readonly #cordoned = new Set<Promise<void>>();
  #turn = 0;

  constructor(private readonly stage: Stage) {
    const { size } = stage;
    this.#nodes = nodesOf(size);
    this.#virtualIPs = Array.from({ length: size.virtualIPs }, (_, index) => virtualIP(index, size));
    this.#lives = this.#virtualIPs.map(() => 0);
  }

  /** One change. Steps through the VirtualIPs so that neighbours in time are none in number. */
  async step(): Promise<void> {
    const kind = CHANGES[this.#turn % CHANGES.length] ?? 'edit';
    const index = (this.#turn * STRIDE) % this.#virtualIPs.length;
    this.#turn += 1;
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    switch (kind) {
      case 'edit':
        return this.#edit(index);
      case 'replace':
        return this.#replace(index);
      case 'cordon':
        return this.#cordon(index % this.#nodes.length);
      case 'move':
        this.stage.fleet.move(`${this.#nameOf(index)}-ipv4`, BACK_AFTER);
    }
  }

  /** Resolves when every node that was cordoned is not any more. */
  async end(): Promise<void> {
    await Promise.all(this.#cordoned);
  }

  async #edit(index: number): Promise<void> {
    const { metadata, spec, ...type } = this.#virtualIP(index);
    // To and fro, so that it is a change each time.
    const repeat = spec.announcement?.repeat === 3 ? 4 : 3;
    const edited = { ...type, metadata, spec: { ...spec, announcement: { repeat } } };
    this.#virtualIPs[index] = edited;
    await this.stage.api.apply(VIRTUAL_IPS, edited, { fieldManager: 'bench', force: true });
  }

  /** Under another name, so that what the operator might remember of names would grow. */
  async #replace(index: number): Promise<void> {
    const { api, size } = this.stage;
    await api.delete(VIRTUAL_IPS, { name: this.#nameOf(index) });
    const life = (this.#lives[index] ?? 0) + 1;
    this.#lives[index] = life;
    this.#virtualIPs[index] = virtualIP(index, size, life);
    await createPatiently(api, VIRTUAL_IPS, this.#virtualIP(index));
  }

  async #cordon(index: number): Promise<void> {
    const name = this.#nodes[index]?.name ?? '';
    await this.#setUnschedulable(name, true);
    const back = pass(BACK_AFTER).then(() => this.#setUnschedulable(name, false));
    this.#cordoned.add(back);
    await Promise.resolve();
    void back.finally(() => this.#cordoned.delete(back));
  }

  async #setUnschedulable(name: string, unschedulable: boolean): Promise<void> {
    const node = { metadata: { name }, spec: { unschedulable } };
    await this.stage.api.apply(NODES, node, { fieldManager: 'bench-cordon', force: true });
  }

  #virtualIP(index: number): VirtualIP {
    return this.#virtualIPs[index] ?? virtualIP(index, this.stage.size);
  }

  #nameOf(index: number): string {
    return this.#virtualIP(index).metadata.name;
  }
}

/** A prime, so that in the end every VirtualIP has its turn. */
const STRIDE = 389;
