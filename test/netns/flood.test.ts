import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { UNRECORDED_MAC } from '../../lab/capture.js';
import { ethernetFrame, ipPacket } from '../../lab/frames.js';
import { Injector } from '../../lab/inject.js';
import { macOf } from '../../lab/lan.js';
import { wallClock } from '../../lab/libc.js';
import { scenario } from './support/scenario.js';
import { Stage } from './support/stage.js';
import { A, EPSILON } from './support/timing.js';

const S1 = { iut: { priority: 150 }, ka: { priority: 100 } };

describe('floods', () => {
  scenario(
    'INT-039 10,000 random datagrams a second neither move nor silence the Active router',
    async (lab) => {
      const stage = await Stage.withIutActive(lab, S1);
      const since = wallClock();
      const flood = await new Injector(stage.r3).flood(10_000, randomFrames(4096, 51));
      await lab.passTime(6 * A, 'random datagrams come in');
      await flood.stop();
      assert.ok(flood.sent > 30_000, `only ${String(flood.sent)} datagrams were sent`);
      stage.assertUndisturbed(stage.r1, since);
      stage.assertCadence(stage.r1, since, A, 2 * EPSILON);
      const lines = lab.timeline.of('log', since).filter(({ host }) => host === 'r1').length;
      assert.ok(lines <= 120, `${String(lines)} log lines in six seconds`);
      assert.ok(stage.agent.program.running);
      const { counters } = await stage.agent.router();
      assert.ok((counters['checksumErrors'] ?? 0) + (counters['versionErrors'] ?? 0) > 0, 'they did come in');
    },
    { agentOnly: 'steady cadence under invalid adverts (K-30)', alone: true },
  );
});

/** Datagrams of protocol 112 with 0 to 1480 random octets; a third of them begin like adverts for this router. */
function randomFrames(count: number, seed: number): Buffer[] {
  let state = seed;
  const random = (limit: number): number => {
    // xorshift32: the same datagrams in every run.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  return Array.from({ length: count }, (_, index) => {
    const payload = Buffer.from(Array.from({ length: random(1481) }, () => random(256)));
    if (index % 3 === 0 && payload.length > 1) payload.set([0x21, 51]);
    return ethernetFrame(ipPacket('192.0.2.3', '224.0.0.18', payload), UNRECORDED_MAC, macOf(1));
  });
}
