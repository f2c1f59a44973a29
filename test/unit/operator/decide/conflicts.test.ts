import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { VirtualIPSpec } from '../../../../src/api/v1alpha1/virtual-ip.js';
import { claimOf } from '../../../../src/operator/decide/claim.js';
import { lostClashes } from '../../../../src/operator/decide/clash.js';
import { decide } from '../../../../src/operator/decide/decide.js';
import type { Claim, ClaimedThings, Input } from '../../../../src/operator/decide/types.js';
import { chooseVrid } from '../../../../src/operator/decide/vrid.js';
import { ipAddress } from '../../../../src/values/ip-address.js';
import { carriedOut, condition, deployed, inputOf, virtualIP } from './cluster.js';

const FIRST = '2026-01-01T00:00:00Z';
const SECOND = '2026-01-01T00:00:01Z';

/** A VirtualIP as others see it. Running: with the same things as wanted. */
function claim(
  name: string,
  { at = FIRST, running = false, ...things }: Partial<ClaimedThings> & { at?: string; running?: boolean },
): Claim {
  const wanted: ClaimedThings = { vrid: null, interfaces: null, addresses: [], ...things };
  return { virtualIP: name, creationTimestamp: at, wanted, running: running ? wanted : null };
}

const four = [ipAddress('192.0.2.1')];
const other = [ipAddress('192.0.2.2')];
const six = [ipAddress('2001:db8::1')];
const local = [ipAddress('fe80::1')];

describe('what two VirtualIPs cannot both have', () => {
  const cases: Readonly<Record<string, readonly [own: Claim, other: Claim, lost: readonly string[]]>> = {
    'the younger one loses a VRID that both want': [
      claim('b', { vrid: 7, addresses: four, at: SECOND }),
      claim('a', { vrid: 7, addresses: other }),
      ['vrid 7 to a: older'],
    ],
    'the older one keeps it': [
      claim('b', { vrid: 7, addresses: four }),
      claim('a', { vrid: 7, addresses: other, at: SECOND }),
      [],
    ],
    'of the same age the first by name keeps it': [
      claim('b', { vrid: 7, addresses: four }),
      claim('a', { vrid: 7, addresses: other }),
      ['vrid 7 to a: older'],
    ],
    'the one that runs it keeps it, however young': [
      claim('b', { vrid: 7, addresses: four }),
      claim('a', { vrid: 7, addresses: other, at: SECOND, running: true }),
      ['vrid 7 to a: running'],
    ],
    'the young one that runs it is not disturbed': [
      claim('b', { vrid: 7, addresses: four, at: SECOND, running: true }),
      claim('a', { vrid: 7, addresses: other }),
      [],
    ],
    'when both run it, the younger one loses': [
      claim('b', { vrid: 7, addresses: four, at: SECOND, running: true }),
      claim('a', { vrid: 7, addresses: other, running: true }),
      ['vrid 7 to a: older'],
    ],
    'when both run it, the older one keeps it': [
      claim('b', { vrid: 7, addresses: four, running: true }),
      claim('a', { vrid: 7, addresses: other, at: SECOND, running: true }),
      [],
    ],
    'a VRID that the other one runs and does not want any more is not free yet': [
      claim('b', { vrid: 7, addresses: four }),
      {
        ...claim('a', { vrid: 7, addresses: other, running: true }),
        wanted: { vrid: 8, interfaces: null, addresses: other },
      },
      ['vrid 7 to a: running'],
    ],
    'a VRID of the other family is another one': [
      claim('b', { vrid: 7, addresses: six }),
      claim('a', { vrid: 7, addresses: four, running: true }),
      [],
    ],
    'a VRID on another interface is another one': [
      claim('b', { vrid: 7, addresses: four, interfaces: ['eth0'] }),
      claim('a', { vrid: 7, addresses: other, interfaces: ['eth1', 'eth2'], running: true }),
      [],
    ],
    'an interface that is not named may be the same one': [
      claim('b', { vrid: 7, addresses: four, interfaces: ['eth0'] }),
      claim('a', { vrid: 7, addresses: other, running: true }),
      ['vrid 7 to a: running'],
    ],
    'one interface in common is enough': [
      claim('b', { vrid: 7, addresses: four, interfaces: ['eth0', 'bond0'] }),
      claim('a', { vrid: 7, addresses: other, interfaces: ['bond0', 'eth1'], running: true }),
      ['vrid 7 to a: running'],
    ],
    'an address is the same one wherever it is': [
      claim('b', { vrid: 7, addresses: four, interfaces: ['eth0'] }),
      claim('a', { vrid: 8, addresses: four, interfaces: ['eth1'], running: true }),
      ['192.0.2.1 to a: running'],
    ],
    'but a link-local one is another one on another interface': [
      claim('b', { vrid: 7, addresses: local, interfaces: ['eth0'] }),
      claim('a', { vrid: 8, addresses: local, interfaces: ['eth1'], running: true }),
      [],
    ],
    'a link-local address that may be on the same segment is the same one': [
      claim('b', { vrid: 7, addresses: local, interfaces: ['eth0'] }),
      claim('a', { vrid: 8, addresses: local, running: true }),
      ['fe80::1 to a: running'],
    ],
    'all of it is told': [
      claim('b', { vrid: 7, addresses: [...four, ...other] }),
      claim('a', { vrid: 7, addresses: [...other, ...four], running: true }),
      ['vrid 7 to a: running', '192.0.2.1 to a: running', '192.0.2.2 to a: running'],
    ],
    'a VirtualIP is not in its own way': [
      claim('b', { vrid: 7, addresses: four, at: SECOND }),
      claim('b', { vrid: 7, addresses: four, running: true }),
      [],
    ],
    'a spec that cannot be used wants nothing': [
      claim('b', { vrid: 7, addresses: four, at: SECOND }),
      { ...claim('a', { vrid: 7, addresses: four }), wanted: null },
      [],
    ],
  };
  for (const [title, [own, another, lost]] of Object.entries(cases))
    it(title, () =>
      assert.deepEqual(
        lostClashes(own, [another]).map(
          (clash) =>
            `${clash.kind === 'vrid' ? `vrid ${String(clash.vrid)}` : clash.address} to ${clash.to}: ${clash.because}`,
        ),
        lost,
      ),
    );

  const things = fc.record({
    vrid: fc.integer({ min: 1, max: 3 }),
    interfaces: fc.constantFrom(null, ['eth0'], ['eth1'], ['eth0', 'eth1']),
    addresses: fc.uniqueArray(fc.constantFrom(...four, ...other, ...six, ...local), { minLength: 1 }),
  });
  const anyClaim = (name: string) =>
    fc.record({
      virtualIP: fc.constant(name),
      creationTimestamp: fc.constantFrom(FIRST, SECOND),
      wanted: things,
      running: fc.option(things),
    });

  it('whatever both have and want, what is accepted of both clashes nowhere', () => {
    fc.assert(
      fc.property(anyClaim('a'), anyClaim('b'), (a, b) => {
        if (lostClashes(a, [b]).length > 0 || lostClashes(b, [a]).length > 0) return;
        const running = { a: { ...a, running: a.wanted }, b: { ...b, running: b.wanted } };
        assert.deepEqual(lostClashes(running.a, [running.b]), []);
        assert.deepEqual(lostClashes(running.b, [running.a]), []);
      }),
      { numRuns: 2_000 },
    );
  });

  it('what two VirtualIPs merely want, one of them gets', () => {
    fc.assert(
      fc.property(anyClaim('a'), anyClaim('b'), (a, b) => {
        const [one, two] = [
          { ...a, running: null },
          { ...b, running: null },
        ];
        assert.ok(lostClashes(one, [two]).length === 0 || lostClashes(two, [one]).length === 0);
      }),
    );
  });
});

describe('the VRID of a VirtualIP that has none in its spec', () => {
  const own = (over: Partial<ClaimedThings> = {}) => claim('z', { addresses: four, at: SECOND, ...over });
  const numbered = (vrid: number, over: Parameters<typeof claim>[1] = {}) =>
    claim(`v${String(vrid)}`, { vrid, addresses: other, running: true, ...over });

  it('is the lowest that nobody runs or wants', () => {
    assert.equal(chooseVrid(own(), [numbered(1), numbered(2, { running: false }), numbered(4)]), 3);
  });

  it('may be one of another segment', () => {
    assert.equal(chooseVrid(own({ interfaces: ['eth0'] }), [numbered(1, { interfaces: ['eth1'] })]), 1);
  });

  it('is free for the other family too, as long as there is such a one', () => {
    assert.equal(chooseVrid(own(), [numbered(1, { addresses: six })]), 2);
    const all = Array.from({ length: 255 }, (_, index) =>
      numbered(index + 1, index > 99 ? { addresses: six } : {}),
    );
    assert.equal(chooseVrid(own(), all), 101);
  });

  it('is kept, also when a lower one is free', () => {
    const running = { ...own(), running: { vrid: 9, interfaces: null, addresses: four } };
    assert.equal(chooseVrid(running, [numbered(1)]), 9);
  });

  it('is another one when somebody else has it where the VirtualIP is now', () => {
    const moved = {
      ...own({ interfaces: ['eth1'] }),
      running: { vrid: 9, interfaces: ['eth0'], addresses: four },
    };
    assert.equal(chooseVrid(moved, [numbered(9, { interfaces: ['eth1'] })]), 1);
  });

  it('is none when all are taken', () => {
    assert.equal(
      chooseVrid(
        own(),
        Array.from({ length: 255 }, (_, index) => numbered(index + 1)),
      ),
      null,
    );
  });
});

describe('admission', () => {
  const web2 = (spec: Partial<VirtualIPSpec>) =>
    virtualIP({ addresses: ['192.0.2.102/24'], ...spec }, { name: 'web2', creationTimestamp: SECOND });
  const web = deployed({ virtualIP: virtualIP({ vrid: 51 }) });
  const claims = [claimOf(web.virtualIP, web.virtualRouters)];
  const acceptedOf = (input: Input) => condition(decide(input), 'Accepted');

  it('refuses a VRID of another VirtualIP, names it and a free one', () => {
    const { is, message } = acceptedOf(inputOf({ virtualIP: web2({ vrid: 51 }), claims }));
    assert.equal(is, 'False VRIDConflict');
    assert.match(message, /VRID 51 is in use by VirtualIP web.*Set spec\.vrid to a free one, such as 1,/);
  });

  it('refuses an address of another VirtualIP, whatever its prefix length and spelling', () => {
    const dual = deployed({ virtualIP: virtualIP({ addresses: ['192.0.2.100/24', '2001:db8::64/64'] }) });
    const { is, message } = acceptedOf(
      inputOf({
        virtualIP: web2({ addresses: ['192.0.2.100', '2001:DB8:0::64'] }),
        claims: [claimOf(dual.virtualIP, dual.virtualRouters)],
      }),
    );
    assert.equal(is, 'False AddressConflict');
    assert.match(message, /^192\.0\.2\.100 and 2001:db8::64 are addresses of VirtualIP web\. Keep each/);
  });

  it('writes nothing for a VirtualIP that is refused', () => {
    const { apply, remove, status } = decide(inputOf({ virtualIP: web2({ vrid: 51 }), claims }));
    assert.deepEqual([apply, remove], [[], []]);
    assert.equal(condition({ status }, 'Ready').is, 'False NotAccepted');
    assert.equal(condition({ status }, 'Programmed').is, 'False NotAccepted');
  });

  it('tells all problems of a spec', () => {
    const { is, message } = acceptedOf(
      inputOf({
        virtualIP: web2({ addresses: ['192.0.2.300', '192.0.2.7/33'], advertisementInterval: '3' }),
      }),
    );
    assert.equal(is, 'False Invalid');
    for (const field of ['spec.addresses[0]', 'spec.addresses[1]', 'spec.advertisementInterval'])
      assert.ok(message.includes(field), message);
  });

  it('tells what is wrong with the password', () => {
    const spec: Partial<VirtualIPSpec> = {
      vrrpVersion: 2,
      authentication: { type: 'Password', secretRef: { name: 'vrrp' } },
    };
    const input = inputOf({
      virtualIP: virtualIP(spec),
      password: 'There is no Secret kube-vrrp/vrrp; create it',
    });
    assert.equal(acceptedOf(input).is, 'False PasswordUnusable');
    assert.equal(acceptedOf(input).message, 'There is no Secret kube-vrrp/vrrp; create it.');
    assert.equal(acceptedOf({ ...input, password: true }).is, 'True Accepted');
  });

  it('says when there is no VRID left', () => {
    const taken = Array.from({ length: 255 }, (_, index) =>
      claim(`v${String(index)}`, { vrid: index + 1, addresses: other, running: true }),
    );
    assert.equal(acceptedOf(inputOf({ claims: taken })).is, 'False NoFreeVRID');
  });

  it('passes warnings on, and tells of entries for nodes that take no part', () => {
    const { is, message } = acceptedOf(
      inputOf({
        virtualIP: virtualIP({ nodes: [{ name: 'edge-9', priority: 7 }], addresses: ['2001:db8::1'] }),
      }),
    );
    assert.equal(is, 'True Accepted');
    assert.match(message, /spec\.addresses\[0\] is the first IPv6 address/);
    assert.match(message, /spec\.nodes\[0\] is about edge-9, which takes no part/);
  });

  it('lets two VirtualIPs without VRIDs have one each', () => {
    const first = carriedOut(inputOf());
    const second = decide(
      inputOf({ virtualIP: web2({}), claims: [claimOf(first.virtualIP, first.virtualRouters)] }),
    );
    assert.deepEqual([first.virtualIP.status?.vrid, second.status.vrid], [1, 2]);
  });
});
