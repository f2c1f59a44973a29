import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe } from 'node:test';

import { type Envelope, Injector, advertFrame } from '../../lab/inject.js';
import { macOf } from '../../lab/lan.js';
import { wallClock } from '../../lab/libc.js';
import { assertAtMost, assertNear } from './support/judge.js';
import { IUT, scenario } from './support/scenario.js';
import { Stage } from './support/stage.js';
import { A, EPSILON, down, skew } from './support/timing.js';

const S1 = { iut: { priority: 150 }, ka: { priority: 100 } };
const S2 = { iut: { priority: 100 }, ka: { priority: 150, keepalivedLines: ['lower_prio_no_advert'] } };

/** From r3 to r1 alone: what is wrong on purpose also silences a keepalived that hears it (K-30). */
const TO_R1: Envelope = { source: '192.0.2.3', toMac: macOf(1) };

const V2_DEFECTS = [
  { counter: 'rcvdInvalidTypePackets', frame: advertFrame({ priority: 200, type: 2 }, TO_R1) }, // NV-3
  { counter: 'advertiseIntervalErrors', frame: advertFrame({ priority: 200, interval: 2 }, TO_R1) }, // NV-6
  { counter: 'packetLengthErrors', frame: advertFrame({ priority: 200, addresses: [] }, TO_R1) }, // NV-8
  { counter: 'checksumErrors', frame: advertFrame({ priority: 200, checksum: 0x1234 }, TO_R1) }, // NV-9
  { counter: 'ipTtlErrors', frame: advertFrame({ priority: 200 }, { ...TO_R1, hopLimit: 254 }) },
  { counter: null, frame: advertFrame({ priority: 200, vrid: 52 }, TO_R1) },
];
const V3_DEFECTS = [
  { counter: 'packetLengthErrors', frame: advertFrame({ version: 3, priority: 200, addresses: [] }, TO_R1) }, // NV-4
  { counter: 'packetLengthErrors', frame: advertFrame({ version: 3, priority: 200, count: 2 }, TO_R1) }, // NV-5
];
const SETS = [
  { version: 2, name: 'NV-3, NV-6, NV-8, NV-9, TTL 254 and VRID 52', defects: V2_DEFECTS },
  { version: 3, name: 'NV-4 and NV-5', defects: V3_DEFECTS },
] as const;

/** How often each counter must have risen after `sent` frames, taken in turn. */
function expectedCounts(defects: readonly { counter: string | null }[], sent: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let index = 0; index < sent; index++) {
    const counter = defects[index % defects.length]?.counter ?? null;
    if (counter !== null) counts.set(counter, (counts.get(counter) ?? 0) + 1);
  }
  return counts;
}

async function assertCounted(stage: Stage, expected: ReadonlyMap<string, number>): Promise<void> {
  if (IUT !== 'agent') return;
  for (const [counter, count] of expected)
    await stage.agent.awaitRouter(
      `${counter} is ${String(count)}`,
      3000,
      ({ counters }) => counters[counter] === count,
    );
}

describe('invalid adverts', { concurrency: 3 }, () => {
  for (const { version, name, defects } of SETS) {
    const each = 1000 / 5 / defects.length;
    const frames = defects.map(({ frame }) => frame);

    scenario(`INT-037 ${name} do not refresh the timer of a Backup`, async (lab) => {
      const ka = { ...S2.ka, version };
      const stage = await Stage.withKaActive(lab, { iut: { ...S2.iut, version }, ka });
      const stop = new Injector(stage.r3).every(each, frames);
      await lab.passTime(down(100) + A, 'invalid adverts come in');
      stage.assertNeverHeld(stage.r1);
      await stage.ka.kill();
      const held = await stage.holds(stage.r1, 6000);
      const last = stage.lastAdvert(stage.r2);
      assertNear(held - last.at, down(100), 'from the last advert to holding the address');
      await assertCounted(stage, expectedCounts(defects, stop()));
    });

    scenario(
      `INT-038 ${name} do not disturb an Active router, and each is counted`,
      async (lab) => {
        const stage = await Stage.withIutActive(lab, {
          iut: { ...S1.iut, version },
          ka: { ...S1.ka, version },
        });
        const since = wallClock();
        const before = cpuSeconds(stage.agent.program.pid);
        const stop = new Injector(stage.r3).every(each, frames);
        await lab.passTime(6 * A, 'invalid adverts come in');
        const sent = stop();
        stage.assertCadence(stage.r1, since);
        stage.assertUndisturbed(stage.r1, since);
        await assertCounted(stage, expectedCounts(defects, sent));
        const share = (cpuSeconds(stage.agent.program.pid) - before) / ((wallClock() - since) / 1000);
        assert.ok(share < 0.05, `the VRRP process used ${(share * 100).toFixed(1)} % of a core`);
      },
      { agentOnly: 'steady cadence under invalid adverts (K-30)' },
    );
  }

  for (const [cast, role] of [
    [S1, 'an Active router'],
    [S2, 'a Backup'],
  ] as const) {
    scenario(
      `INT-034 NV-1, an interval of 0, does not move ${role}`,
      async (lab) => {
        const settings = {
          iut: { ...cast.iut, version: 3 as const },
          ka: { ...cast.ka, version: 3 as const },
        };
        const active = cast === S1;
        const stage = active
          ? await Stage.withIutActive(lab, settings)
          : await Stage.withKaActive(lab, settings);
        const since = wallClock();
        const stop = new Injector(stage.r3).every(500, [
          advertFrame({ version: 3, priority: 200, interval: 0 }, TO_R1),
        ]);
        await lab.passTime(8 * A, 'adverts with interval 0 come in');
        const sent = stop();
        stage.assertUndisturbed(active ? stage.r1 : stage.r2, since);
        await assertCounted(stage, new Map([['advIntervalErrors', sent]]));
      },
      { agentOnly: 'defence against an interval of 0 (K-31)' },
    );
  }

  scenario('INT-037 NV-2, reserved bits that are set, is accepted', async (lab) => {
    const stage = await Stage.withIutActive(lab, {
      iut: { ...S1.iut, version: 3 },
      ka: { ...S1.ka, version: 3 },
    });
    new Injector(stage.r3).once(advertFrame({ version: 3, priority: 200, reserved: 15 }, TO_R1));
    await stage.leaves(stage.r1, EPSILON);
  });
});

describe('valid adverts of a stranger', { concurrency: 3 }, () => {
  scenario(
    'INT-040 priority 0 again and again keeps a Backup waiting for S(100) after the last',
    async (lab) => {
      const stage = await Stage.withKaActive(lab, S2);
      await stage.ka.kill();
      const injector = new Injector(stage.r3);
      const stop = injector.every(300, [advertFrame({ priority: 0 }, TO_R1)]);
      await lab.passTime(down(100) + A, 'resignations come in');
      stage.assertNeverHeld(stage.r1);
      stop();
      const held = await stage.holds(stage.r1, 2000);
      const last = stage.lastAdvert(stage.r3);
      assertNear(held - last.at, skew(100), 'from the last resignation to holding the address');
    },
  );

  scenario('INT-041 an Active router answers priority 0 at once, and starts a new interval', async (lab) => {
    const stage = await Stage.withIutActive(lab, S1);
    await stage.advertOf(stage.r1, wallClock(), 2 * A);
    await lab.passTime(A / 2, 'half an interval passes');
    const injected = wallClock();
    new Injector(stage.r3).once(advertFrame({ priority: 0 }, TO_R1));
    const answer = await stage.advertOf(stage.r1, injected, A);
    assertAtMost(answer.at - injected, EPSILON, 'until the answer');
    const next = await stage.advertOf(stage.r1, answer.at + 1, 2 * A);
    assertNear(next.at - answer.at, A, 'until the next advert');
  });

  scenario('INT-042 an equal priority wins by the greater address only', async (lab) => {
    const stage = await Stage.withIutActive(lab, { ...S1, numbers: [10, 2, 3] });
    const toMac = macOf(10);
    const injector = new Injector(stage.r3);
    await stage.advertOf(stage.r1, wallClock(), 2 * A);
    await lab.passTime(A / 2, 'half an interval passes');
    const lower = wallClock();
    injector.once(advertFrame({ priority: 150 }, { source: '192.0.2.9', toMac }));
    await lab.passTime(2 * EPSILON, 'it is answered, not obeyed');
    assert.equal(stage.adverts(stage.r1, lower).length, 1, 'one advert at once');
    assert.deepEqual(stage.holders(), ['r1']);
    const higher = wallClock();
    injector.once(advertFrame({ priority: 150 }, { source: '192.0.2.11', toMac }));
    const left = (await stage.leaves(stage.r1, 1000)) ?? 0;
    assertAtMost(left - higher, EPSILON, 'until the address is left');
  });

  scenario(
    'INT-043 an advert from our own address changes nothing and is not answered',
    async (lab) => {
      const stage = await Stage.withIutActive(lab, S1);
      // The kernel drops packets that claim to come from this host, unless it is told not to.
      await stage.r1.sysctl('net.ipv4.conf.eth0.accept_local', 1);
      await stage.r1.sysctl('net.ipv4.conf.all.rp_filter', 0);
      await stage.r1.sysctl('net.ipv4.conf.eth0.rp_filter', 0);
      await stage.advertOf(stage.r1, wallClock(), 2 * A);
      const since = wallClock();
      const stop = new Injector(stage.r3).every(100, [
        advertFrame({ priority: 150 }, { ...TO_R1, source: '192.0.2.1' }),
      ]);
      await lab.passTime(5 * A, 'they come in');
      stop();
      stage.assertUndisturbed(stage.r1, since);
      stage.assertCadence(stage.r1, since);
      const { counters } = await stage.agent.router();
      assert.ok((counters['ownAddressHeard'] ?? 0) > 10, 'they were heard');
    },
    { agentOnly: 'steady cadence under adverts from its own address (K-30)' },
  );
});

/** CPU time that a process has used. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
