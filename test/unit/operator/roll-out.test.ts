import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rollOutStep } from '../../../src/operator/apply/roll-out.js';
import { REVISION_LABEL } from '../../../src/operator/decide/daemon-set.js';
import type { NodeFacts } from '../../../src/operator/decide/types.js';
import type { KubePod } from '../../../src/operator/gather/agent-pods.js';

const node = (name: string, ready = true): NodeFacts => ({
  ...{ name, ready, labels: {}, cordoned: false, leaving: false, addresses: [] },
});

const pod = (
  nodeName: string,
  revision: string,
  {
    ready = true,
    leaving = false,
    waiting = '',
    restarts = 0,
  }: Readonly<{ ready?: boolean; leaving?: boolean; waiting?: string; restarts?: number }> = {},
): KubePod => ({
  metadata: {
    name: `agent-${nodeName}`,
    labels: { [REVISION_LABEL]: revision },
    ...(leaving ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
  },
  spec: { nodeName },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    containerStatuses: [
      { state: waiting === '' ? {} : { waiting: { reason: waiting } }, restartCount: restarts },
    ],
  },
});

const NODES = [node('a'), node('b'), node('c')];

const next = (
  pods: readonly KubePod[],
  {
    nodes = NODES,
    holders = [],
    desired = pods.length,
    sinceLast = 0,
    brokenBefore = [],
  }: Readonly<{
    nodes?: readonly NodeFacts[];
    holders?: readonly string[];
    desired?: number;
    sinceLast?: number;
    brokenBefore?: readonly string[];
  }> = {},
): string | null => {
  const step = rollOutStep({
    ...{ pods, desired, sinceLast, nodes, revision: 'new' },
    holders: new Set(holders),
    brokenBefore: new Set(brokenBefore),
  });
  return step.kind === 'replace' ? (step.pod.metadata?.name ?? '') : null;
};

describe('replacing outdated agents', () => {
  it('has nothing to do when all are of the present revision', () => {
    assert.equal(next([pod('a', 'new'), pod('b', 'new')]), null);
  });

  it('takes holders last', () => {
    const pods = [pod('a', 'old'), pod('b', 'old'), pod('c', 'old')];
    assert.equal(next(pods, { holders: ['a', 'b'] }), 'agent-c');
    assert.equal(next([pod('a', 'old'), pod('b', 'new')], { holders: ['a'] }), 'agent-a');
  });

  it('waits while one is on its way out, or not ready yet', () => {
    assert.equal(next([pod('a', 'old', { leaving: true }), pod('b', 'old')]), null);
    assert.equal(next([pod('a', 'new', { ready: false }), pod('b', 'old')]), null);
  });

  it('does not wait for ever for one that does not become ready where others do', () => {
    const pods = [pod('a', 'new', { ready: false }), pod('b', 'new'), pod('c', 'old')];
    assert.equal(next(pods, { sinceLast: 59_000 }), null);
    assert.equal(next(pods, { sinceLast: 60_000 }), 'agent-c');
    const alone = [pod('a', 'new', { ready: false }), pod('b', 'old')];
    assert.equal(next(alone, { sinceLast: 60_000, brokenBefore: ['a'] }), 'agent-b');
  });

  it('goes no further with a version that runs and does not become ready', () => {
    const pods = [pod('a', 'new', { ready: false }), pod('b', 'old')];
    assert.equal(next(pods, { sinceLast: 3_600_000 }), null);
    const step = rollOutStep({
      ...{ pods, desired: 2, revision: 'new', nodes: NODES, sinceLast: 3_600_000 },
      ...{ holders: new Set(), brokenBefore: new Set() },
    });
    assert.deepEqual(step, {
      kind: 'wait',
      because: 'agents of the new version do not become ready on a',
      stuck: true,
    });
  });

  it('tries a version first where agents are ready', () => {
    assert.equal(
      next([pod('a', 'old', { ready: false }), pod('b', 'old')], { sinceLast: 60_000 }),
      'agent-b',
    );
  });

  it('goes no further when what it has replaced does not run anywhere: the image may be broken', () => {
    const crashing = pod('a', 'new', { ready: false, waiting: 'CrashLoopBackOff' });
    assert.equal(next([crashing, pod('b', 'old')], { sinceLast: 3_600_000 }), null);
    const pulling = pod('a', 'new', { ready: false, waiting: 'ImagePullBackOff' });
    assert.equal(next([pulling, pod('b', 'old')], { sinceLast: 3_600_000 }), null);
    const crashed = pod('a', 'new', { ready: false, restarts: 3 });
    assert.equal(next([crashed, pod('b', 'old')], { sinceLast: 3_600_000 }), null);
    // On this node it did not run before either.
    assert.equal(next([crashed, pod('b', 'old')], { sinceLast: 60_000, brokenBefore: ['a'] }), 'agent-b');
    // Where others of its revision run it is the node.
    const pods = [crashing, pod('b', 'new'), pod('c', 'old')];
    assert.equal(next(pods, { sinceLast: 59_000 }), null);
    assert.equal(next(pods, { sinceLast: 60_000 }), 'agent-c');
  });

  it('waits while one is missing', () => {
    assert.equal(next([pod('a', 'old'), pod('b', 'old')], { desired: 3 }), null);
  });

  it('does not wait for nodes that are not Ready, and does not touch them', () => {
    const nodes = [node('a', false), node('b'), node('c')];
    assert.equal(next([pod('a', 'old', { ready: false }), pod('b', 'old')], { nodes }), 'agent-b');
    assert.equal(next([pod('a', 'old')], { nodes }), null);
  });

  it('takes one that cannot run first, whatever the others do', () => {
    const broken = pod('b', 'old', { ready: false, waiting: 'ImagePullBackOff' });
    assert.equal(next([pod('a', 'new', { ready: false }), broken]), 'agent-b');
  });
});
