import assert from 'node:assert/strict';

import { wallClock } from '../../../lab/libc.js';
import { assertNothingLost } from '../support/judge.js';
import { condition } from '../support/objects.js';
import { scenario } from '../support/scenario.js';
import { NAMESPACE, freeAddress } from '../support/settings.js';
import type { LabStage } from '../support/stage.js';
import { A, TOLD_WITHIN } from '../support/timing.js';

const NAME = 'guarded';
const SECRET = 'vrrp-password';
const VRID = 68;
/** RFC 2338 §5.3.6: a simple text password. */
const SIMPLE_TEXT = 1;

/** Passwords of VRRP version 2, which come from a Secret. */
export function passwords(): void {
  scenario(
    'the password of version 2 comes from a Secret, follows its changes without loss, and without the Secret stays what it was',
    async (stage) => {
      const address = freeAddress(11);
      stage.defer(() => writeSecret(stage, null));
      await stage.applyVirtualIP(NAME, {
        addresses: [address],
        vrid: VRID,
        vrrpVersion: 2,
        authentication: { type: 'Password', secretRef: { name: SECRET } },
      });
      await refusedFor(stage, /does not exist.*kubectl create secret/);
      assert.deepEqual(stage.holders(address), [], 'nothing runs without the password');

      await writeSecret(stage, 'first');
      await stage.settled(NAME);
      const [holder = ''] = stage.preference(NAME);
      await stage.heldBy(address, [holder], 10_000);
      await carries(stage, holder, 'first');

      const client = await stage.prober(address);
      await writeSecret(stage, 'second');
      await carries(stage, holder, 'second');
      await stage.passTime(4 * A, 'a Backup that did not know the new one would take over');
      assert.deepEqual(stage.holders(address), [holder]);

      await writeSecret(stage, 'longer than eight');
      await refusedFor(stage, /8/);
      await writeSecret(stage, null);
      await refusedFor(stage, /does not exist/);
      await stage.passTime(4 * A, 'what ran goes on');
      await carries(stage, holder, 'second');
      assert.equal(condition(stage.virtualIPs.get(NAME), 'Ready')?.status, 'True');
      await writeSecret(stage, 'third');
      await carries(stage, holder, 'third');
      await stage.settled(NAME);
      const seen = await client.stop();
      assert.deepEqual(seen.answeredBy, [holder]);
      assertNothingLost(seen, 'passwords that change, and a Secret that is deleted');
    },
  );
}

/** null: deletes it. */
async function writeSecret(stage: LabStage, password: string | null): Promise<void> {
  stage.timeline.step(
    password === null ? 'the Secret is deleted' : `the Secret has the password ${password}`,
  );
  const metadata = { name: SECRET, namespace: NAMESPACE };
  const input = JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Secret', metadata },
    ...(password === null ? {} : { stringData: { password } }),
  });
  const argv = password === null ? ['delete', '--ignore-not-found'] : ['apply'];
  await stage.access.kubectl([...argv, '--filename=-'], { input });
}

const refusedFor = (stage: LabStage, message: RegExp): Promise<number> =>
  stage.comesTo(NAME, `is refused: ${message.source}`, TOLD_WITHIN, (object) => {
    const accepted = condition(object, 'Accepted');
    return (
      accepted?.status === 'False' && accepted.reason === 'PasswordUnusable' && message.test(accepted.message)
    );
  });

/** Waits until the adverts of the holder have this password. */
async function carries(stage: LabStage, holder: string, password: string): Promise<void> {
  const since = wallClock();
  await stage.eventually(`adverts have the password ${password}`, TOLD_WITHIN + A, () =>
    stage.timeline.of('advert', since).some(({ host, advert }) => {
      const { vrid, version, authentication, message } = advert;
      const text = message.subarray(-8).toString('latin1').replace(/\0+$/, '');
      return (
        host === holder &&
        vrid === VRID &&
        version === 2 &&
        authentication === SIMPLE_TEXT &&
        text === password
      );
    }),
  );
}
