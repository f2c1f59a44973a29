import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Engine } from '../../../src/node-agent/engine/engine.js';
import { ToldStatuses } from '../../../src/node-agent/engine/told-statuses.js';
import type { RouterSpec } from '../../../src/node-agent/ipc/router-spec.js';
import { ipv4Header } from '../../../src/node-agent/vrrp/ip-header.js';
import { encodeAdvert } from '../../../src/node-agent/vrrp/packet.js';
import { ipAddress } from '../../../src/values/ip-address.js';
import { fromSeconds } from '../../../src/values/time.js';
import { FakeClock } from '../../support/fake-clock.js';
import { FakeHost } from '../../support/fake-host.js';
import { routerSpec } from '../../support/router-spec.js';

const SECOND = 1_000_000;
const GROUP = ipAddress('224.0.0.18');

describe('what the other process is told of', () => {
  let clock: FakeClock;
  let host: FakeHost;
  let engine: Engine;
  let told: ToldStatuses;

  beforeEach(() => {
    clock = new FakeClock();
    host = new FakeHost();
    told = new ToldStatuses();
    host.setLink('eth0');
    host.addAddress('eth0', '192.0.2.1/24');
    engine = new Engine(
      {
        ...{ clock, sockets: host, network: host, table: host, virtualMacLinks: host, announcer: host },
        askNeighbours: () => Promise.resolve(null),
        inspect: () => [],
      },
      { log: () => undefined, began: () => undefined, stepped: () => undefined, reportable: () => undefined },
    );
  });

  const news = (): readonly string[] => {
    const { routers } = engine.status((...router) => told.isNews(...router));
    return routers.map(({ key }) => key);
  };

  const hear = (vrid: number, priority: number, addresses = ['192.0.2.100']): void => {
    const source = ipAddress('192.0.2.2');
    const advert = { version: 3, vrid, priority, interval: fromSeconds(1) } as const;
    const message = encodeAdvert(
      { ...advert, addresses: addresses.map(ipAddress) },
      { authentication: { type: 'None' }, checksum: 'PseudoHeader' },
      source,
      GROUP,
    );
    const bytes = Uint8Array.of(...ipv4Header(source, GROUP, message.length, 1), ...message);
    const link = host.links()[0]?.index ?? 0;
    host.open_.get('eth0/IPv4')?.receive({
      ...{ bytes, interfaceIndex: link, family: 'IPv4', source: null, destination: null, hopLimit: null },
    });
  };

  const two: readonly [RouterSpec, RouterSpec] = [
    routerSpec({ key: 'one/IPv4', vrid: 51, priority: 150 }),
    routerSpec({ key: 'two/IPv4', vrid: 52, priority: 150 }),
  ];

  it('a Backup that hears an advert each second is no news', async () => {
    engine.desired(two);
    assert.deepEqual(news(), ['one/IPv4', 'two/IPv4']);
    hear(51, 200);
    hear(52, 200);
    news();
    for (let seconds = 0; seconds < 10; seconds++) {
      hear(51, 200);
      hear(52, 200);
      clock.advance(SECOND);
      assert.deepEqual(news(), []);
    }
    await Promise.resolve();
    assert.equal(engine.status().routers[0]?.counters['rcvdAdvertisements'], 11);
  });

  it('another Active router, a transition, a finding and its end are', () => {
    engine.desired(two);
    hear(51, 200);
    news();
    hear(51, 201);
    assert.deepEqual(news(), ['one/IPv4']);
    hear(51, 201, ['192.0.2.77']);
    assert.deepEqual(news(), ['one/IPv4']);
    hear(51, 201, ['192.0.2.77']);
    assert.deepEqual(news(), []);
    hear(51, 201);
    assert.deepEqual(news(), ['one/IPv4']);
    clock.advance(3_414_063);
    assert.deepEqual(news(), ['one/IPv4', 'two/IPv4']);
  });

  it('an address of the host is no news, one of the router is, and a link is for all', async () => {
    engine.desired([two[0], { ...two[1], addresses: ['192.0.2.101/32'] }]);
    news();
    host.addAddress('eth0', '192.0.2.9/24');
    assert.deepEqual(news(), []);
    clock.advance(3_414_063);
    await new Promise((resolve) => setImmediate(resolve));
    news();
    host.removeAddress('192.0.2.101/32');
    assert.deepEqual(news(), ['two/IPv4']);
    host.setLink('eth9');
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(news(), ['one/IPv4', 'two/IPv4']);
    assert.deepEqual(news(), []);
  });

  it('names what is gone, once, and tells everything to one who knows nothing', () => {
    engine.desired(two);
    news();
    assert.deepEqual(told.close(), { whole: true, gone: [] });
    engine.desired(two.slice(1));
    assert.deepEqual(news(), []);
    assert.deepEqual(told.close(), { whole: false, gone: ['one/IPv4'] });
    news();
    assert.deepEqual(told.close(), { whole: false, gone: [] });
    told.forget();
    assert.deepEqual(news(), ['two/IPv4']);
    assert.deepEqual(told.close(), { whole: true, gone: [] });
  });
});
