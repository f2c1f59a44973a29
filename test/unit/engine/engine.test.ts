import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Engine } from '../../../src/node-agent/engine/engine.js';
import type { RouterSpec } from '../../../src/node-agent/ipc/router-spec.js';
import type { Advert } from '../../../src/node-agent/vrrp/advert.js';
import { ipv4Header } from '../../../src/node-agent/vrrp/ip-header.js';
import { encodeAdvert } from '../../../src/node-agent/vrrp/packet.js';
import type { MacAddress } from '../../../src/values/mac-address.js';
import { ipAddress } from '../../../src/values/ip-address.js';
import { fromMillis, fromSeconds } from '../../../src/values/time.js';
import { FakeClock } from '../../support/fake-clock.js';
import { FakeHost } from '../../support/fake-host.js';
import { routerSpec } from '../../support/router-spec.js';

const SECOND = 1_000_000;
/** Active_Down_Interval at priority 150 and 1 s adverts. */
const DOWN_150 = 3_414_063;
/** Skew_Time of the same. */
const SKEW_150 = 414_063;

describe('engine', () => {
  let clock: FakeClock;
  let host: FakeHost;
  let engine: Engine;
  let logged: string[];

  beforeEach(() => {
    clock = new FakeClock();
    host = new FakeHost();
    logged = [];
    host.setLink('eth0');
    host.addAddress('eth0', '192.0.2.1/24');
    engine = new Engine(
      {
        clock,
        sockets: host,
        network: host,
        table: host,
        virtualMacLinks: host,
        announcer: host,
        askNeighbours: (_link, address) => Promise.resolve(host.strangers.get(address) ?? null),
        inspect: () => [],
      },
      {
        log: (_level, message, fields) => logged.push(`${message} ${JSON.stringify(fields)}`),
        began: () => undefined,
        stepped: () => undefined,
        reportable: () => undefined,
      },
    );
  });

  const stateOf = (key: string): string | undefined =>
    engine.status().routers.find((router) => router.key === key)?.state;

  const becomeActive = async (change: Partial<RouterSpec> = {}): Promise<void> => {
    engine.desired([routerSpec(change)]);
    await settled();
    clock.advance(DOWN_150);
    await settled();
    assert.equal(stateOf('web/IPv4'), 'Active');
  };

  /** What a router at 192.0.2.2 would send. */
  const hear = (priority: number, change: Partial<Advert> = {}): void => {
    host.open_.get('eth0/IPv4')?.receive(datagram(priority, change));
  };

  const datagram = (priority: number, change: Partial<Advert> = {}, sender = '192.0.2.2') => {
    const source = ipAddress(sender);
    const group = ipAddress('224.0.0.18');
    const advert: Advert = {
      version: 3,
      vrid: 51,
      priority,
      interval: fromSeconds(1),
      addresses: [ipAddress('192.0.2.100')],
      ...change,
    };
    const message = encodeAdvert(
      advert,
      { authentication: { type: 'None' }, checksum: 'PseudoHeader' },
      source,
      group,
    );
    const bytes = Buffer.concat([ipv4Header(source, group, message.length, 1), message]);
    return {
      bytes,
      interfaceIndex: host.indexOf('eth0'),
      family: 'IPv4' as const,
      source: null,
      destination: null,
      hopLimit: null,
    };
  };

  it('advertises, holds and announces, in this order, when nobody else is heard', async () => {
    await becomeActive();
    assert.deepEqual(host.done, [
      'send priority 150 to 224.0.0.18',
      'hold 192.0.2.100/32 on eth0 for 3 s',
      'announce 192.0.2.100 on eth0 at 02:00:00:00:00:01',
    ]);
  });

  it('renews the lease with each advert', async () => {
    await becomeActive();
    host.done.length = 0;
    clock.advance(2 * SECOND);
    await settled();
    const renewals = host.done.filter((line) => line.startsWith('hold'));
    assert.equal(renewals.length, 2);
  });

  it('goes on answering after its resignation until the successor is heard, and then lets go', async () => {
    await becomeActive();
    const stopped = engine.stop();
    assert.deepEqual(host.held(), ['192.0.2.100/32']);
    assert.equal(host.sent.at(-1)?.message[2], 0);
    clock.advance(300_000);
    await settled();
    assert.equal(host.open_.size, 1, 'the successor is listened for');
    hear(100);
    clock.advance(99_000);
    assert.deepEqual(host.held(), ['192.0.2.100/32']);
    clock.advance(1_000);
    await stopped;
    assert.deepEqual(host.held(), []);
  });

  it('lets go within one interval when no successor is heard, and at once when told again', async () => {
    await becomeActive();
    const stopped = engine.stop();
    clock.advance(500_000);
    assert.deepEqual(host.held(), ['192.0.2.100/32']);
    engine.hurry();
    await stopped;
    assert.deepEqual(host.held(), []);
  });

  it('resigns everywhere before it removes anything anywhere', async () => {
    engine.desired([
      routerSpec(),
      routerSpec({ key: 'db/IPv4', virtualIP: 'db', vrid: 52, addresses: ['192.0.2.101/32'] }),
    ]);
    clock.advance(DOWN_150);
    await settled();
    host.done.length = 0;
    const stopped = engine.stop();
    assert.deepEqual(host.done, ['send priority 0 to 224.0.0.18', 'send priority 0 to 224.0.0.18']);
    clock.advance(2 * SECOND);
    await stopped;
    assert.deepEqual(host.held(), []);
  });

  it('leaves a router alone when the configuration of another one changes', async () => {
    await becomeActive();
    const sent = host.sent.length;
    const other = routerSpec({ key: 'db/IPv4', virtualIP: 'db', vrid: 52, addresses: ['192.0.2.101/32'] });
    engine.desired([routerSpec(), other]);
    engine.desired([routerSpec(), { ...other, priority: 200 }]);
    engine.desired([routerSpec()]);
    assert.equal(host.sent.length, sent);
    clock.advance(SECOND);
    assert.equal(host.sent.length, sent + 1);
    assert.equal(stateOf('web/IPv4'), 'Active');
  });

  it('adds and removes single addresses of a router that stays Active', async () => {
    await becomeActive();
    engine.desired([routerSpec({ addresses: ['192.0.2.100/32', '192.0.2.101/32'] })]);
    await settled();
    assert.deepEqual(host.held(), ['192.0.2.100/32', '192.0.2.101/32']);
    engine.desired([routerSpec({ addresses: ['192.0.2.101/32'] })]);
    await settled();
    assert.deepEqual(host.held(), ['192.0.2.101/32']);
    assert.equal(stateOf('web/IPv4'), 'Active');
  });

  it('passes an address from one router to another in one change of configuration', async () => {
    const web = routerSpec();
    const db = routerSpec({ key: 'db/IPv4', virtualIP: 'db', vrid: 52, addresses: ['192.0.2.101/32'] });
    engine.desired([web, db]);
    clock.advance(DOWN_150);
    await settled();
    engine.desired([
      { ...web, addresses: db.addresses },
      { ...db, addresses: web.addresses },
    ]);
    await settled();
    assert.deepEqual([...host.held()].sort(), ['192.0.2.100/32', '192.0.2.101/32']);
    assert.doesNotMatch(logged.join('\n'), /removed by somebody else/);
  });

  it('puts back at once what somebody else removes, and counts it', async () => {
    await becomeActive();
    host.removeAddress('192.0.2.100/32');
    await settled();
    assert.deepEqual(host.held(), ['192.0.2.100/32']);
    assert.equal(engine.status().routers[0]?.counters['addressReinstalls'], 1);
  });

  /** Has addresses that are held answer nobody until what it returns is called. */
  const delayArrival = (): (() => void) => {
    let arrive = (): void => undefined;
    host.arrivesBy = new Promise((resolve) => (arrive = resolve));
    return arrive;
  };
  const announcements = (): number => host.done.filter((line) => line.startsWith('announce')).length;

  it('announces addresses that answer only later at once, and when they do, where nobody answers for them', async () => {
    const arrive = delayArrival();
    engine.desired([routerSpec()]);
    await settled();
    hear(200);
    clock.advance(DOWN_150);
    await settled();
    assert.equal(announcements(), 1);
    arrive();
    await settled();
    assert.equal(announcements(), 2);
  });

  it('announces them only when they answer, where it has heard nobody yet: somebody may be there', async () => {
    const arrive = delayArrival();
    await becomeActive();
    assert.equal(announcements(), 0);
    arrive();
    await settled();
    assert.equal(announcements(), 1);
  });

  it('announces them only when they answer, where the router that resigned still does', async () => {
    engine.desired([routerSpec()]);
    await settled();
    hear(200);
    hear(0);
    const arrive = delayArrival();
    clock.advance(SKEW_150);
    await settled();
    assert.equal(stateOf('web/IPv4'), 'Active');
    assert.equal(announcements(), 0);
    arrive();
    await settled();
    assert.equal(announcements(), 1);
  });

  it('announces nothing late that another router has meanwhile', async () => {
    const arrive = delayArrival();
    await becomeActive();
    hear(200);
    arrive();
    await settled();
    assert.equal(announcements(), 0);
  });

  it('announces the addresses that the kernel took although it refused another one', async () => {
    host.refusedAddresses.set('192.0.2.101/24', 'EINVAL');
    await becomeActive({ addresses: ['192.0.2.100/32', '192.0.2.101/24', '192.0.2.102/32'] });
    const announced = host.done.filter((line) => line.startsWith('announce'));
    assert.deepEqual(announced, [
      'announce 192.0.2.100 on eth0 at 02:00:00:00:00:01',
      'announce 192.0.2.102 on eth0 at 02:00:00:00:00:01',
    ]);
    assert.equal(engine.status().routers[0]?.problems[0]?.code, 'AddressRefused');
  });

  it('tells of a renewal that the kernel refuses, and asks again with the next advert', async () => {
    await becomeActive();
    host.refusedAddresses.set('192.0.2.100/32', 'ENOMEM');
    clock.advance(SECOND);
    await settled();
    assert.equal(engine.status().routers[0]?.problems[0]?.code, 'AddressRefused');
    assert.equal(logged.filter((line) => line.includes('"operation":"renew"')).length, 1);
    host.refusedAddresses.clear();
    host.done.length = 0;
    clock.advance(SECOND);
    await settled();
    assert.ok(host.done.includes('hold 192.0.2.100/32 on eth0 for 3 s'));
  });

  it('announces an address that the kernel takes at last when it is renewed', async () => {
    host.refusedAddresses.set('192.0.2.100/32', 'ENOMEM');
    await becomeActive();
    clock.advance(fromSeconds(10));
    await settled();
    host.refusedAddresses.clear();
    host.done.length = 0;
    clock.advance(fromSeconds(1));
    await settled();
    assert.deepEqual(host.done, [
      'send priority 150 to 224.0.0.18',
      'hold 192.0.2.100/32 on eth0 for 3 s',
      'announce 192.0.2.100 on eth0 at 02:00:00:00:00:01',
    ]);
    clock.advance(fromSeconds(1));
    await settled();
    assert.equal(host.done.filter((line) => line.startsWith('announce')).length, 1);
  });

  it('leaves the election when the link goes down, and enters it again as Backup', async () => {
    await becomeActive();
    host.setLink('eth0', { running: false });
    await settled();
    assert.deepEqual(host.held(), []);
    assert.equal(stateOf('web/IPv4'), 'Initialize');
    assert.equal(engine.status().routers[0]?.problems[0]?.code, 'LinkDown');
    host.setLink('eth0', { running: true });
    assert.equal(stateOf('web/IPv4'), 'Backup');
    assert.deepEqual(engine.status().routers[0]?.problems, []);
  });

  it('opens new sockets when the interface is made anew', async () => {
    await becomeActive();
    host.removeLink('eth0');
    await settled();
    assert.equal(host.open_.size, 0);
    host.setLink('eth0', { index: 77 });
    host.addAddress('eth0', '192.0.2.1/24');
    assert.equal(stateOf('web/IPv4'), 'Backup');
    clock.advance(DOWN_150);
    await settled();
    assert.deepEqual(host.held(), ['192.0.2.100/32']);
  });

  it('hears what waits in the queue before it has another priority, which whoever sent it has not met', async () => {
    await becomeActive();
    host.queued.push(datagram(120));
    engine.desired([routerSpec({ priority: 100 })]);
    assert.equal(stateOf('web/IPv4'), 'Active');
    host.queued.push(datagram(90));
    engine.track('web/IPv4', [{ id: 'http', up: false, weight: -50, message: 'refused' }]);
    assert.equal(stateOf('web/IPv4'), 'Active');
    assert.equal(host.queued.length, 0);
  });

  it('hears what waits in the queue before it takes silence for an answer', async () => {
    engine.desired([routerSpec({ priority: 100 })]);
    host.queued.push(datagram(200));
    clock.freeze(10 * SECOND);
    clock.advance(0);
    assert.equal(stateOf('web/IPv4'), 'Backup');
    await settled();
    assert.deepEqual(host.held(), []);
  });

  describe('with more Backups than are worth a reading for each advert', () => {
    const VRIDS = Array.from({ length: 64 }, (_, index) => index + 1);
    /** Of 64 adverts a second. */
    const PAUSE = SECOND / 10;

    const specs = (): RouterSpec[] =>
      VRIDS.map((vrid) => routerSpec({ key: `v${String(vrid)}`, vrid, priority: 150 }));
    const waits = (advert: ReturnType<typeof datagram>, waited = 0): void => {
      host.queued.push({ ...advert, waited: fromMillis(waited / 1_000) });
    };
    const heeded = (): readonly number[] | null | undefined => host.heeded.get('eth0/IPv4');

    it('reads after pauses, and leaves what is urgent to the socket', async () => {
      engine.desired(specs());
      await settled();
      assert.deepEqual(heeded(), []);
      clock.advance(PAUSE / 2);
      for (const vrid of VRIDS) waits(datagram(200, { vrid }));
      clock.advance(PAUSE / 2 + 1);
      assert.equal(host.queued.length, 0);
      assert.deepEqual(new Set(engine.status().routers.map(({ active }) => active?.source)).size, 1);
    });

    it('reads everything when it comes in where there are few', async () => {
      engine.desired(specs().slice(0, 16));
      await settled();
      assert.equal(heeded(), undefined);
    });

    it('counts the silence from when an advert came in, not from when it was read', async () => {
      engine.desired(specs());
      await settled();
      const cameAt = clock.now();
      clock.freeze(PAUSE - 1);
      waits(datagram(200, { vrid: 7 }), PAUSE - 1);
      clock.advance(1);
      assert.equal(host.queued.length, 0);
      clock.advance(cameAt + DOWN_150 - clock.now() - 1);
      assert.equal(stateOf('v7'), 'Backup');
      clock.advance(2);
      assert.equal(stateOf('v7'), 'Active');
    });

    it('takes the blame for what waited far too long: the silence begins when it is read', async () => {
      engine.desired(specs());
      await settled();
      clock.freeze(3 * SECOND);
      waits(datagram(200, { vrid: 7 }), 3 * SECOND);
      clock.advance(DOWN_150 - 1);
      assert.equal(stateOf('v7'), 'Backup');
      clock.advance(2);
      assert.equal(stateOf('v7'), 'Active');
    });

    it('hears whoever is Active at once, and everybody again when nobody is a Backup any more', async () => {
      engine.desired(specs());
      await settled();
      clock.advance(SECOND);
      for (const vrid of VRIDS.slice(1)) waits(datagram(200, { vrid }));
      clock.advance(DOWN_150 - SECOND);
      await settled();
      assert.equal(stateOf('v1'), 'Active');
      assert.equal(stateOf('v2'), 'Backup');
      assert.deepEqual(heeded(), [1]);
      clock.advance(DOWN_150);
      await settled();
      assert.equal(heeded(), null);
    });

    it('leaves nothing unread on a socket that had to be opened anew', async () => {
      engine.desired(specs());
      await settled();
      host.heeded.clear();
      host.open_.get('eth0/IPv4')?.failed(new Error('ENETDOWN'));
      await settled();
      assert.deepEqual(heeded(), []);
    });
  });

  it('does not believe after a standstill that it still holds the addresses', async () => {
    await becomeActive();
    clock.freeze(5 * SECOND);
    host.queued.push(datagram(100));
    clock.advance(0);
    assert.equal(stateOf('web/IPv4'), 'Backup');
    clock.advance(415_000);
    await settled();
    assert.equal(stateOf('web/IPv4'), 'Active');
    assert.deepEqual(host.held(), ['192.0.2.100/32']);
  });

  it('hands over to a better peer that is configured when its priority is lowered', async () => {
    await becomeActive({ bestPeerPriority: 120 });
    engine.desired([routerSpec({ bestPeerPriority: 120, priority: 90 })]);
    assert.equal(host.sent.at(-1)?.message[2], 0);
    assert.equal(stateOf('web/IPv4'), 'Backup');
    assert.deepEqual(host.held(), ['192.0.2.100/32']);
    // Its Skew_Time.
    clock.advance(531_250);
    hear(120);
    clock.advance(100_000);
    await settled();
    assert.deepEqual(host.held(), []);
  });

  it('leaves it to the election who is better when tracking lowers the priority', async () => {
    await becomeActive({ bestPeerPriority: 120 });
    engine.track('web/IPv4', [{ id: 'http', up: false, weight: -100, message: 'refused' }]);
    assert.equal(host.sent.at(-1)?.message[2], 50);
    assert.equal(stateOf('web/IPv4'), 'Active');
  });

  it('advertises a lowered priority when it knows of no better peer', async () => {
    await becomeActive();
    engine.desired([routerSpec({ priority: 90 })]);
    assert.equal(host.sent.at(-1)?.message[2], 90);
    assert.equal(stateOf('web/IPv4'), 'Active');
  });

  it('lowers its priority while a tracked object with a weight fails, and leaves while one without does', async () => {
    await becomeActive();
    engine.track('web/IPv4', [{ id: 'http', up: false, weight: -100, message: 'refused' }]);
    assert.equal(host.sent.at(-1)?.message[2], 50);
    engine.track('web/IPv4', [{ id: 'http', up: false, weight: null, message: 'refused' }]);
    assert.equal(stateOf('web/IPv4'), 'Initialize');
    assert.equal(engine.status().routers[0]?.problems[0]?.code, 'TrackingFailed');
    engine.track('web/IPv4', [{ id: 'http', up: true, weight: null, message: '' }]);
    assert.equal(stateOf('web/IPv4'), 'Backup');
  });

  it('logs a priority that tracking changes, with the reason, and back', async () => {
    host.setLink('bond1');
    await becomeActive({ trackInterfaces: [{ name: 'bond1', weight: -60 }] });
    logged.length = 0;
    host.setLink('bond1', { running: false });
    host.setLink('bond1', { running: true });
    assert.deepEqual(
      logged.filter((line) => line.startsWith('Priority changes')),
      [
        'Priority changes {"router":"web/IPv4","from":150,"to":90,"reason":"interface bond1 fails (no carrier): -60"}',
        'Priority changes {"router":"web/IPv4","from":90,"to":150}',
      ],
    );
  });

  it('tracks interfaces by itself', async () => {
    host.setLink('bond1');
    await becomeActive({ trackInterfaces: [{ name: 'bond1', weight: -60 }] });
    host.setLink('bond1', { running: false });
    assert.equal(host.sent.at(-1)?.message[2], 90);
    host.setLink('bond1', { running: true });
    assert.equal(host.sent.at(-1)?.message[2], 150);
  });

  it('tries again when the host refuses a socket', () => {
    host.refuseSockets = true;
    engine.desired([routerSpec()]);
    assert.equal(stateOf('web/IPv4'), 'Initialize');
    assert.equal(engine.status().routers[0]?.problems[0]?.code, 'HostRefused');
    host.refuseSockets = false;
    clock.advance(SECOND);
    assert.equal(stateOf('web/IPv4'), 'Backup');
  });

  it('counts an advert that the kernel refuses and stays Active', async () => {
    await becomeActive();
    host.refuseSending = true;
    clock.advance(2 * SECOND);
    assert.equal(engine.status().routers[0]?.counters['sendErrors'], 2);
    assert.equal(stateOf('web/IPv4'), 'Active');
  });

  it('finds the interface by the subnet of the first address', () => {
    host.setLink('eth1');
    host.addAddress('eth1', '198.51.100.1/24');
    engine.desired([routerSpec({ interface: null, addresses: ['198.51.100.9/32'] })]);
    assert.deepEqual([...host.open_.keys()], ['eth1/IPv4']);
  });

  it('names what is wrong when there is no such interface, and starts when there is', () => {
    engine.desired([routerSpec({ interface: 'eth9' })]);
    assert.equal(engine.status().routers[0]?.problems[0]?.message, 'there is no interface eth9 on this host');
    host.setLink('eth9');
    host.addAddress('eth9', '192.0.2.7/24');
    assert.equal(stateOf('web/IPv4'), 'Backup');
  });

  it('puts the addresses on a macvlan with the virtual MAC where that is wanted', async () => {
    engine.desired([routerSpec({ virtualMAC: true })]);
    await settled();
    assert.deepEqual(host.done, ['make vrrp4.51.2 with 00:00:5e:00:01:33 on eth0']);
    clock.advance(DOWN_150);
    await settled();
    assert.ok(host.done.includes('hold 192.0.2.100/32 on vrrp4.51.2 for 3 s'));
    assert.ok(host.done.includes('announce 192.0.2.100 on vrrp4.51.2 at 00:00:5e:00:01:33'));
  });

  it('hears a peer that uses the virtual MAC, and leaves no interface behind', async () => {
    engine.desired([routerSpec({ virtualMAC: true, priority: 100 })]);
    await settled();
    assert.deepEqual([...host.open_.keys()].sort(), ['eth0/IPv4', 'vrrp4.51.2/IPv4']);
    const index = host.indexOf('vrrp4.51.2');
    host.open_.get('vrrp4.51.2/IPv4')?.receive({ ...datagram(200), interfaceIndex: index });
    assert.equal(engine.status().routers[0]?.active?.priority, 200);
    await engine.stop();
    assert.equal(host.indexOf('vrrp4.51.2'), 0);
    assert.equal(host.open_.size, 0);
  });

  it('removes the virtual MAC of a router that was removed while it was being made', async () => {
    engine.desired([routerSpec({ virtualMAC: true })]);
    engine.desired([]);
    await settled();
    assert.equal(host.indexOf('vrrp4.51.2'), 0);
  });

  it('leaves no virtual MAC behind that was being made when the agent was told to stop', async () => {
    const ensure = host.ensure.bind(host);
    host.ensure = async (...wanted) => {
      await settled();
      return ensure(...wanted);
    };
    engine.desired([routerSpec({ virtualMAC: true })]);
    await engine.stop();
    assert.deepEqual(host.done, ['make vrrp4.51.2 with 00:00:5e:00:01:33 on eth0', 'remove vrrp4.51.2']);
  });

  it('makes the virtual MAC anew when somebody removes it', async () => {
    await becomeActive({ virtualMAC: true });
    host.removeLink('vrrp4.51.2');
    await settled();
    assert.notEqual(host.indexOf('vrrp4.51.2'), 0);
  });

  it('runs one of two routers that turn out to have the same VRID on the same interface, and names the other', async () => {
    const other = routerSpec({
      key: 'db/IPv4',
      virtualIP: 'db',
      interface: null,
      addresses: ['192.0.2.101/32'],
    });
    engine.desired([routerSpec(), other]);
    assert.equal(stateOf('web/IPv4'), 'Backup');
    assert.equal(stateOf('db/IPv4'), 'Initialize');
    const problem = engine.status().routers.find(({ key }) => key === 'db/IPv4')?.problems[0];
    assert.equal(problem?.message, 'VRID 51 is the one of web/IPv4 on eth0 already');
    engine.desired([other]);
    clock.advance(2 * SECOND);
    await settled();
    assert.equal(stateOf('db/IPv4'), 'Backup');
  });

  it('sends no unicast advert to itself when all hosts share one list of peers', async () => {
    const peers = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
    await becomeActive({ unicast: { peers, source: null, hopLimit: { min: 255, max: 255 } } });
    assert.deepEqual(
      host.sent.map(({ destination }) => destination),
      ['192.0.2.2', '192.0.2.3'],
    );
  });

  it('names a host that has the address without speaking VRRP, and takes the address all the same', async () => {
    host.strangers.set('192.0.2.100', '02:00:00:00:00:99' as MacAddress);
    engine.desired([routerSpec()]);
    await settled();
    clock.advance(DOWN_150);
    await settled();
    assert.equal(engine.status().routers[0]?.problems[0]?.code, 'AddressInUse');
    assert.match(logged.join('\n'), /02:00:00:00:00:99/);
    assert.deepEqual(host.held(), ['192.0.2.100/32']);
  });

  it('takes the finding back when the stranger turns out to be a router whose adverts came late', async () => {
    host.strangers.set('192.0.2.100', '02:00:00:00:00:99' as MacAddress);
    engine.desired([routerSpec()]);
    await settled();
    clock.advance(DOWN_150);
    await settled();
    assert.equal(engine.status().routers[0]?.problems.length, 1);
    hear(100);
    assert.deepEqual(engine.status().routers[0]?.problems, []);
  });

  it('names a router with other addresses, until that one resigns', async () => {
    const others = { addresses: [ipAddress('192.0.2.101')] };
    engine.desired([routerSpec()]);
    await settled();
    hear(200, others);
    assert.equal(engine.status().routers[0]?.problems[0]?.code, 'AddressListDiffers');
    hear(0, others);
    assert.deepEqual(engine.status().routers[0]?.problems, []);
  });

  it('takes no offence at the Active router answering for the address', async () => {
    host.strangers.set('192.0.2.100', '02:00:00:00:00:99' as MacAddress);
    engine.desired([routerSpec()]);
    await settled();
    hear(200);
    clock.advance(DOWN_150);
    await settled();
    assert.equal(stateOf('web/IPv4'), 'Active');
    assert.deepEqual(engine.status().routers[0]?.problems, []);
  });

  it('hears only what is for one of its routers, and counts the rest', () => {
    engine.desired([routerSpec({ priority: 100 })]);
    hear(200, { vrid: 52 });
    assert.deepEqual(engine.status().unmatched, { unknownVrid: 1 });
    assert.equal(engine.status().routers[0]?.counters['rcvdAdvertisements'], 0);
  });

  it('starts the election anew when the VRID changes, without holding the addresses twice', async () => {
    await becomeActive();
    engine.desired([routerSpec({ vrid: 60 })]);
    await settled();
    assert.deepEqual(host.held(), []);
    assert.equal(stateOf('web/IPv4'), 'Backup');
    clock.advance(DOWN_150);
    await settled();
    assert.deepEqual(host.held(), ['192.0.2.100/32']);
  });

  it('hears the successor of a removed router although another one has its VRID by now', async () => {
    await becomeActive();
    engine.desired([routerSpec({ key: 'www/IPv4', virtualIP: 'www' })]);
    hear(200);
    clock.advance(fromMillis(110));
    await settled();
    assert.deepEqual(host.held(), []);
    assert.equal(engine.status().routers[0]?.active?.priority, 200);
  });

  it('moves to another interface by a new election, and leaves nothing on the one before', async () => {
    await becomeActive({ interface: null });
    host.setLink('eth1');
    host.addAddress('eth1', '198.51.100.1/24');
    engine.desired([routerSpec({ interface: null, addresses: ['198.51.100.9/32'] })]);
    await settled();
    assert.equal(stateOf('web/IPv4'), 'Backup');
    assert.deepEqual(host.held(), []);
    host.done.length = 0;
    clock.advance(DOWN_150);
    await settled();
    assert.ok(host.done.includes('hold 198.51.100.9/32 on eth1 for 3 s'));
    assert.deepEqual(host.held(), ['198.51.100.9/32']);
  });

  it('goes on when the interface that was found by itself is named', async () => {
    await becomeActive({ interface: null });
    host.done.length = 0;
    engine.desired([routerSpec({ interface: 'eth0' })]);
    await settled();
    assert.equal(stateOf('web/IPv4'), 'Active');
    assert.deepEqual(host.done, []);
  });

  it('moves to the interface that is named instead by a new election, and leaves nothing on the one before', async () => {
    await becomeActive({ interface: null });
    host.setLink('eth1');
    host.addAddress('eth1', '198.51.100.1/24');
    engine.desired([routerSpec({ interface: 'eth1' })]);
    await settled();
    assert.equal(stateOf('web/IPv4'), 'Backup');
    assert.deepEqual(host.held(), []);
    assert.equal(engine.status().routers[0]?.interface, 'eth1');
    engine.desired([routerSpec({ interface: 'eth9' })]);
    await settled();
    assert.equal(stateOf('web/IPv4'), 'Initialize');
    assert.equal(host.open_.size, 0);
  });

  it('starts anew on an interface that was made anew before anybody saw it missing', async () => {
    await becomeActive();
    host.quietly(() => {
      host.removeLink('eth0');
      host.setLink('eth0', { index: 77 });
      host.addAddress('eth0', '192.0.2.1/24');
    });
    await settled();
    assert.equal(stateOf('web/IPv4'), 'Backup');
    clock.advance(DOWN_150);
    await settled();
    assert.deepEqual(host.held(), ['192.0.2.100/32']);
    assert.ok(host.sent.length > 0);
  });

  it('announces a changed MAC address of the interface, and never the old one again', async () => {
    await becomeActive();
    clock.advance(fromSeconds(10));
    await settled();
    host.done.length = 0;
    host.setLink('eth0', { mac: '02:00:00:00:00:07' as MacAddress });
    await settled();
    assert.ok(host.done.includes('announce 192.0.2.100 on eth0 at 02:00:00:00:00:07'));
    clock.advance(fromSeconds(70));
    await settled();
    assert.equal(stateOf('web/IPv4'), 'Active');
    assert.doesNotMatch(host.done.join('\n'), /at 02:00:00:00:00:01/);
  });

  it('holds the addresses on the virtual MAC that was made anew', async () => {
    await becomeActive({ virtualMAC: true });
    clock.advance(fromSeconds(10));
    await settled();
    host.done.length = 0;
    host.removeLink('vrrp4.51.2');
    await settled();
    await settled();
    assert.equal(stateOf('web/IPv4'), 'Active');
    assert.deepEqual(host.held(), ['192.0.2.100/32']);
    assert.ok(host.done.includes('hold 192.0.2.100/32 on vrrp4.51.2 for 3 s'), host.done.join('\n'));
    assert.ok(host.done.includes('announce 192.0.2.100 on vrrp4.51.2 at 00:00:5e:00:01:33'));
  });

  it('leaves the virtual MAC to the router that succeeds another one under the same VRID', async () => {
    await becomeActive({ virtualMAC: true });
    engine.desired([routerSpec({ key: 'www/IPv4', virtualIP: 'www', virtualMAC: true })]);
    await settled();
    await settled();
    assert.notEqual(host.indexOf('vrrp4.51.2'), 0);
    clock.advance(DOWN_150);
    await settled();
    assert.equal(stateOf('www/IPv4'), 'Active');
    assert.deepEqual(host.held(), ['192.0.2.100/32']);
  });

  it('lets go of the addresses when the subnet of its interface goes while it still answers for them', async () => {
    await becomeActive({ interface: null });
    engine.track('web/IPv4', [{ id: 'http', up: false, weight: null, message: 'refused' }]);
    assert.deepEqual(host.held(), ['192.0.2.100/32']);
    host.removeAddress('192.0.2.1/24');
    await settled();
    assert.deepEqual(host.held(), []);
  });

  it('shows one router of a name, also while an earlier one still answers', async () => {
    await becomeActive();
    engine.desired([]);
    assert.deepEqual([stateOf('web/IPv4'), host.held().length], ['Initialize', 1]);
    engine.desired([routerSpec()]);
    assert.deepEqual(
      engine.status().routers.map(({ key, state }) => `${key} ${state}`),
      ['web/IPv4 Backup'],
    );
  });

  it('tells of new senders of bad adverts after a flood of them is over, and how much it held back', () => {
    engine.desired([routerSpec()]);
    const rejected = (from: number, to: number): number => {
      logged.length = 0;
      for (let sender = from; sender < to; sender++)
        host.open_
          .get('eth0/IPv4')
          ?.receive(datagram(100, { version: 2 }, `198.51.${String(sender >> 8)}.${String(sender & 255)}`));
      return logged.filter((line) => line.startsWith('Advert rejected')).length;
    };
    assert.equal(rejected(1, 2_000), 1_024 + 3);
    clock.freeze(fromSeconds(31));
    assert.equal(rejected(2_000, 2_010), 10);
    assert.match(logged.join('\n'), /Log lines held back \{"about":"others","count":972\}/);
  });

  it('forgets what a removed router tracked', () => {
    engine.desired([routerSpec()]);
    engine.track('web/IPv4', [{ id: 'http', up: false, weight: null, message: 'refused' }]);
    engine.desired([]);
    engine.desired([routerSpec()]);
    assert.equal(stateOf('web/IPv4'), 'Backup');
  });

  it('does not announce what the kernel has installed only when a better router was heard', async () => {
    engine.desired([routerSpec()]);
    await settled();
    clock.advance(DOWN_150);
    assert.equal(stateOf('web/IPv4'), 'Active');
    hear(200);
    await settled();
    assert.equal(stateOf('web/IPv4'), 'Backup');
    assert.deepEqual(host.held(), ['192.0.2.100/32']);
    assert.deepEqual(
      host.done.filter((line) => line.startsWith('announce')),
      [],
    );
  });

  it('has the adverts of a crowd leave together when they are due within a 256th of their interval', async () => {
    const crowd = Array.from({ length: 20 }, (_, index) =>
      routerSpec({
        key: `v${String(index)}`,
        vrid: index + 1,
        addresses: [`192.0.2.${String(100 + index)}/32`],
      }),
    );
    for (const [index] of crowd.entries()) {
      engine.desired(crowd.slice(0, index + 1));
      clock.advance(fromMillis(0.4));
    }
    clock.advance(DOWN_150);
    await settled();
    clock.advance(fromMillis(990));
    const turns: number[] = [];
    for (let step = 0; step < 2_000; step++) {
      const before = host.sent.length;
      clock.advance(fromMillis(0.01));
      if (host.sent.length > before) turns.push(host.sent.length - before);
    }
    // They became Active within eight milliseconds.
    assert.equal(
      turns.reduce((sum, count) => sum + count, 0),
      crowd.length,
    );
    assert.ok(turns.length <= 3, `${String(crowd.length)} adverts left in ${String(turns.length)} turns`);
  });

  it('gives a removed address to its successor before it lets go', async () => {
    await becomeActive();
    engine.desired([]);
    assert.equal(host.sent.at(-1)?.message[2], 0);
    assert.deepEqual(host.held(), ['192.0.2.100/32']);
    clock.advance(fromMillis(1_200));
    await settled();
    assert.deepEqual(host.held(), []);
    assert.deepEqual(engine.status().routers, []);
  });
});

/** Lets promises that are already resolved go on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
