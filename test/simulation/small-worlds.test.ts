import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SMALL_WORLDS } from '../../simulation/small-world/report.js';
import { search } from '../../simulation/small-world/search.js';

/** Every order of so many events; `make simulate DEPTH=12` goes further. */
const DEPTH = 8;

for (const { title, less, world } of SMALL_WORLDS)
  test(`${title}: in no order of ${String(DEPTH - less)} events two keep the address, or one that could does not get it`, (t) => {
    const found = search({ ...world, depth: DEPTH - less });
    t.diagnostic(`${String(found.states)} states, ${String(found.moves)} moves`);
    assert.equal(found.violation, null, [found.violation?.seen, ...(found.violation?.way ?? [])].join('\n'));
    assert.ok(found.states > 300 && found.moves > found.states, 'and there were many');
  });
