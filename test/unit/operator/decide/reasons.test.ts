import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { REASONS } from '../../../../src/api/v1alpha1/reasons.js';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('reasons.ts'))
  .map((file) => readFileSync(`src/${file}`, 'utf8'))
  .join('\n');

test('every reason of the catalogue is given by something', () => {
  assert.deepEqual(
    Object.keys(REASONS).filter((reason) => !sources.includes(`'${reason}'`)),
    [],
  );
});
