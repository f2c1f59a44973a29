import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Rescue } from '../../../src/node-agent/control/rescue.js';

describe('the rescue of addresses', () => {
  it('has everything it needs loaded before the emergency, and does nothing until then', async () => {
    let loaded = 0;
    let swept = 0;
    const rescue = new Rescue(() => {
      loaded += 1;
      return Promise.resolve(() => {
        swept += 1;
        return Promise.resolve(['198.51.100.100/32 on eth0']);
      });
    });
    assert.deepEqual([loaded, swept], [1, 0]);
    assert.deepEqual(await rescue.removeAddresses(), ['198.51.100.100/32 on eth0']);
    assert.deepEqual([loaded, swept], [1, 1]);
  });

  it('tells only in the emergency that what it needs could not be loaded', async () => {
    const rescue = new Rescue(() => Promise.reject(new Error('no such library')));
    await new Promise((resolve) => setImmediate(resolve));
    await assert.rejects(rescue.removeAddresses(), /no such library/);
  });
});
