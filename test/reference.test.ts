import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { format, resolveConfig } from 'prettier';
import { REFERENCE_FILE, virtualIPReference } from '../scripts/virtual-ip-reference.js';

test('the reference of VirtualIP is the one that its schema gives: run "make reference" after a change', async () => {
  const options = { ...(await resolveConfig(REFERENCE_FILE)), parser: 'markdown' } as const;
  assert.equal(readFileSync(REFERENCE_FILE, 'utf8'), await format(virtualIPReference(), options));
});
