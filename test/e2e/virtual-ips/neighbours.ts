import assert from 'node:assert/strict';

import { Keepalived } from '../../../lab/keepalived.js';
import { established } from '../support/established.js';
import { assertNothingLost, assertPath, within } from '../support/judge.js';
import { condition } from '../support/objects.js';
import { scenario } from '../support/scenario.js';
import { freeAddress } from '../support/settings.js';
import { A, EPSILON, TOLD_WITHIN } from '../support/timing.js';

/** Routers on the segment that are none of ours. */
export function neighbours(): void {
  scenario(
    'a keepalived with the same VRID and address is a backup, or the holder, as its priority says, and the status tells',
    async (stage) => {
      const address = freeAddress(8);
      const holder = await established(stage, 'shared', { addresses: [address], vrid: 65, priority: 200 });
      const outside = await stage.lab.addHost('outside', 40);
      const router = { vrid: 65, addresses: [address], version: 3, priority: 50 } as const;
      const keepalived = new Keepalived(outside, [router]);
      const client = await stage.prober(address);
      await keepalived.start();
      await stage.passTime(4 * A, 'a weaker router changes nothing');
      assert.deepEqual(stage.holders(address), [holder]);
      assert.equal(condition(stage.virtualIPs.get('shared'), 'Ready')?.reason, 'Held');
      await keepalived.reconfigure([{ ...router, priority: 230 }]);
      await stage.heldBy(address, ['outside'], 10_000);
      await stage.comesTo(
        'shared',
        'tells that it is held outside',
        TOLD_WITHIN + A,
        (object) => condition(object, 'Ready')?.reason === 'HeldOutside',
      );
      const ready = condition(stage.virtualIPs.get('shared'), 'Ready');
      assert.equal(ready?.status, 'False');
      assert.match(ready.message, /192\.0\.2\.40/, 'the message names the stranger');
      assert.equal(stage.virtualIPs.get('shared')?.status?.holder, undefined);
      await keepalived.terminate();
      await stage.heldBy(address, [holder], 10_000);
      await stage.settled('shared');
      await stage.passTime(A / 2, 'the client is answered');
      const seen = await client.stop();
      assertPath(seen, [holder, 'outside', holder]);
      within(
        seen.longestGap,
        1000 + EPSILON,
        'keepalived takes the address and resigns: longest gap of a client',
      );
    },
  );

  scenario(
    'a keepalived of somebody else with the same VRID does not take the address away, and is named',
    async (stage) => {
      const address = freeAddress(9);
      const holder = await established(stage, 'stranger', { addresses: [address], vrid: 66 });
      const elsewhere = await stage.lab.addHost('stranger', 41);
      const keepalived = new Keepalived(elsewhere, [
        { vrid: 66, addresses: ['192.0.2.42'], version: 3, priority: 100 },
      ]);
      const client = await stage.prober(address);
      await keepalived.start();
      await stage.passTime(5 * A, 'two owners of a VRID meet');
      assert.deepEqual(stage.holders(address), [holder]);
      await stage.comesTo('stranger', 'names it', TOLD_WITHIN, (object) => {
        const degraded = condition(object, 'Degraded');
        return degraded?.status === 'True' && degraded.message.includes('192.0.2.41');
      });
      const seen = await client.stop();
      assertNothingLost(seen, 'a stranger with the same VRID');
      await keepalived.terminate();
    },
  );
}
