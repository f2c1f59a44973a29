import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagnoseRemarks } from '../../../src/node-agent/engine/diagnosis.js';
import { routerConfig } from '../../support/router-config.js';

void test('an advert shows what is odd about its sender, and what of that has passed', () => {
  const { found, past } = diagnoseRemarks(
    ['addressListDiffers', 'intervalDiffers'],
    '192.0.2.7',
    routerConfig(),
  );
  assert.deepEqual(
    found.map(({ code }) => code),
    ['AddressListDiffers'],
  );
  assert.match(found[0]?.message ?? '', /192\.0\.2\.7/);
  assert.deepEqual(past.map(({ code }) => code).sort(), ['OwnAddressHeard', 'PeerChecksumFormDiffers']);
});
