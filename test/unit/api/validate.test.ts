import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { validateVirtualIP } from '../../../src/api/v1alpha1/validate.js';
import { judge, problemsOf, virtualIP, warningsOf } from './example.js';

type Spec = Readonly<Record<string, unknown>>;

/** Title, fields of the spec, and what the only problem starts with (null: none). */
type Case = readonly [title: string, spec: Spec, problem: string | null];

function table(cases: readonly Case[], surroundings: 'standalone' | 'cluster' = 'standalone'): void {
  for (const [title, spec, expected] of cases)
    it(title, () => {
      const verdict = judge(spec, surroundings);
      const found = problemsOf(verdict);
      if (expected === null) assert.deepEqual(found, []);
      else {
        assert.equal(found.length, 1, found.join('\n'));
        assert.ok(found[0]?.startsWith(expected), `${found[0] ?? ''}\n  instead of\n${expected}`);
      }
      assert.equal(verdict.accepted === null, expected !== null);
    });
}

const many = (count: number, family: 4 | 6): string[] =>
  Array.from({ length: count }, (_, index) =>
    family === 4 ? `198.51.100.${String(index)}` : `2001:db8::${index.toString(16)}:1`,
  );

describe('any object', () => {
  it('that is not a mapping is told so', () => {
    for (const value of [undefined, null, 1, 'web', true, []]) {
      const [problem] = problemsOf(validateVirtualIP(value, 'standalone'));
      assert.match(problem ?? '', /^: must be a mapping of fields/);
    }
  });

  it('without anything in it is told all that is missing', () => {
    assert.deepEqual(problemsOf(validateVirtualIP({}, 'standalone')), [
      'apiVersion: is required and missing',
      'kind: is required and missing',
      'metadata: is required and missing',
      'spec: is required and missing',
    ]);
  });

  it('has all its problems named at once, those of the schema and those of the rules', () => {
    const verdict = judge({
      adresses: ['192.0.2.7'],
      addresses: ['192.0.2.100/24', '192.0.2.300/24', '192.0.2.100'],
      vrid: 300,
      priority: '20',
      advertisementInterval: '5ms',
      track: {
        probes: [{ httpGet: { port: 80 }, weight: 0, timeout: '3s' }],
        interfaces: [{ nmae: 'eth1' }],
      },
      preemption: { mode: 'NoPreempt', delay: '5s' },
    });
    assert.deepEqual(verdict.problems.map(({ path }) => path).sort(), [
      'spec.addresses[1]',
      'spec.addresses[2]',
      'spec.adresses',
      'spec.advertisementInterval',
      'spec.preemption.delay',
      'spec.priority',
      'spec.track.interfaces[0].name',
      'spec.track.interfaces[0].nmae',
      'spec.track.probes[0].timeout',
      'spec.track.probes[0].weight',
      'spec.vrid',
    ]);
    assert.equal(verdict.accepted, null);
  });

  it('may have labels, annotations and a status that a cluster wrote', () => {
    const written = {
      ...virtualIP(),
      metadata: { name: 'web', labels: { app: 'nginx' }, annotations: { 'example.com/a': 'b' }, uid: 'x' },
      status: { holder: 'edge-1', vrid: 51, nodes: [{ name: 'edge-1', state: 'Sleeping' }], later: 1 },
    };
    assert.deepEqual(problemsOf(validateVirtualIP(written, 'standalone')), []);
  });

  it('is judged however much is wrong with its status', () => {
    const written = { status: { nodes: Array.from({ length: 250 }, () => 5) }, ...virtualIP({ vrid: 300 }) };
    assert.deepEqual(problemsOf(validateVirtualIP(written, 'standalone')), [
      'spec.vrid: must be a whole number from 1 to 255, is 300',
    ]);
  });

  it('must have a name that Kubernetes would take', () => {
    for (const name of ['Web', '-web', 'web.', 'a b', 'ä', '', 'x'.repeat(254)])
      assert.equal(
        validateVirtualIP({ ...virtualIP(), metadata: { name } }, 'standalone').problems[0]?.path,
        'metadata.name',
      );
  });
});

describe('a field', () => {
  const wrong = (spec: Spec) => {
    const { problems } = judge(spec);
    return problems.map(
      ({ path, problem, remedy }) => `${path}: ${problem}${remedy === undefined ? '' : ` (${remedy})`}`,
    );
  };

  it('that does not exist is named with the one that was probably meant', () => {
    assert.deepEqual(wrong({ prioritiy: 5 }), [
      'spec.prioritiy: is not a field that exists (did you mean priority?)',
    ]);
    assert.deepEqual(wrong({ virtualMac: true }), [
      'spec.virtualMac: is not a field that exists (did you mean virtualMAC?)',
    ]);
    assert.match(wrong({ bananas: 5 })[0] ?? '', /the fields here are addresses, vrid, priority/);
    assert.match(wrong({ constructor: 5 })[0] ?? '', /^spec.constructor: is not a field that exists/);
  });

  it('of a wrong type is told what belongs there', () => {
    assert.deepEqual(wrong({ vrid: '51' }), [
      'spec.vrid: must be a whole number from 1 to 255, is the text "51" (leave the quotes out)',
    ]);
    assert.deepEqual(wrong({ vrid: 5.5 }), ['spec.vrid: must be a whole number from 1 to 255, is 5.5']);
    assert.deepEqual(wrong({ vrid: Number.NaN }), [
      'spec.vrid: must be a whole number from 1 to 255, is NaN',
    ]);
    assert.deepEqual(wrong({ virtualMAC: 'yes' }), ['spec.virtualMAC: must be true or false, is "yes"']);
    assert.deepEqual(wrong({ addresses: '192.0.2.100' }), [
      'spec.addresses: must be a list, is "192.0.2.100" (write [a, b])',
    ]);
    assert.deepEqual(wrong({ advertisementInterval: 1 }), [
      'spec.advertisementInterval: must be a duration with its unit, such as 1s, 100ms or 1m30s, is 1',
    ]);
    assert.deepEqual(wrong({ vrrpVersion: 4 }), ['spec.vrrpVersion: must be 2 or 3, is 4']);
    assert.deepEqual(wrong({ checksum: 'Pseudoheader' }), [
      'spec.checksum: must be PseudoHeader or MessageOnly, is "Pseudoheader" (did you mean PseudoHeader?)',
    ]);
    assert.match(wrong({ preemption: 'NoPreempt' })[0] ?? '', /must be a mapping of fields \(mode, delay\)/);
    assert.match(wrong({ addresses: [] })[0] ?? '', /^spec.addresses: must have at least one entry/);
    assert.match(
      wrong({ nodes: [null] })[0] ?? '',
      /^spec.nodes\[0\]: must be a mapping of fields .*, is empty/,
    );
  });

  it('that is null counts as left out, as in the API server', () => {
    assert.deepEqual(wrong({ interface: null, track: null, preemption: { mode: null } }), []);
    assert.deepEqual(wrong({ vrid: null })[0]?.startsWith('spec.vrid: is required'), true);
  });

  it('with a password is never repeated in a problem', () => {
    const secrets = [{ password: 'much-too-long-secret' }, { password: 12345678 }, { password: 'sécrétée' }];
    for (const secret of secrets) {
      const found = wrong({ vrrpVersion: 2, authentication: { type: 'Password', ...secret } });
      assert.equal(found.length, 1);
      assert.ok(!found[0]?.includes(String(secret.password)), found[0]);
    }
  });

  it('is looked at up to a number of problems, and no further', () => {
    const { problems } = judge({ addresses: Array.from({ length: 300 }, () => 5) });
    assert.equal(problems.length, 200);
  });
});

describe('addresses', () => {
  table([
    ['of IPv4 with a prefix length', { addresses: ['192.0.2.100/24'] }, null],
    ['without one', { addresses: ['192.0.2.100'] }, null],
    ['of both families', { addresses: ['192.0.2.100/24', '2001:db8::100/64'] }, null],
    [
      'that cannot be read',
      { addresses: ['192.0.2.256'] },
      'spec.addresses[0]: "192.0.2.256" is not an IPv4 or',
    ],
    [
      'with a prefix length beyond 32',
      { addresses: ['192.0.2.1/33'] },
      'spec.addresses[0]: "192.0.2.1/33" has a prefix',
    ],
    [
      'with the prefix length 0',
      { addresses: ['192.0.2.1/0'] },
      'spec.addresses[0]: "192.0.2.1/0" has the prefix length 0',
    ],
    ['that are a name', { addresses: ['web.example'] }, 'spec.addresses[0]: must be an IPv4 or IPv6 address'],
    ['that are unspecified', { addresses: ['0.0.0.0'] }, 'spec.addresses[0]: "0.0.0.0" is the unspecified'],
    [
      'that are unspecified, IPv6',
      { addresses: ['192.0.2.1', '::'] },
      'spec.addresses[1]: "::" is the unspecified',
    ],
    ['of this network', { addresses: ['0.1.2.3'] }, 'spec.addresses[0]: "0.1.2.3" lies in 0.0.0.0/8'],
    ['of the host itself', { addresses: ['127.0.0.1'] }, 'spec.addresses[0]: "127.0.0.1" is a loopback'],
    ['of a multicast group', { addresses: ['224.0.0.18'] }, 'spec.addresses[0]: "224.0.0.18" is a multicast'],
    ['of everybody', { addresses: ['255.255.255.255'] }, 'spec.addresses[0]: "255.255.255.255" lies in 240'],
    [
      'that are IPv4 in disguise',
      { addresses: ['::ffff:192.0.2.1'] },
      'spec.addresses[0]: "::ffff:192.0.2.1" is an IPv4-mapped',
    ],
    [
      'that name the subnet',
      { addresses: ['192.0.2.0/24'] },
      'spec.addresses[0]: "192.0.2.0/24" is the network or',
    ],
    [
      'that are the broadcast address',
      { addresses: ['192.0.2.255/24'] },
      'spec.addresses[0]: "192.0.2.255/24" is the network or',
    ],
    ['that end in 0 and are single', { addresses: ['192.0.2.0/32'] }, null],
    ['at the ends of a /31', { addresses: ['192.0.2.0/31', '192.0.2.1/31'] }, null],
    [
      'that come twice',
      { addresses: ['192.0.2.1', '192.0.2.1/24'] },
      'spec.addresses[1]: "192.0.2.1/24" is the same address as addresses[0]',
    ],
    [
      'that come twice in two spellings',
      { addresses: ['fe80::1', '2001:db8::1', '2001:DB8:0::1/64'], interface: 'eth0' },
      'spec.addresses[2]: "2001:DB8:0::1/64" is the same address as addresses[1]',
    ],
    ['of IPv4, 255 of them', { addresses: many(255, 4) }, null],
    [
      'of IPv4, 256 of them',
      { addresses: many(256, 4) },
      'spec.addresses: has 256 IPv4 addresses, and one advert holds 255',
    ],
    ['of IPv6, 89 of them', { addresses: many(89, 6) }, null],
    [
      'of IPv6, 90 of them',
      { addresses: many(90, 6) },
      'spec.addresses: has 90 IPv6 addresses, and one advert holds 89',
    ],
    [
      'that are link-local without an interface',
      { addresses: ['fe80::1'] },
      'spec.addresses[0]: is link-local, and',
    ],
    ['that are link-local with one', { addresses: ['fe80::1'], interface: 'eth0' }, null],
    [
      'that are link-local, with the interface of a node',
      { addresses: ['fe80::1'], nodes: [{ name: 'edge-1', interface: 'eth0' }] },
      null,
    ],
  ]);

  it('of IPv6 get a warning when the first is not link-local', () => {
    assert.match(
      warningsOf(judge({ addresses: ['192.0.2.1', '2001:db8::1'] }))[0] ?? '',
      /^spec.addresses\[1\]: is the first IPv6 address and not a link-local one/,
    );
    assert.deepEqual(warningsOf(judge({ addresses: ['fe80::1', '2001:db8::1'], interface: 'eth0' })), []);
  });
});

describe('version and interval', () => {
  const interval = (advertisementInterval: string, vrrpVersion = 3): Spec => ({
    advertisementInterval,
    vrrpVersion,
  });
  const V3 = 'spec.advertisementInterval: must be 10ms to 40.95s in steps of 10ms';
  const V2 = 'spec.advertisementInterval: must be whole seconds from 1s to 255s with VRRP version 2';
  table([
    ['version 3 at 10 ms', interval('10ms'), null],
    ['version 3 at 40.95 s', interval('40.95s'), null],
    ['version 3 below 10 ms', interval('9ms'), V3],
    ['version 3 above 40.95 s', interval('40.96s'), V3],
    ['version 3 between two steps', interval('15ms'), V3],
    ['version 3 at 0 s', interval('0s'), V3],
    ['version 2 at 1 s', interval('1s', 2), null],
    ['version 2 at 255 s', interval('4m15s', 2), null],
    ['version 2 at 256 s', interval('256s', 2), V2],
    ['version 2 below a second', interval('100ms', 2), V2],
    ['version 2 at a broken second', interval('1.5s', 2), V2],
    [
      'version 2 with IPv6',
      { vrrpVersion: 2, addresses: ['192.0.2.1', '2001:db8::1'] },
      'spec.addresses[1]: is an IPv6 address, and VRRP version 2',
    ],
    [
      'the form of the checksum in version 2',
      { vrrpVersion: 2, checksum: 'MessageOnly' },
      'spec.checksum: is for VRRP version 3',
    ],
    [
      'the form of the checksum in IPv6',
      { addresses: ['2001:db8::1'], checksum: 'MessageOnly' },
      'spec.checksum: is for IPv4',
    ],
    [
      'the form of the checksum with both families',
      { addresses: ['192.0.2.1', '2001:db8::1'], checksum: 'MessageOnly' },
      null,
    ],
    ['the default form, written down, in version 2', { vrrpVersion: 2, checksum: 'PseudoHeader' }, null],
  ]);
});

describe('the election of a standalone agent', () => {
  table([
    ['needs a VRID', { vrid: undefined }, 'spec.vrid: is required for a standalone agent'],
    ['takes VRID 255', { vrid: 255 }, null],
    ['does not take VRID 0', { vrid: 0 }, 'spec.vrid: must be a whole number from 1 to 255'],
    ['takes the priority of the owner', { priority: 255 }, null],
    ['does not take priority 0', { priority: 0 }, 'spec.priority: must be a whole number from 1 to 255'],
    ['delays preemption', { preemption: { delay: '5m' } }, null],
    [
      'delays it by 1000 s at most',
      { preemption: { delay: '1001s' } },
      'spec.preemption.delay: must be at most 1000s',
    ],
    [
      'does not delay what does not happen',
      { preemption: { mode: 'NoPreempt', delay: '1s' } },
      'spec.preemption.delay: delays preemption',
    ],
    [
      'refuses two entries for one node',
      { nodes: [{ name: 'a' }, { name: 'a', priority: 7 }] },
      'spec.nodes[1].name: "a" is in nodes[0] already',
    ],
    [
      'refuses two owners',
      {
        nodes: [
          { name: 'a', priority: 255 },
          { name: 'b', priority: 255 },
        ],
      },
      'spec.nodes[1].priority: is 255, as in nodes[0]',
    ],
    ['refuses the loopback interface', { interface: 'lo' }, 'spec.interface: is the loopback interface'],
    [
      'refuses it on one node too',
      { nodes: [{ name: 'a', interface: 'lo' }] },
      'spec.nodes[0].interface: is the loopback interface',
    ],
    [
      'refuses a name longer than the kernel does',
      { interface: 'a234567890123456' },
      'spec.interface: must be at most 15 characters long',
    ],
    [
      'refuses a name that is a path',
      { interface: 'a/b' },
      'spec.interface: must be the name of a network interface',
    ],
    ['refuses a name that is a directory', { interface: '..' }, 'spec.interface: ".." cannot be the name'],
    ['takes a VLAN interface', { interface: 'bond0.100' }, null],
  ]);

  it('is warned about equal priorities', () => {
    const spec = {
      nodes: [
        { name: 'a', priority: 9 },
        { name: 'b', priority: 9 },
      ],
    };
    assert.match(warningsOf(judge(spec))[0] ?? '', /^spec.nodes\[1\].priority: is the same as in nodes\[0\]/);
  });

  it('is warned about what an owner ignores', () => {
    const spec = {
      priority: 255,
      preemption: { mode: 'NoPreempt' },
      track: {
        interfaces: [{ name: 'eth1' }, { name: 'eth2', weight: -5 }],
        probes: [{ tcpSocket: { port: 1 }, weight: 9 }],
      },
    };
    assert.deepEqual(
      judge(spec).warnings.map(({ path }) => path),
      ['spec.preemption.mode', 'spec.track.interfaces[1].weight', 'spec.track.probes[0].weight'],
    );
  });

  it('is warned about fields that only a cluster uses', () => {
    const spec = {
      nodeSelector: { matchLabels: { a: 'b' } },
      track: { pods: { selector: { matchLabels: { a: 'b' } } } },
    };
    assert.deepEqual(
      judge(spec).warnings.map(({ path }) => path),
      ['spec.nodeSelector', 'spec.track.pods'],
    );
    assert.deepEqual(judge(spec, 'cluster').warnings, []);
  });
});

describe('the election in a cluster', () => {
  table(
    [
      ['needs no VRID', { vrid: undefined }, null],
      [
        'has no owner without a name',
        { priority: 255 },
        'spec.priority: is 255, which belongs to the one host',
      ],
      ['has an owner by name', { nodes: [{ name: 'a', priority: 255 }] }, null],
    ],
    'cluster',
  );
});

describe('authentication', () => {
  const v2 = (authentication: Spec): Spec => ({ vrrpVersion: 2, authentication });
  table([
    ['by a password', v2({ type: 'Password', password: 's3cret' }), null],
    ['by a password file', v2({ type: 'Password', passwordFile: '/etc/kube-vrrp/password' }), null],
    ['none, in so many words, in version 3', { authentication: { type: 'None' } }, null],
    [
      'in version 3',
      { authentication: { type: 'Password', password: 'x' } },
      'spec.authentication.type: is for VRRP version 2',
    ],
    ['without a password', v2({ type: 'Password' }), 'spec.authentication: has no password'],
    [
      'with two',
      v2({ type: 'Password', password: 'x', passwordFile: 'y' }),
      'spec.authentication: has more than one password',
    ],
    [
      'with a password and no type',
      v2({ password: 'x' }),
      'spec.authentication.password: is given, and the type is None',
    ],
    ['with eight octets', v2({ type: 'Password', password: '12345678' }), null],
    [
      'with nine octets',
      v2({ type: 'Password', password: '123456789' }),
      'spec.authentication.password: must be at most 8 characters long',
    ],
    [
      'with eight letters of nine octets',
      v2({ type: 'Password', password: '1234567é' }),
      'spec.authentication.password: must be 1 to 8 octets long, is 9',
    ],
    [
      'with an empty password',
      v2({ type: 'Password', password: '' }),
      'spec.authentication.password: must not be empty',
    ],
    [
      'with a line break',
      v2({ type: 'Password', password: 'a\n' }),
      'spec.authentication.password: must not contain control',
    ],
    [
      'by a Secret without a cluster',
      v2({ type: 'Password', secretRef: { name: 'vrrp' } }),
      'spec.authentication.secretRef: needs a cluster',
    ],
  ]);
  describe('in a cluster', () => {
    table(
      [
        ['by a Secret', v2({ type: 'Password', secretRef: { name: 'vrrp' } }), null],
        [
          'by a password that all can read',
          v2({ type: 'Password', password: 'x' }),
          'spec.authentication.password: is for standalone agents',
        ],
      ],
      'cluster',
    );
  });
});

describe('unicast', () => {
  const unicast = (fields: Spec, addresses = ['192.0.2.100/24']): Spec => ({ addresses, unicast: fields });
  table([
    ['with peers', unicast({ mode: 'Unicast', peers: ['192.0.2.2'] }), null],
    ['automatic, with peers', unicast({ mode: 'Auto', peers: ['192.0.2.2'] }), null],
    ['automatic, without', unicast({ mode: 'Auto' }), null],
    ['without peers', unicast({ mode: 'Unicast' }), 'spec.unicast.peers: are required for mode Unicast'],
    [
      'with peers and the mode left out',
      unicast({ peers: ['192.0.2.2'] }),
      'spec.unicast.peers: are given, and the mode is Multicast',
    ],
    [
      'with a peer that cannot be read',
      unicast({ mode: 'Auto', peers: ['192.0.2.2', '1.2.3'] }),
      'spec.unicast.peers[1]: "1.2.3" is not an',
    ],
    [
      'with a subnet as peer',
      unicast({ mode: 'Unicast', peers: ['192.0.2.2/24'] }),
      'spec.unicast.peers[0]: must be an IPv4 or IPv6 address without a prefix',
    ],
    [
      'with the group as peer',
      unicast({ mode: 'Unicast', peers: ['224.0.0.18'] }),
      'spec.unicast.peers[0]: "224.0.0.18" is a multicast',
    ],
    [
      'with a virtual address as peer',
      unicast({ mode: 'Unicast', peers: ['192.0.2.100'] }),
      'spec.unicast.peers[0]: "192.0.2.100" is one of the virtual',
    ],
    [
      'with a peer twice',
      unicast({ mode: 'Unicast', peers: ['192.0.2.2', '192.0.2.2'] }),
      'spec.unicast.peers[1]: "192.0.2.2" is listed twice',
    ],
    [
      'with peers of one family for two',
      unicast({ mode: 'Unicast', peers: ['192.0.2.2'] }, ['192.0.2.100', '2001:db8::100']),
      'spec.unicast.peers: have no IPv6 address',
    ],
    ['with hop limits', unicast({ mode: 'Unicast', peers: ['192.0.2.2'], minHopLimit: 250 }), null],
    [
      'with hop limits the wrong way round',
      unicast({ mode: 'Unicast', peers: ['192.0.2.2'], minHopLimit: 9, maxHopLimit: 8 }),
      'spec.unicast.minHopLimit: must not be above maxHopLimit',
    ],
  ]);

  it('is warned about a peer of a family that is not used', () => {
    const spec = unicast({ mode: 'Unicast', peers: ['192.0.2.2', '2001:db8::2'] });
    assert.match(warningsOf(judge(spec))[0] ?? '', /^spec.unicast.peers\[1\]: is IPv6, and no address/);
  });

  it('needs no peers in a cluster, where they are filled in', () => {
    assert.deepEqual(problemsOf(judge(unicast({ mode: 'Unicast' }), 'cluster')), []);
  });
});

describe('announcements', () => {
  table([
    ['once and never again', { announcement: { repeat: 1, delay: '0s', refresh: '0s' } }, null],
    [
      'not at all',
      { announcement: { repeat: 0 } },
      'spec.announcement.repeat: must be a whole number from 1 to 100',
    ],
    [
      'more often than each second',
      { announcement: { refresh: '500ms' } },
      'spec.announcement.refresh: must be 0s (none) or 1s to 24h',
    ],
    [
      'with a second burst tomorrow',
      { announcement: { delay: '24h' } },
      'spec.announcement.delay: must be at most 1h',
    ],
  ]);
});

describe('tracking', () => {
  const probe = (fields: Spec): Spec => ({ track: { probes: [fields] } });
  const http = { httpGet: { port: 80 } };
  table([
    [
      'by HTTP',
      probe({
        httpGet: { port: 80, path: '/healthz?full=1', httpHeaders: [{ name: 'Host', value: 'a.example' }] },
      }),
      null,
    ],
    ['by TCP', probe({ tcpSocket: { port: 5432, host: '2001:db8::7' } }), null],
    ['by nothing', probe({ weight: -5 }), 'spec.track.probes[0]: checks nothing'],
    [
      'by both',
      probe({ ...http, tcpSocket: { port: 80 } }),
      'spec.track.probes[0]: has both httpGet and tcpSocket',
    ],
    [
      'by HTTPS',
      probe({ httpGet: { port: 443, scheme: 'HTTPS' } }),
      'spec.track.probes[0].httpGet.scheme: must be HTTP',
    ],
    [
      'of a name',
      probe({ httpGet: { port: 80, host: 'nginx.example' } }),
      'spec.track.probes[0].httpGet.host: must be an IPv4 or IPv6 address',
    ],
    [
      'of what looks like an address',
      probe({ httpGet: { port: 80, host: '1.2.3' } }),
      'spec.track.probes[0].httpGet.host: "1.2.3" is not',
    ],
    [
      'of a group',
      probe({ tcpSocket: { port: 80, host: 'ff02::1' } }),
      'spec.track.probes[0].tcpSocket.host: "ff02::1" is not the address of a host',
    ],
    [
      'without a port',
      probe({ tcpSocket: {} }),
      'spec.track.probes[0].tcpSocket.port: is required and missing',
    ],
    [
      'with a header that would smuggle another',
      probe({ httpGet: { port: 80, httpHeaders: [{ name: 'A', value: 'b\r\nC: d' }] } }),
      'spec.track.probes[0].httpGet.httpHeaders[0].value: must be printable',
    ],
    [
      'with a path that is none',
      probe({ httpGet: { port: 80, path: 'healthz' } }),
      'spec.track.probes[0].httpGet.path: must be a path that starts with "/"',
    ],
    ['with a timeout of the period', probe({ ...http, timeout: '1s' }), null],
    [
      'with a timeout beyond the period',
      probe({ ...http, timeout: '1001ms' }),
      'spec.track.probes[0].timeout: must not be longer than the period',
    ],
    [
      'with a timeout of nothing',
      probe({ ...http, timeout: '0s' }),
      'spec.track.probes[0].timeout: must be at least 10ms',
    ],
    [
      'with a threshold of nothing',
      probe({ ...http, riseThreshold: 0 }),
      'spec.track.probes[0].riseThreshold: must be a whole number from 1',
    ],
    ['with the greatest weight', probe({ ...http, weight: 253 }), null],
    [
      'with more than that',
      probe({ ...http, weight: -254 }),
      'spec.track.probes[0].weight: must be a whole number from -253 to 253',
    ],
    [
      'with the weight 0',
      probe({ ...http, weight: 0 }),
      'spec.track.probes[0].weight: is 0, which would change nothing',
    ],
    [
      'of one target twice',
      { track: { probes: [http, { httpGet: { port: 80, path: '/' } }] } },
      'spec.track.probes[1]: has the same target as track.probes[0]',
    ],
    ['of one target under two names', { track: { probes: [http, { ...http, name: 'again' }] } }, null],
    ['of interfaces', { track: { interfaces: [{ name: 'eth1' }, { name: 'eth2', weight: -9 }] } }, null],
    [
      'of one interface twice',
      { track: { interfaces: [{ name: 'eth1' }, { name: 'eth1' }] } },
      'spec.track.interfaces[1].name: "eth1" is in track.interfaces[0] already',
    ],
  ]);
  describe('in a cluster', () => {
    const pods = (selector: Spec): Spec => ({ track: { pods: { selector } } });
    const matching = (expression: Spec): Spec => pods({ matchExpressions: [{ key: 'app', ...expression }] });
    table(
      [
        ['of pods', pods({ matchLabels: { app: 'nginx' } }), null],
        ['of all pods', pods({}), 'spec.track.pods.selector: is empty'],
        ['of pods by expressions', matching({ operator: 'In', values: ['nginx'] }), null],
        [
          'with an expression that lacks its values',
          matching({ operator: 'In' }),
          'spec.track.pods.selector.matchExpressions[0].values: must not be empty',
        ],
        [
          'with an expression that has values it must not',
          matching({ operator: 'Exists', values: ['a'] }),
          'spec.track.pods.selector.matchExpressions[0].values: must be absent',
        ],
      ],
      'cluster',
    );
  });
});
