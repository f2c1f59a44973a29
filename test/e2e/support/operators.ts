import assert from 'node:assert/strict';

import type { Cluster, Pod } from '../../../lab/cluster/index.js';
import { NAMESPACE, OPERATOR } from './settings.js';
import type { LabStage } from './stage.js';
import { TOLD_WITHIN } from './timing.js';

/** How long a waiting operator leaves a silent leader alone, by the chart's defaults, and what it takes to begin. */
export const LEADER_GONE = 6000 + 1500 + TOLD_WITHIN;

/** The pods of the operator, and which of them leads. */
export async function operators(cluster: Cluster): Promise<Readonly<{ pods: readonly Pod[]; leader: Pod }>> {
  const all = await cluster.pods(NAMESPACE, 'app.kubernetes.io/component=operator');
  // One whose node was away for long has been replaced, and takes its time to go.
  const pods = all.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const lease = await cluster.get<{ spec: { holderIdentity?: string } }>(
    ...[`lease/${OPERATOR}`, `--namespace=${NAMESPACE}`],
  );
  const leader = pods.find(({ metadata }) => lease.spec.holderIdentity?.startsWith(metadata.name) === true);
  assert.ok(
    leader !== undefined,
    `the lease names ${lease.spec.holderIdentity ?? 'nobody'}, which is no pod`,
  );
  return { pods, leader };
}

/**
 * Until when `kubectl get virtualips` tells the truth after `node` is cut off from the API server: at once, unless the
 * leading operator is cut off with it.
 */
export async function toldWithout(stage: LabStage, node: string): Promise<number> {
  const { pods, leader } = await operators(stage.cluster);
  const nodes = new Set(pods.map(({ spec }) => spec.nodeName));
  assert.equal(nodes.size, pods.length, 'the operators are on nodes of their own');
  return leader.spec.nodeName === node ? LEADER_GONE : TOLD_WITHIN;
}
