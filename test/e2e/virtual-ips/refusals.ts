import assert from 'node:assert/strict';

import { established } from '../support/established.js';
import { assertNothingLost } from '../support/judge.js';
import { condition, virtualIP } from '../support/objects.js';
import { anywhere, scenario } from '../support/scenario.js';
import { freeAddress } from '../support/settings.js';
import { A, TOLD_WITHIN } from '../support/timing.js';

/** What people get wrong, and what becomes of what ran before. */
export function refusals(): void {
  anywhere('kubectl apply refuses fields that make no sense, and names them', async (stage) => {
    const address = freeAddress(1);
    const refused: readonly (readonly [spec: Record<string, unknown>, field: RegExp])[] = [
      [{ addresses: [address], vrid: 300 }, /spec\.vrid/],
      [{ addresses: [address], vrid: 0 }, /spec\.vrid/],
      [{ addresses: [] }, /spec\.addresses/],
      [{ addresses: ['not an address'] }, /spec\.addresses/],
      [{ addresses: [address], priority: 256 }, /spec\.priority/],
      [{ addresses: [address], vrrpVersion: 4 }, /spec\.vrrpVersion/],
      [{ addresses: [address], preemption: { mode: 'Sometimes' } }, /spec\.preemption\.mode/],
      [{ addresses: [address], advertisementInterval: 'soon' }, /spec\.advertisementInterval/],
      [{ vrid: 7 }, /addresses/],
      [{ addresses: [address], virtualRouterId: 7 }, /virtualRouterId/],
    ];
    for (const [spec, field] of refused) {
      const manifest = virtualIP('refused', spec as Parameters<typeof virtualIP>[1]);
      await assert.rejects(
        stage.access.kubectl(['apply', '--filename=-'], { input: manifest }),
        (error: Error) => field.test(error.message.split('{"apiVersion"')[0] ?? ''),
        manifest,
      );
    }
    assert.equal(stage.virtualIPs.get('refused'), undefined);
  });

  scenario(
    'a spec that contradicts itself is not accepted, all its problems are named, and what ran goes on',
    async (stage) => {
      const address = freeAddress(3);
      const holder = await established(stage, 'contradiction', { addresses: [address], vrid: 61 });
      const client = await stage.prober(address);
      await stage
        .edit('contradiction', {
          vrrpVersion: 2,
          advertisementInterval: '150ms',
          checksum: 'MessageOnly',
          addresses: [address, '2001:db8:2::b5'],
        })
        .then(() =>
          stage.comesTo(
            'contradiction',
            'is refused',
            TOLD_WITHIN,
            (object) => condition(object, 'Accepted')?.status === 'False',
          ),
        )
        // A newer API server knows the rules itself.
        .catch((error: unknown) => assert.match(String(error), /advertisementInterval/));
      const accepted = condition(stage.virtualIPs.get('contradiction'), 'Accepted');
      if (accepted?.status === 'False') {
        assert.equal(accepted.reason, 'Invalid');
        for (const field of [/spec\.advertisementInterval/, /spec\.addresses\[1\]/])
          assert.match(accepted.message, field);
      }
      assert.equal(
        condition(stage.virtualIPs.get('contradiction'), 'Ready')?.status,
        'True',
        'it is held all the same',
      );
      await stage.passTime(2 * A, 'what ran goes on');
      await stage.edit('contradiction', {
        vrrpVersion: 3,
        advertisementInterval: '1s',
        checksum: null,
        addresses: [address],
      });
      await stage.settled('contradiction');
      const seen = await client.stop();
      assert.deepEqual(seen.answeredBy, [holder]);
      assertNothingLost(seen, 'an edit that is refused');
    },
  );

  scenario(
    'of two VirtualIPs with the same VRID or address the first goes on, and the second waits until that is free',
    async (stage) => {
      const address = freeAddress(4);
      const other = freeAddress(5);
      const holder = await established(stage, 'first', { addresses: [address], vrid: 62 });
      const client = await stage.prober(address);
      await stage.applyVirtualIP('same-vrid', { addresses: [other], vrid: 62 });
      await stage.applyVirtualIP('same-address', { addresses: [`${address}/24`] });
      for (const [name, reason] of [
        ['same-vrid', 'VRIDConflict'],
        ['same-address', 'AddressConflict'],
      ] as const) {
        await stage.comesTo(
          name,
          `is refused for ${reason}`,
          TOLD_WITHIN,
          (object) => condition(object, 'Accepted')?.reason === reason,
        );
        assert.match(condition(stage.virtualIPs.get(name), 'Accepted')?.message ?? '', /first/);
        assert.equal(condition(stage.virtualIPs.get(name), 'Ready')?.status, 'False');
      }
      await stage.passTime(A, 'nothing happens');
      assertNothingLost(await client.stop(), 'others ask for the same');
      assert.deepEqual(stage.holders(address), [holder]);
      assert.deepEqual(stage.holders(other), []);
      await stage.kubectl('delete', 'virtualip', 'first');
      await stage.settled('same-vrid');
      await stage.settled('same-address');
      await stage.heldBy(other, stage.preference('same-vrid').slice(0, 1), 5000);
      await stage.heldBy(address, stage.preference('same-address').slice(0, 1), 5000);
    },
  );
}
