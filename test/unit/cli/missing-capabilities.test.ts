import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { missingCapabilities } from '../../../src/cli/missing-capabilities.js';

const statusWith = (effective: string): string =>
  `Name:\tnode\nCapPrm:\t000001ffffffffff\nCapEff:\t${effective}\nCapBnd:\t000001ffffffffff\n`;

describe('missing capabilities', () => {
  it('are none for root, and for NET_ADMIN and NET_RAW alone', () => {
    assert.deepEqual(missingCapabilities(statusWith('000001ffffffffff')), []);
    assert.deepEqual(missingCapabilities(statusWith('0000000000003000')), []);
  });

  it('are those of the effective set, not of the permitted one', () => {
    assert.deepEqual(missingCapabilities(statusWith('0000000000000000')), ['NET_ADMIN', 'NET_RAW']);
    assert.deepEqual(missingCapabilities(statusWith('0000000000001000')), ['NET_RAW']);
    assert.deepEqual(missingCapabilities(statusWith('0000000000002000')), ['NET_ADMIN']);
  });

  it('are not claimed when the kernel does not tell', () => {
    assert.deepEqual(missingCapabilities('Name:\tnode\n'), []);
  });
});
