import assert from 'node:assert/strict';
import { test } from 'node:test';

import { wakeAt } from '../../../src/node-agent/engine/waking.js';
import { deadlineOf } from '../../../src/node-agent/vrrp/router.js';
import { type Micros, after, fromMillis, fromSeconds } from '../../../src/values/time.js';
import { DrivenRouter, OURS } from '../../support/driven-router.js';
import { routerConfig } from '../../support/router-config.js';

const FEW = 15;
const CROWD = 16;

/** A router that has been Active for `passed`. */
function activeFor(passed: Micros): DrivenRouter {
  const router = new DrivenRouter(routerConfig({ basePriority: 255, advertisementInterval: fromSeconds(1) }));
  router.start(OURS);
  router.wait(passed);
  assert.equal(router.state.name, 'Active');
  return router;
}

void test('an advert waits for others in a crowd, for a 256th of its interval', () => {
  const { state } = activeFor(fromSeconds(30));
  assert.ok(state.name === 'Active');
  assert.equal(wakeAt(state, FEW), state.adverAt);
  assert.equal(wakeAt(state, CROWD), after(state.adverAt, fromMillis(1_000 / 256)));
});

void test('an announcement waits for nobody', () => {
  const { state } = activeFor(fromMillis(10));
  assert.ok(state.name === 'Active' && state.announcing.at !== null);
  assert.ok(state.announcing.at < state.adverAt);
  assert.equal(wakeAt(state, CROWD), state.announcing.at);
});

void test('neither does a Backup', () => {
  const router = new DrivenRouter(routerConfig({ basePriority: 100 }));
  router.start(OURS);
  assert.equal(router.state.name, 'Backup');
  assert.equal(wakeAt(router.state, CROWD), deadlineOf(router.state));
});
