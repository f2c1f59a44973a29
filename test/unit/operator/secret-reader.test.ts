import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecretReader } from '../../../src/operator/gather/secret-reader.js';
import { NO_OBSERVER } from '../../../src/platform/observer.js';
import { FakeKubeApi } from '../../support/fake-kube-api.js';
import { ManualClock } from '../../support/manual-clock.js';
import { RecordedLog } from '../../support/recorded-log.js';

const SECRET = { namespace: 'kube-vrrp', name: 'vrrp' };

test('whoever asks for a Secret after the end begins no watch, which nobody would end', async () => {
  const api = new FakeKubeApi();
  const clock = new ManualClock();
  const reader = new SecretReader({ api, clock, log: new RecordedLog(), observer: NO_OBSERVER });
  reader.secret('web', SECRET);
  await clock.advance(100);
  assert.equal(api.watching, 1);
  reader.close();
  await clock.advance(100);
  assert.equal(api.watching, 0);
  // What had begun before the end goes on for a while.
  assert.equal(reader.secret('web', SECRET), null);
  assert.equal(reader.password('other', { ...SECRET, key: 'password' }), null);
  await clock.advance(100);
  assert.equal(api.watching, 0);
});
