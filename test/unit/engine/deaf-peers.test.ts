import assert from 'node:assert/strict';
import { test } from 'node:test';

import { DeafPeers } from '../../../src/node-agent/engine/deaf-peers.js';
import type { RouterConfig } from '../../../src/node-agent/vrrp/config.js';
import { ipAddress } from '../../../src/values/ip-address.js';
import { type Micros, fromSeconds } from '../../../src/values/time.js';

const CONFIG = { vrid: 51, advertisementInterval: fromSeconds(1) } as RouterConfig;
const PEER = ipAddress('192.0.2.2');

/** The answers to losing adverts of `PEER` at these seconds. */
const told = (peers: DeafPeers, seconds: readonly number[]): (string | null)[] =>
  seconds.map((at) => peers.answered(PEER, CONFIG, (at * 1e6) as Micros)?.code ?? null);

test('a router that advertises on after five answers is told of', () => {
  assert.deepEqual(told(new DeafPeers(), [1, 2, 3, 4, 5, 6, 7]), [
    ...[null, null, null, null, null],
    ...['PeerDoesNotYield', 'PeerDoesNotYield'],
  ]);
});

test('a router that gives way each time is not told of, however often it takes over', () => {
  assert.ok(told(new DeafPeers(), [0, 10, 20, 30, 40, 50, 60, 70, 80]).every((code) => code === null));
});

test('the message names the router, and what keepalived has to do with it', () => {
  const peers = new DeafPeers();
  const problem = [1, 2, 3, 4, 5, 6].map((at) => peers.answered(PEER, CONFIG, (at * 1e6) as Micros)).at(-1);
  assert.match(problem?.message ?? '', /^192\.0\.2\.2 .*VRID 51/);
  assert.match(problem?.remedy ?? '', /vmac_xmit_base/);
});

test('a thousand senders that are made up are not remembered, and hide nobody who goes on', () => {
  const peers = new DeafPeers();
  const codes: (string | null)[] = [];
  for (let second = 0; second < 6; second++) {
    for (let host = 0; host < 5; host++)
      peers.answered(
        ipAddress(`198.51.100.${String(second * 5 + host + 1)}`),
        CONFIG,
        (second * 1e6) as Micros,
      );
    codes.push(...told(peers, [second]));
  }
  assert.equal(codes.at(-1), 'PeerDoesNotYield');
});
