import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assess } from '../../../src/node-agent/desired/desired-state.js';
import type { RouterSpec } from '../../../src/node-agent/ipc/router-spec.js';
import { ok, refused } from '../../../src/values/result.js';
import { assessTexts, document, lines, vip } from './documents.js';

function routersOf(text: string, nodeName: string | null = 'edge-1'): readonly RouterSpec[] {
  const { accepted, problems } = assessTexts([text], nodeName);
  assert.deepEqual(lines(problems), []);
  return accepted?.desired.routers ?? [];
}

describe('the routers of a VirtualIP', () => {
  it('have every default filled in and every unit converted', () => {
    assert.deepEqual(routersOf(vip('web', '192.0.2.100/24', 51)), [
      {
        key: 'web/IPv4',
        virtualIP: 'web',
        family: 'IPv4',
        vrid: 51,
        version: 3,
        priority: 100,
        bestPeerPriority: null,
        interface: null,
        addresses: ['192.0.2.100/24'],
        advertisementInterval: 1_000_000,
        preemption: { mode: 'Preempt', delay: 0 },
        authentication: { type: 'None' },
        unicast: null,
        virtualMAC: false,
        checksum: 'PseudoHeader',
        announcement: { repeat: 5, delay: 5_000_000, refresh: 60_000_000 },
        trackInterfaces: [],
      },
    ]);
  });

  it('are one for each family, with its addresses in order and in canonical form', () => {
    const addresses = 'addresses: ["2001:DB8:0::9/64", 192.0.2.9, "fe80:0::1/64", 192.0.2.8/24]';
    const routers = routersOf(document('web', addresses, 'vrid: 7'));
    assert.deepEqual(
      routers.map(({ key, addresses: own }) => [key, ...own]),
      [
        ['web/IPv4', '192.0.2.9/32', '192.0.2.8/24'],
        ['web/IPv6', '2001:db8::9/64', 'fe80::1/64'],
      ],
    );
  });

  it('bring a warning with them when nodes are listed and this one is not', () => {
    const text = document('web', 'addresses: [192.0.2.9]', 'vrid: 7', 'nodes: [{name: edge-1}]');
    const warningsFor = (nodeName: string | null) =>
      assessTexts([text], nodeName).warnings.map(({ path, problem }) => `${path} ${problem}`);
    assert.deepEqual(warningsFor('edge-1'), []);
    assert.deepEqual(warningsFor(null), []);
    assert.deepEqual(warningsFor('edge-1.example.com'), [
      'spec.nodes has no entry for this host, edge-1.example.com, which takes part with priority 100',
    ]);
  });

  it('send to the peers of their own family', () => {
    const unicast =
      'unicast: {mode: Unicast, peers: ["2001:db8:0::2", 192.0.2.2, 192.0.2.3], minHopLimit: 254}';
    const [first, second] = routersOf(
      document('web', 'addresses: [192.0.2.9, "2001:db8::9"]', 'vrid: 7', unicast),
    );
    assert.deepEqual(first?.unicast, {
      peers: ['192.0.2.2', '192.0.2.3'],
      source: null,
      hopLimit: { min: 254, max: 255 },
    });
    assert.deepEqual(second?.unicast?.peers, ['2001:db8::2']);
  });

  it('take everything else from the fields of their name', () => {
    const [router] = routersOf(
      vip(
        'web',
        '192.0.2.9',
        7,
        'vrrpVersion: 2',
        'advertisementInterval: 2s',
        'preemption: {mode: NoPreempt}',
        'authentication: {type: Password, password: s3cret}',
        'virtualMAC: true',
        'announcement: {repeat: 2, delay: 1s, refresh: 0s}',
        'track: {interfaces: [{name: eth1}, {name: eth2, weight: -30}]}',
      ),
    );
    assert.equal(router?.version, 2);
    assert.equal(router.advertisementInterval, 2_000_000);
    assert.equal(router.preemption.mode, 'NoPreempt');
    assert.deepEqual(router.authentication, { type: 'Password', password: 's3cret' });
    assert.equal(router.virtualMAC, true);
    assert.deepEqual(router.announcement, { repeat: 2, delay: 1_000_000, refresh: 0 });
    assert.deepEqual(router.trackInterfaces, [
      { name: 'eth1', weight: null },
      { name: 'eth2', weight: -30 },
    ]);
  });
});

describe('nodes', () => {
  const text = vip(
    'web',
    '192.0.2.9',
    7,
    'priority: 50',
    'interface: eth0',
    'nodes: [{name: a, priority: 150, interface: bond0}, {name: b, priority: 120}, {name: c}]',
  );
  const place = (nodeName: string | null) => {
    const [router] = routersOf(text, nodeName);
    return [router?.priority, router?.interface, router?.bestPeerPriority];
  };

  it('give the node of their name its priority and interface', () => {
    assert.deepEqual(place('a'), [150, 'bond0', 120]);
    assert.deepEqual(place('b'), [120, 'eth0', 150]);
  });

  it('leave the rest as it is', () => {
    assert.deepEqual(place('c'), [50, 'eth0', 150]);
  });

  it('do not keep a node out that is not among them', () => {
    assert.deepEqual(place('d'), [50, 'eth0', 150]);
    assert.deepEqual(place(null), [50, 'eth0', 150]);
  });

  it('say nothing about peers when this node is the only one', () => {
    const [router] = routersOf(vip('web', '192.0.2.9', 7, 'nodes: [{name: a, priority: 150}]'), 'a');
    assert.equal(router?.bestPeerPriority, null);
  });
});

describe('the probes of a VirtualIP', () => {
  it('count for the routers of both families and are named by their target', () => {
    const { accepted } = assessTexts([
      document(
        'web',
        'addresses: [192.0.2.9, "2001:db8::9"]',
        'vrid: 7',
        'track:',
        '  probes:',
        '    - httpGet: {port: 80, path: /healthz, httpHeaders: [{name: Host, value: a.example}]}',
        '      weight: -100',
        '    - name: database',
        '      tcpSocket: {host: "2001:db8::7", port: 5432}',
        '      periodSeconds: 5',
        '      timeout: 2s',
        '      riseThreshold: 1',
        '      failureThreshold: 3',
      ),
    ]);
    assert.deepEqual(accepted?.desired.probes, [
      {
        id: 'web/http://127.0.0.1:80/healthz',
        routerKeys: ['web/IPv4', 'web/IPv6'],
        kind: 'http',
        host: '127.0.0.1',
        port: 80,
        path: '/healthz',
        headers: [{ name: 'Host', value: 'a.example' }],
        period: 1_000_000,
        timeout: 500_000,
        riseThreshold: 2,
        failureThreshold: 2,
        weight: -100,
      },
      {
        id: 'web/database',
        routerKeys: ['web/IPv4', 'web/IPv6'],
        kind: 'tcp',
        host: '2001:db8::7',
        port: 5432,
        path: '/',
        headers: [],
        period: 5_000_000,
        timeout: 2_000_000,
        riseThreshold: 1,
        failureThreshold: 3,
        weight: null,
      },
    ]);
  });
});

describe('VirtualIPs beside each other', () => {
  const found = (texts: readonly string[], nodeName: string | null = null): string[] => {
    const { problems, accepted } = assessTexts(texts, nodeName);
    assert.equal(accepted === null, problems.length > 0);
    return lines(problems);
  };

  it('get along on different VRIDs', () => {
    assert.deepEqual(found([vip('a', '192.0.2.9/24', 1), vip('b', '192.0.2.8/24', 2)]), []);
  });

  it('have different names, also across files', () => {
    assert.deepEqual(found([vip('web', '192.0.2.9', 1), `---\n${vip('web', '192.0.2.8', 2)}`]), [
      'b.yaml:5:9: metadata.name: "web" is the name of another VirtualIP: web (a.yaml:4)',
    ]);
  });

  it('have different addresses, whatever the prefix length, spelling and interface', () => {
    assert.deepEqual(
      found([`${vip('a', '"2001:db8::1"', 1)}---\n${vip('b', '"2001:DB8::1/64"', 2, 'interface: eth1')}`]),
      ['a.yaml:14:15: spec.addresses[0]: 2001:db8::1 is an address of a (a.yaml:4) too'],
    );
  });

  it('may have one link-local address on two interfaces, and not on one', () => {
    const on = (name: string, vrid: number, link: string) =>
      vip(name, '"fe80::1"', vrid, `interface: ${link}`);
    assert.deepEqual(found([on('a', 1, 'eth0'), on('b', 1, 'eth1')]), []);
    assert.equal(found([on('a', 1, 'eth0'), on('b', 2, 'eth0')]).length, 1);
  });

  it('may not have one VRID on one interface', () => {
    const on = (name: string, address: string, link: string) => vip(name, address, 7, `interface: ${link}`);
    assert.deepEqual(found([on('a', '192.0.2.9', 'eth0'), on('b', '198.51.100.9', 'eth0')]), [
      'b.yaml:7:9: spec.vrid: 7 is the VRID of a (a.yaml:4) on eth0 too',
    ]);
    assert.deepEqual(found([on('a', '192.0.2.9', 'eth0'), on('b', '198.51.100.9', 'eth1')]), []);
    assert.deepEqual(found([on('a', '192.0.2.9', 'eth0'), on('b', '"2001:db8::9"', 'eth0')]), []);
  });

  it('may not have one VRID in one subnet when the interface is found by it', () => {
    assert.deepEqual(found([vip('a', '192.0.2.9/24', 7), vip('b', '192.0.2.8', 7)]), [
      'b.yaml:7:9: spec.vrid: 7 is the VRID of a (a.yaml:4) on the interface of their subnet too',
    ]);
    assert.equal(found([vip('a', '192.0.2.9/24', 7), vip('b', '192.0.2.8', 7, 'interface: eth0')]).length, 1);
    assert.deepEqual(found([vip('a', '192.0.2.9/24', 7), vip('b', '198.51.100.9/24', 7)]), []);
  });

  it('are judged by the interfaces of the node', () => {
    const moved = vip('a', '192.0.2.9', 7, 'interface: eth0', 'nodes: [{name: edge-1, interface: eth1}]');
    const texts = [moved, vip('b', '198.51.100.9', 7, 'interface: eth1')];
    assert.equal(found(texts, 'edge-1').length, 1);
    assert.equal(found(texts, 'edge-2').length, 0);
    assert.equal(found(texts, null).length, 1, 'no node in particular: all that are named count');
  });

  it('have their problems listed in the order of the files and lines', () => {
    const broken = [vip('b', '192.0.2.300', 0), vip('a', '192.0.2.9', 300)];
    assert.deepEqual(
      found(broken).map((line) => line.split(': ')[0]),
      ['a.yaml:6:15', 'a.yaml:7:9', 'b.yaml:7:9'],
    );
  });
});

describe('a password file', () => {
  const text = vip(
    'web',
    '192.0.2.9',
    7,
    'vrrpVersion: 2',
    'authentication: {type: Password, passwordFile: key}',
  );
  const file = { name: '/etc/vip.yaml', bytes: new TextEncoder().encode(text) };

  it('is looked up from where the configuration is, and its content used', () => {
    const asked: string[][] = [];
    const { accepted, problems } = assess([file], null, (...of) => {
      asked.push(of);
      return ok('s3cret');
    });
    assert.deepEqual([asked, problems], [[['key', '/etc/vip.yaml']], []]);
    assert.deepEqual(accepted?.desired.routers[0]?.authentication, { type: 'Password', password: 's3cret' });
    const { spec } = accepted.objects[0] as { spec: Record<string, unknown> };
    assert.deepEqual(spec['authentication'], { type: 'Password', password: 's3cret' });
  });

  it('that cannot be read, or holds no password, is a problem of its field', () => {
    const at = '/etc/vip.yaml:9:50: spec.authentication.passwordFile:';
    assert.deepEqual(lines(assess([file], null, () => refused('does not exist')).problems), [
      `${at} does not exist`,
    ]);
    assert.deepEqual(lines(assess([file], null, () => ok('')).problems), [
      `${at} its content must be 1 to 8 octets long, is 0`,
    ]);
    assert.equal(assess([file], null, () => ok('123456789')).accepted, null);
  });
});
