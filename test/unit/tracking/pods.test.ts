import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { KeptPodMemory } from '../../../src/node-agent/tracking/pod-memory.js';
import { HOLD_DOWN, type PodObject, PodsLoop, judgePods } from '../../../src/node-agent/tracking/pods.js';
import { identityOf } from '../../../src/node-agent/tracking/tracker.js';
import type { TrackedState } from '../../../src/node-agent/tracking/watch-loop.js';
import { KubeInformer } from '../../../src/platform/kube/informer.js';
import { PODS } from '../../../src/platform/kube/resources.js';
import { FakeKubeApi } from '../../support/fake-kube-api.js';
import { ManualClock, settled } from '../../support/manual-clock.js';
import { RecordedLog } from '../../support/recorded-log.js';

const pod = (name: string, ready: unknown, metadata: object = {}): PodObject =>
  ({
    metadata: { name, namespace: 'shop', labels: { app: 'nginx' }, ...metadata },
    spec: { nodeName: 'edge-1' },
    status: {
      conditions: [
        { type: 'Initialized', status: 'True' },
        { type: 'Ready', status: ready },
      ],
    },
  }) as PodObject;

const METHOD = { namespace: 'shop', selector: 'app=nginx' };

describe('the verdict about pods', () => {
  it('is good while one of them is ready', () => {
    assert.deepEqual(judgePods([pod('a', 'False'), pod('b', 'True')]), {
      up: true,
      message: '1 of 2 selected pods ready',
    });
    assert.deepEqual(judgePods([pod('a', 'Unknown')]).up, false);
  });

  it('is bad without any', () => {
    assert.deepEqual(judgePods([]), { up: false, message: 'no selected pod is on this node' });
  });

  it('does not count a pod that is being deleted, ready as it still is', () => {
    assert.equal(judgePods([pod('a', 'True', { deletionTimestamp: '2026-01-01T00:00:00Z' })]).up, false);
  });

  it('is bad for what makes no sense', () => {
    for (const status of [undefined, null, 7, {}, { conditions: 'Ready' }, { conditions: [null, 'Ready'] }])
      assert.equal(judgePods([{ metadata: { name: 'a' }, status }]).up, false);
  });
});

describe('following pods', () => {
  let api: FakeKubeApi;
  let clock: ManualClock;
  let verdicts: (boolean | null)[];
  let kept: unknown;
  const loops: PodsLoop[] = [];
  beforeEach(() => {
    api = new FakeKubeApi();
    clock = new ManualClock();
    verdicts = [];
    kept = null;
  });
  afterEach(() => {
    for (const loop of loops.splice(0)) loop.close();
  });

  function loop(bootId = 'boot-1'): PodsLoop {
    const store = { read: () => kept, keep: (value: unknown) => void (kept = structuredClone(value)) };
    const timers = {
      now: () => clock.now(),
      at: (time: number, callback: () => void) => clock.after(time - clock.now(), callback),
    };
    const made = new PodsLoop(
      METHOD,
      {
        follow: ({ namespace, selector }, signal) => {
          const selection = { namespace, labelSelector: selector, fieldSelector: 'spec.nodeName=edge-1' };
          const informer = new KubeInformer<PodObject>({
            ...{ api, resource: PODS, selection, log: new RecordedLog(), clock },
          });
          void informer.run(signal);
          return Promise.resolve(informer);
        },
        memory: new KeptPodMemory(store, bootId),
        timers,
      },
      ({ verdict }: TrackedState) => verdicts.push(verdict.up),
    );
    loops.push(made);
    return made;
  }

  async function started(bootId?: string): Promise<PodsLoop> {
    const made = loop(bootId);
    made.start();
    await settled();
    return made;
  }

  const put = async (...pods: readonly PodObject[]): Promise<void> => {
    for (const each of pods) api.put(PODS, each);
    await settled();
  };

  it('has no verdict before the first list, which decides at once', async () => {
    await put(pod('a', 'True'));
    const made = loop();
    assert.equal(made.state.verdict.up, null);
    made.start();
    await settled();
    assert.equal(made.state.verdict.up, true);
    assert.deepEqual(verdicts, [true]);
  });

  it('looks at the pods of its own node only', async () => {
    await put({ ...pod('a', 'True'), spec: { nodeName: 'edge-2' } } as PodObject);
    await started();
    assert.deepEqual(verdicts, [false]);
  });

  it('fails at once, and comes back when a pod has stayed ready for a while', async () => {
    await put(pod('a', 'True'));
    await started();
    await put(pod('a', 'False'));
    assert.deepEqual(verdicts, [true, false]);
    await put(pod('a', 'True'));
    await clock.advance(HOLD_DOWN - 1);
    assert.deepEqual(verdicts, [true, false]);
    await clock.advance(1);
    assert.deepEqual(verdicts, [true, false, true]);
  });

  it('does not come back for a pod that is ready for moments only', async () => {
    await put(pod('a', 'True'));
    await started();
    for (let crash = 0; crash < 5; crash++) {
      await put(pod('a', 'False'));
      await clock.advance(1_000);
      await put(pod('a', 'True'));
      await clock.advance(HOLD_DOWN - 1);
    }
    assert.deepEqual(verdicts, [true, false]);
  });

  it('stays as it is while one pod takes over from another', async () => {
    await put(pod('a', 'True'));
    await started();
    await put(pod('b', 'True'), pod('a', 'False'));
    await put(pod('a', 'True'), pod('b', 'False'));
    assert.deepEqual(verdicts, [true]);
  });

  it('keeps its verdict while the API server is away', async () => {
    await put(pod('a', 'True'));
    const made = await started();
    api.goAway();
    api.remove(PODS, { name: 'a', namespace: 'shop' });
    await clock.advance(600_000);
    assert.equal(made.state.verdict.up, true);
    api.comeBack();
    await clock.advance(30_000);
    assert.equal(made.state.verdict.up, false);
  });

  it('starts with what an earlier run knew, and without it after a boot', async () => {
    await put(pod('a', 'True'));
    (await started()).close();
    api.goAway();
    assert.equal(loop().state.verdict.up, true);
    assert.equal(loop('boot-2').state.verdict.up, null);
  });

  it('is not held up by a pod that was not ready before a start and is now', async () => {
    await put(pod('a', 'False'));
    (await started()).close();
    await put(pod('a', 'True'));
    verdicts = [];
    await started();
    await clock.advance(HOLD_DOWN);
    assert.deepEqual(verdicts, [true]);
  });

  it('stops watching and tells nothing when it is closed', async () => {
    await put(pod('a', 'True'));
    const made = await started();
    assert.equal(api.watching, 1);
    made.close();
    await settled();
    assert.equal(api.watching, 0);
    await put(pod('a', 'False'));
    assert.deepEqual(verdicts, [true]);
  });

  it('shares an identity between equal methods and no others', () => {
    assert.equal(identityOf({ ...METHOD }), identityOf(METHOD));
    assert.notEqual(identityOf({ ...METHOD, namespace: 'default' }), identityOf(METHOD));
  });
});

describe('the memory of pods', () => {
  it('forgets what nobody follows any more', () => {
    let kept: unknown = null;
    const store = { read: () => kept, keep: (value: unknown) => void (kept = structuredClone(value)) };
    const memory = new KeptPodMemory(store, 'boot');
    memory.remember('a', true);
    memory.remember('b', false);
    memory.retain(new Set(['b']));
    const again = new KeptPodMemory(store, 'boot');
    assert.equal(again.recall('a'), null);
    assert.equal(again.recall('b'), false);
  });

  it('remembers nothing out of what it did not write', () => {
    for (const value of [
      null,
      7,
      [],
      {},
      { format: 1, bootId: 'boot', pods: 7 },
      { format: 2, bootId: 'boot' },
    ])
      assert.equal(new KeptPodMemory({ read: () => value, keep: () => undefined }, 'boot').recall('a'), null);
  });
});
