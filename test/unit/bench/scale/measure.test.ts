import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { requestIn } from '../../../../bench/scale/measure/audit-tail.js';
import { parsePeak, parseSamples, sumOfSamples } from '../../../../bench/scale/measure/parse.js';
import {
  countOf,
  needlessWrites,
  refusals,
  tallyOf,
  writtenAgain,
} from '../../../../bench/scale/measure/requests.js';
import { lowestAtEnds, slopePerHour } from '../../../../bench/scale/measure/slope.js';

describe('what the operator tells of itself', () => {
  const samples = parseSamples(
    '# HELP requests total\nrequests_total{verb="get",code="200"} 3\nrequests_total{verb="put",code="none"} 2\nheap 1.5e+6\nbroken{',
  );

  it('is read sample by sample', () => {
    assert.deepEqual(samples[0], { name: 'requests_total', labels: { verb: 'get', code: '200' }, value: 3 });
    assert.deepEqual(samples[2], { name: 'heap', labels: {}, value: 1_500_000 });
    assert.equal(samples.length, 3);
  });

  it('is summed by name and labels', () => {
    assert.equal(sumOfSamples(samples, 'requests_total'), 5);
    assert.equal(sumOfSamples(samples, 'requests_total', { code: 'none' }), 2);
    assert.equal(sumOfSamples(samples, 'nothing'), 0);
  });
});

it('the peak of memory is read from proc(5)', () => {
  assert.equal(parsePeak('Name:\tnode\nVmPeak:\t  9000 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 1024 kB\n'), 2);
  assert.ok(Number.isNaN(parsePeak('Name:\tnode\n')));
});

const line = (change: object): string =>
  JSON.stringify({
    ...{ stage: 'ResponseComplete', verb: 'patch', requestURI: '/', user: { username: 'one' } },
    requestReceivedTimestamp: '2026-01-01T00:00:00.000000Z',
    objectRef: { resource: 'virtualrouters', name: 'a', apiGroup: 'kube-vrrp.io' },
    responseStatus: { code: 200 },
    ...change,
  });

describe('the audit log', () => {
  it('tells of a request when it is answered, and of a watch when it begins', () => {
    assert.equal(requestIn(line({})).length, 1);
    assert.equal(requestIn(line({ stage: 'ResponseStarted' })).length, 0);
    assert.equal(requestIn(line({ verb: 'watch', stage: 'ResponseStarted' })).length, 1);
    assert.equal(requestIn(line({ verb: 'watch' })).length, 0);
  });

  it('may have a line that a killed server did not finish', () => {
    assert.deepEqual(requestIn(line({}).slice(0, 40)), []);
  });

  const lease = { objectRef: { resource: 'leases', name: 'l' }, verb: 'update' };
  const status = { objectRef: { resource: 'virtualips', subresource: 'status', name: 'a' } };
  const requests = [line({}), line({}), line(lease), line(status), line({ verb: 'get' })].flatMap(requestIn);

  it('is counted by verb and resource', () => {
    const tally = tallyOf(requests);
    assert.deepEqual(
      [...tally],
      [
        ['get virtualrouters', 1],
        ['patch virtualips/status', 1],
        ['patch virtualrouters', 2],
        ['update leases', 1],
      ],
    );
    assert.equal(countOf(tally), 5);
  });

  it('shows writes that are not needed: all but renewals of the Lease', () => {
    assert.equal(needlessWrites(requests).length, 3);
    assert.deepEqual(needlessWrites([line(lease), line({ verb: 'get' })].flatMap(requestIn)), []);
  });

  it('shows what was refused for the moment, and what was written more than once', () => {
    const codes = [429, 503, 409, 200].map((code) => line({ responseStatus: { code } }));
    assert.equal(refusals(codes.flatMap(requestIn)), 2);
    assert.deepEqual([...writtenAgain(requests)], [['a', 2]]);
    // What was refused was not written.
    assert.equal(writtenAgain(codes.flatMap(requestIn)).size, 0);
  });
});

describe('whether memory grows', () => {
  const points = [0, 1_800, 3_600].map((at) => ({ at, value: 100 + at / 360 }));

  it('is the slope of the line through the samples, per hour', () => {
    assert.ok(Math.abs(slopePerHour(points) - 10) < 1e-9);
    assert.equal(slopePerHour(points.map(({ at }) => ({ at, value: 7 }))), 0);
    assert.ok(Number.isNaN(slopePerHour([{ at: 1, value: 1 }])));
  });

  it('shows in what is left at both ends when garbage does not count', () => {
    const saw = [5, 9, 6, 50, 60, 7, 9].map((value, at) => ({ at, value }));
    assert.deepEqual(lowestAtEnds(saw), { first: 5, last: 7 });
  });
});
