import assert from 'node:assert/strict';

import { condition } from '../support/objects.js';
import { scenario } from '../support/scenario.js';
import { freeAddress } from '../support/settings.js';
import type { LabStage } from '../support/stage.js';
import { A, TOLD_WITHIN } from '../support/timing.js';

/** Which nodes take part. */
export function membership(): void {
  scenario(
    'a selector that matches no node is told as NoMembers, the first node that it matches holds the address, and keeps it when it is the last one',
    async (stage) => {
      const label = 'tests.kube-vrrp.io/member';
      const address = freeAddress(10);
      const node = stage.cluster.nodes[1]?.name ?? '';
      stage.defer(() => stage.kubectl('label', 'node', node, `${label}-`));
      await stage.applyVirtualIP('nobody', {
        addresses: [address],
        vrid: 67,
        nodeSelector: { matchLabels: { [label]: 'yes' } },
      });
      await told(stage);
      assert.deepEqual(stage.holders(address), []);

      await stage.kubectl('label', 'node', node, `${label}=yes`);
      await stage.heldBy(address, [node], 15_000);
      await stage.comesTo(
        'nobody',
        `is held by ${node}`,
        TOLD_WITHIN,
        ({ status }) => status?.holder === node,
      );
      const redundant = condition(stage.virtualIPs.get('nobody'), 'Redundant');
      assert.deepEqual([redundant?.status, redundant?.reason], ['False', 'NoBackup']);

      await stage.kubectl('label', 'node', node, `${label}-`);
      await stage.comesTo('nobody', 'says that its last node is kept', TOLD_WITHIN, (object) => {
        const { status, reason, message = '' } = condition(object, 'Programmed') ?? {};
        return status === 'False' && reason === 'NodesKept' && message.includes(node);
      });
      await stage.passTime(
        4 * A,
        'an address on a node that is not wanted is better than one that nobody has',
      );
      assert.deepEqual(stage.holders(address), [node]);
    },
  );
}

/** The status says that nobody takes part, and what to compare. */
async function told(stage: LabStage): Promise<void> {
  await stage.comesTo('nobody', 'says that no node takes part', 15_000, (object) =>
    (['Ready', 'Programmed', 'Redundant'] as const).every((type) => {
      const { status, reason } = condition(object, type) ?? {};
      return status === 'False' && reason === 'NoMembers';
    }),
  );
  const object = stage.virtualIPs.get('nobody');
  assert.match(condition(object, 'Ready')?.message ?? '', /nodeSelector/);
  assert.equal(condition(object, 'Accepted')?.status, 'True');
  assert.equal(object?.status?.holder, undefined);
}
