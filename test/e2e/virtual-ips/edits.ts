import assert from 'node:assert/strict';

import { wallClock } from '../../../lab/libc.js';
import { established } from '../support/established.js';
import { assertNothingLost, assertPath, within } from '../support/judge.js';
import { scenario } from '../support/scenario.js';
import { freeAddress } from '../support/settings.js';
import { A, LONGEST_OVERLAP, TOLD_WITHIN } from '../support/timing.js';

/** What people change while it runs. */
export function edits(): void {
  scenario(
    'priorities, addresses, interval and nodes are edited while a client loses nothing',
    async (stage) => {
      const address = freeAddress(1);
      const first = await established(stage, 'edited', { addresses: [address], vrid: 60 });
      const [, second = '', third = ''] = stage.preference('edited');
      const added = freeAddress(2);
      const client = await stage.prober(address);

      const began = await stage.edit('edited', { priority: 200, nodes: [{ name: second, priority: 250 }] });
      within(
        (await stage.holds(address, second, 15_000)) - began,
        TOLD_WITHIN,
        'edited priority: until the other node has the address',
      );
      await stage.settled('edited');

      await stage.edit('edited', { addresses: [address, added] });
      await stage.heldBy(added, [second], 15_000);
      await stage.settled('edited');
      assert.match(
        stage.virtualIPs.get('edited')?.status?.addresses ?? '',
        new RegExp(added.replaceAll('.', '[.]')),
      );

      const faster = await stage.edit('edited', { advertisementInterval: '200ms' });
      await stage.programmed('edited');
      await stage.passTime(A, 'adverts are counted');
      const adverts = stage.timeline
        .of('advert', wallClock() - A)
        .filter(({ host, advert }) => host === second && advert.vrid === 60);
      assert.ok(
        adverts.length >= 4,
        `${String(adverts.length)} adverts in a second, ${(wallClock() - faster).toFixed(0)} ms after the edit`,
      );
      assert.deepEqual(new Set(adverts.map(({ advert }) => advert.interval)), new Set([200]));

      await stage.edit('edited', {
        nodeSelector: {
          matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'NotIn', values: [second] }],
        },
      });
      await stage.heldBy(address, [first], 15_000);
      await stage.comesTo('edited', 'has two nodes', 15_000, ({ status }) => status?.nodes?.length === 2);
      // The VirtualRouter comes by a watch of its own, which may be behind.
      const others = [first, third].sort().join();
      await stage.eventually(`virtualip/edited is left to ${others}`, 5_000, () => {
        return [...stage.preference('edited')].sort().join() === others;
      });

      await stage.edit('edited', {
        addresses: [address],
        nodeSelector: null,
        nodes: null,
        priority: null,
        advertisementInterval: null,
      });
      await stage.heldBy(added, [], 15_000);
      await stage.settled('edited');
      await stage.heldBy(address, [first], 10_000);
      await stage.passTime(A / 2, 'the client is answered');
      const seen = await client.stop();
      assertPath(seen, [first, second, first]);
      assertNothingLost(seen, 'five edits');
      within(stage.longestOverlap(address, began), LONGEST_OVERLAP, 'edits: two nodes have the address');
    },
  );

  scenario(
    'IPv4 and IPv6 addresses of one VirtualIP are on one node, and move together without loss',
    async (stage) => {
      const address = freeAddress(6);
      const v6 = '2001:db8:2::b6';
      const first = await established(stage, 'dual', { addresses: [address, v6], vrid: 63 });
      const [, second = ''] = stage.preference('dual');
      assert.deepEqual(
        stage.virtualRouters.objects
          .filter(({ spec }) => spec.virtualIP === 'dual')
          .map(({ metadata, spec }) => `${metadata.name} ${String(spec.vrid)} ${spec.family}`)
          .sort(),
        ['dual-ipv4 63 IPv4', 'dual-ipv6 63 IPv6'],
      );
      assert.equal(stage.virtualIPs.get('dual')?.status?.addresses, `${address}, ${v6}`);
      const clients = [await stage.prober(address), await stage.prober(v6)];
      await stage.edit('dual', { priority: 200, nodes: [{ name: second, priority: 250 }] });
      for (const each of [address, v6]) await stage.heldBy(each, [second], 15_000);
      await stage.comesTo('dual', `names ${second}`, TOLD_WITHIN, ({ status }) => status?.holder === second);
      await stage.passTime(A / 2, 'the client is answered');
      for (const [index, client] of clients.entries()) {
        const seen = await client.stop();
        assertPath(seen, [first, second]);
        assertNothingLost(seen, index === 0 ? 'dual stack, IPv4' : 'dual stack, IPv6');
      }
    },
  );
}
