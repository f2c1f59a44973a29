import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Schedule } from '../../simulation/schedule.js';
import { simulate } from '../../simulation/simulate.js';

/* Schedules, shortened, that once showed a defect of the product or of the simulator. Their names say which. */

const FOLDER = join(import.meta.dirname, 'regressions');

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.json')))
  test(`nothing is wrong any more with ${file.replace('.json', '').replaceAll('-', ' ')}`, async () => {
    const schedule = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Schedule;
    const { violation } = await simulate(schedule);
    assert.equal(violation, null, violation?.seen);
  });
