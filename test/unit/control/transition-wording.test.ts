import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONFIGURATION_PROBLEM, controlWording } from '../../../src/node-agent/control/log-wording.js';
import { STATE_CHANGED, type StateChangedFields } from '../../../src/node-agent/ipc/log-messages.js';
import { formatLogText } from '../../../src/platform/log-text.js';

const line = (changes: Partial<StateChangedFields>): string =>
  formatLogText(
    {
      level: 'info',
      time: '2026-11-22T21:42:55.123Z',
      message: STATE_CHANGED,
      fields: {
        router: 'web/IPv4',
        from: 'Backup',
        to: 'Active',
        because: 'activeDown',
        vrid: 51,
        interface: 'eth0',
        priority: 100,
        ...changes,
      },
    },
    controlWording,
  ).slice('2026-11-22T21:42:55.123Z INFO  '.length);

describe('the log line about a transition', () => {
  it("has RFC 9568's names and the one of keepalived, the reason, and where", () => {
    assert.equal(
      line({ silence: 3.609 }),
      'web/IPv4: Backup -> Active (MASTER): no advertisement for 3.61 s [vrid=51 interface=eth0 priority=100]',
    );
  });

  it('says BACKUP, and calls a router that cannot take part FAULT and one that need not INIT', () => {
    const of = (changes: Partial<StateChangedFields>): string => line(changes).split(' [')[0] ?? '';
    assert.equal(
      of({ from: 'Active', to: 'Backup', because: 'higherPriority' }),
      'web/IPv4: Active -> Backup (BACKUP): a router of higher priority advertises',
    );
    assert.equal(
      of({ from: 'Active', to: 'Initialize', because: 'linkDown' }),
      'web/IPv4: Active -> Initialize (FAULT): the link is down',
    );
    assert.equal(
      of({ from: 'Active', to: 'Initialize', because: 'stopping' }),
      'web/IPv4: Active -> Initialize (INIT): the agent is stopping',
    );
  });

  it('keeps a reason that it has no words for', () => {
    const because = 'sunspots' as StateChangedFields['because'];
    assert.match(line({ because }), /^web\/IPv4: Backup -> Active \(MASTER\): sunspots \[/);
  });
});

describe('the log line about a problem in the configuration', () => {
  it('begins with the place, so that editors jump to it', () => {
    const fields = { finding: 'vip.yaml:7:9: spec.vrid: must be at most 255, is 300' };
    const text = formatLogText(
      { level: 'error', time: 'T', message: CONFIGURATION_PROBLEM, fields },
      controlWording,
    );
    assert.equal(text, 'T ERROR Configuration problem: vip.yaml:7:9: spec.vrid: must be at most 255, is 300');
  });
});
