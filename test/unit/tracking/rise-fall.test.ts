import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NO_VERDICT, type Verdict, afterResult } from '../../../src/node-agent/tracking/rise-fall.js';

/** The verdicts after each of the results, written `+` for a success and `-` for a failure. */
function verdicts(results: string, rise: number, fall: number): string {
  let verdict: Verdict = NO_VERDICT;
  return Array.from(results, (result) => {
    verdict = afterResult(verdict, result === '+', { rise, fall });
    return verdict.up === true ? 'U' : 'd';
  }).join('');
}

describe('rise and fall', () => {
  it('lets the first result decide at once, whatever the thresholds', () => {
    assert.equal(verdicts('+', 5, 5), 'U');
    assert.equal(verdicts('-', 5, 5), 'd');
  });

  it('takes `fall` failures in a row to count an object as failed', () => {
    assert.equal(verdicts('+---', 2, 3), 'UUUd');
  });

  it('takes `rise` successes in a row to count it as up again', () => {
    assert.equal(verdicts('-+++', 3, 2), 'dddU');
  });

  it('starts to count anew when the run is broken', () => {
    assert.equal(verdicts('+--+--+---', 2, 3), 'UUUUUUUUUd');
    assert.equal(verdicts('-+-+-++', 2, 3), 'ddddddU');
  });

  it('follows every result with thresholds of 1', () => {
    assert.equal(verdicts('+-+-', 1, 1), 'UdUd');
  });
});
