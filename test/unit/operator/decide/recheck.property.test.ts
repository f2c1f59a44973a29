import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { decide } from '../../../../src/operator/decide/decide.js';
import { NOW, carriedOut, deployed, later, told, virtualIP } from './cluster.js';

const ago = (longest: number) => fc.integer({ min: 0, max: longest }).map((before) => NOW - before);

const said = fc.dictionary(
  fc.constantFrom('edge-1', 'edge-2', 'edge-3'),
  fc
    .record({
      state: fc.constantFrom('Initialize' as const, 'Backup' as const, 'Active' as const, 'Active' as const),
      heardAt: ago(40_000),
      sinceThen: fc.integer({ min: 0, max: 20_000 }),
      elsewhere: fc.integer({ min: 0, max: 20_000 }),
      active: fc.option(
        fc.constantFrom({ source: '192.0.2.1', priority: 9 }, { source: '192.0.2.2', priority: 9 }),
        {
          nil: undefined,
        },
      ),
      source: fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3'),
    })
    .map(({ sinceThen, elsewhere, active, ...rest }) => ({
      ...rest,
      ...(active === undefined ? {} : { active }),
      seenAt: rest.heardAt - sinceThen,
      agentHeardAt: Math.min(NOW, rest.heardAt + elsewhere),
    })),
);

it('as long as nothing is heard, the status stays true until the operator looks again', () => {
  const start = deployed({ virtualIP: virtualIP({ addresses: ['192.0.2.100', '2001:db8::1'] }) });
  fc.assert(
    fc.property(said, said, fc.double({ min: 0, max: 1, noNaN: true }), (four, six, part) => {
      const input = carriedOut(told(told(start, four), six, 'IPv6'));
      const { recheckAfter } = decide(input);
      // Without a recheck: however long.
      const wait = Math.floor(part * ((recheckAfter ?? 1_000_000) - 2));
      const then = decide(later(input, wait));
      assert.equal(then.status, input.virtualIP.status);
      assert.deepEqual([then.apply, then.remove, then.events], [[], [], []]);
    }),
    { numRuns: 150 },
  );
});
