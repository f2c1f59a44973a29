import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect, TransitionReason } from '../../../src/node-agent/vrrp/effect.js';
import type { Accepted, Remark } from '../../../src/node-agent/vrrp/receive.js';
import { REJECTIONS, type RejectionReason } from '../../../src/node-agent/vrrp/rejection.js';
import {
  COUNTERS,
  COUNTER_NAMES,
  type CounterName,
  type RouterStatistics,
  countEffect,
  countSendError,
  countVerdict,
  newStatistics,
} from '../../../src/node-agent/vrrp/statistics.js';
import { fromSeconds } from '../../../src/values/time.js';
import { SOURCE_V4, VIP } from './vectors.js';

/** The counters that `count` raises from 0. */
function raised(count: (statistics: RouterStatistics) => void): Partial<RouterStatistics> {
  const statistics = newStatistics();
  count(statistics);
  return Object.fromEntries(Object.entries(statistics).filter(([, value]) => value !== 0));
}

const counters = (...names: readonly CounterName[]): Partial<RouterStatistics> =>
  Object.fromEntries(names.map((name) => [name, 1]));

const acceptedWith = (
  priority: number,
  checksumForm: Accepted['checksumForm'],
  ...remarks: Remark[]
): Accepted => ({
  accepted: { version: 3, vrid: 51, priority, interval: fromSeconds(1), addresses: [VIP] },
  sender: SOURCE_V4,
  checksumForm,
  remarks,
});

test('every counter starts at 0 and has a description', () => {
  assert.deepEqual(Object.keys(newStatistics()), COUNTER_NAMES);
  assert.ok(Object.values(newStatistics()).every((value) => value === 0));
  assert.ok(Object.values(COUNTERS).every((description) => description.length > 0));
});

test('each rejection raises the counter that RFC 6527 or RFC 2787 has for it', () => {
  const expected: Record<RejectionReason, readonly CounterName[]> = {
    wrongDestination: ['misdirected'],
    wrongProtocol: ['misdirected'],
    authenticationHeader: ['authTypeMismatch'],
    malformedIpHeader: ['packetLengthErrors'],
    ipLengthDiffers: ['packetLengthErrors'],
    fragmented: ['packetLengthErrors'],
    tooShort: ['packetLengthErrors'],
    unknownVrid: ['misdirected'],
    hopLimit: ['ipTtlErrors'],
    versionDiffers: ['versionErrors'],
    unknownType: ['rcvdInvalidTypePackets'],
    noAddresses: ['packetLengthErrors'],
    lengthDiffers: ['packetLengthErrors'],
    hmacTrailer: ['packetLengthErrors', 'hmacTrailers'],
    checksum: ['checksumErrors'],
    unknownAuthType: ['invalidAuthType'],
    authTypeDiffers: ['authTypeMismatch'],
    passwordDiffers: ['authFailures'],
    intervalDiffers: ['advertiseIntervalErrors'],
    intervalZero: ['advIntervalErrors'],
    firstAddressNotLinkLocal: ['addressListErrors', 'firstAddressNotLinkLocal'],
    invalidSource: ['addressListErrors', 'invalidSource'],
    sourceNotPeer: ['sourceNotPeer'],
    ignoredByOwner: ['ignoredByOwner'],
  };
  for (const reason of Object.keys(REJECTIONS) as RejectionReason[])
    assert.deepEqual(
      raised((statistics) => countVerdict(statistics, { rejected: reason })),
      counters(...expected[reason]),
      reason,
    );
});

test('an accepted advert is counted, with its priority 0, its checksum form and its remarks', () => {
  const verdicts: [Accepted, CounterName[]][] = [
    [acceptedWith(100, null), ['rcvdAdvertisements']],
    [acceptedWith(0, null), ['rcvdAdvertisements', 'rcvdPriZeroPackets']],
    [acceptedWith(1, 'PseudoHeader'), ['rcvdAdvertisements', 'checksumPseudoHeader']],
    [
      acceptedWith(1, 'MessageOnly', 'checksumFormDiffers'),
      ['rcvdAdvertisements', 'checksumMessageOnly', 'checksumFormDiffers'],
    ],
    [acceptedWith(1, 'OldUnicast'), ['rcvdAdvertisements', 'checksumOldUnicast']],
    [acceptedWith(1, null, 'intervalDiffers'), ['rcvdAdvertisements', 'advIntervalErrors']],
    [acceptedWith(1, null, 'ownAddress'), ['rcvdAdvertisements', 'ownAddressHeard']],
    [acceptedWith(1, null, 'addressListDiffers'), ['rcvdAdvertisements', 'addressListErrors']],
    [
      acceptedWith(1, null, 'firstAddressNotLinkLocal', 'addressListDiffers'),
      ['rcvdAdvertisements', 'addressListErrors', 'firstAddressNotLinkLocal'],
    ],
  ];
  for (const [verdict, names] of verdicts)
    assert.deepEqual(
      raised((statistics) => countVerdict(statistics, verdict)),
      counters(...names),
    );
});

test('an advert sent is counted, and a resignation once more', () => {
  const sent = (priority: number): Effect => ({ kind: 'sendAdvert', priority });
  assert.deepEqual(
    raised((statistics) => countEffect(statistics, sent(100))),
    counters('sentAdvertisements'),
  );
  assert.deepEqual(
    raised((statistics) => countEffect(statistics, sent(0))),
    counters('sentAdvertisements', 'sentPriZeroPackets'),
  );
});

test('a transition to Active is counted with its reason in the words of RFC 6527, no other transition is', () => {
  const becoming = (because: TransitionReason): Partial<RouterStatistics> =>
    raised((statistics) =>
      countEffect(statistics, { kind: 'stateChanged', from: 'Backup', to: 'Active', because }),
    );
  const reasons = {
    activeDown: 'newMasterReasonMasterNoResponse',
    stalled: 'newMasterReasonMasterNoResponse',
    yielded: 'newMasterReasonMasterNoResponse',
    resignation: 'newMasterReasonPriority',
    preemption: 'newMasterReasonPreempted',
    owner: 'newMasterReasonPreempted',
  } as const;
  for (const [because, name] of Object.entries(reasons))
    assert.deepEqual(becoming(because as TransitionReason), counters('masterTransitions', name));
  assert.deepEqual(
    raised((statistics) =>
      countEffect(statistics, {
        kind: 'stateChanged',
        from: 'Active',
        to: 'Backup',
        because: 'higherPriority',
      }),
    ),
    {},
  );
});

test('notices about other routers are counted; our own address is counted with the verdict alone', () => {
  const noticed = (notice: Extract<Effect, { kind: 'notice' }>['notice']): Partial<RouterStatistics> =>
    raised((statistics) => countEffect(statistics, { kind: 'notice', notice }));
  assert.deepEqual(noticed({ code: 'secondOwner', sender: SOURCE_V4 }), counters('secondOwnerHeard'));
  assert.deepEqual(
    noticed({ code: 'lowerPriorityActive', sender: SOURCE_V4, priority: 1 }),
    counters('lowerPriorityHeard'),
  );
  assert.deepEqual(noticed({ code: 'ownAddressHeard', sender: SOURCE_V4 }), {});
});

test('effects on addresses raise nothing, a refused message is a send error', () => {
  for (const kind of ['holdAddresses', 'renewAddresses', 'releaseAddresses', 'announceAddresses'] as const)
    assert.deepEqual(
      raised((statistics) => countEffect(statistics, { kind })),
      {},
    );
  assert.deepEqual(raised(countSendError), counters('sendErrors'));
});
