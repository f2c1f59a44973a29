import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HostError } from '../../../src/platform/errors.js';
import { type RehearsalPorts, rehearse } from '../../../src/node-agent/engine/rehearsal.js';

/** Ports that refuse everything, as a kernel does that does not know the interface; and what they were asked for. */
function refusingPorts(): { ports: RehearsalPorts; asked: Map<string, Set<number>>; open: () => number } {
  const asked = new Map<string, Set<number>>();
  let open = 0;
  const note = (what: string, index: number): void => {
    asked.set(what, (asked.get(what) ?? new Set()).add(index));
  };
  const refusal = new HostError('anything', 'ENODEV');
  const ports: RehearsalPorts = {
    sockets: {
      open: (link) => {
        open++;
        return {
          send: () => {
            note('send', link.index);
            throw refusal;
          },
          heed: () => {
            note('heed', link.index);
          },
          drain: () => {
            note('drain', link.index);
            return true;
          },
          close: () => {
            open--;
          },
        };
      },
    },
    table: {
      hold: (index) => {
        note('hold', index);
        return Promise.reject(refusal);
      },
      renew: (index) => {
        note('renew', index);
        return false;
      },
      arrival: () => Promise.reject(new Error('what a rehearsal holds never arrives')),
      release: (index) => {
        note('release', index);
        return Promise.reject(refusal);
      },
      sweep: () => Promise.reject(new Error('a rehearsal sweeps nothing')),
    },
    announcer: {
      announce: ({ index }) => {
        note('announce', index);
      },
      cancel: () => undefined,
    },
  };
  return { ports, asked, open: () => open };
}

test('a rehearsal goes through everything that a takeover and a resignation ask of the host', async () => {
  const { ports, asked } = refusingPorts();
  await rehearse(ports);
  assert.deepEqual([...asked.keys()].sort(), ['announce', 'drain', 'hold', 'release', 'send']);
});

test('a rehearsal asks for an interface only that no host has', async () => {
  const { ports, asked } = refusingPorts();
  await rehearse(ports);
  const indices = new Set([...asked.values()].flatMap((each) => [...each]));
  assert.equal(indices.size, 1);
  for (const index of indices) assert.ok(index > 0x7fff_0000, String(index));
});

test('a rehearsal ends with every socket closed, whatever the host refuses', async () => {
  const { ports, open } = refusingPorts();
  await rehearse(ports);
  assert.equal(open(), 0);
});
