import { Recorder } from '../../../src/node-agent/recording/recorder.js';
import type { RouterConfig } from '../../../src/node-agent/vrrp/config.js';
import type { RouterEvent } from '../../../src/node-agent/vrrp/event.js';
import { initialState, transition } from '../../../src/node-agent/vrrp/router.js';
import type { RouterState } from '../../../src/node-agent/vrrp/state.js';
import { ipAddress } from '../../../src/values/ip-address.js';
import { type Micros, fromSeconds } from '../../../src/values/time.js';
import { routerConfig } from '../../support/router-config.js';

export const KEY = 'web/IPv4';

/** What happens to one router, told from microseconds after the start. */
export type Story = readonly (readonly [at: number, event: RouterEvent])[];

export const advert = (priority: number): RouterEvent => ({
  kind: 'advertReceived',
  sender: ipAddress('192.0.2.2'),
  advert: {
    version: 3,
    vrid: 51,
    priority,
    interval: fromSeconds(1),
    addresses: [ipAddress('192.0.2.100')],
  },
});

/** Starts as Backup, hears a better router resign, takes over, gives way again. */
export const takeover: Story = [
  [0, { kind: 'startup', source: ipAddress('192.0.2.1') }],
  [500_000, advert(150)],
  [1_500_000, advert(0)],
  [2_109_375, { kind: 'timerExpired' }],
  [3_109_375, { kind: 'timerExpired' }],
  [3_200_000, { kind: 'prioritySet', priority: 90, yieldToPeer: false }],
  [3_500_000, advert(150)],
  [4_000_000, { kind: 'configSet', config: routerConfig({ basePriority: 120 }) }],
  [9_000_000, { kind: 'timerExpired' }],
];

/** The lines of a recording of this story, and every state on the way. */
export function recorded(
  story: Story = takeover,
  initial: RouterConfig = routerConfig(),
): Readonly<{ lines: readonly string[]; states: readonly RouterState[] }> {
  const recorder = new Recorder();
  let state: RouterState = initialState(initial);
  const states: RouterState[] = [state];
  const lines = [
    recorder.header({ node: 'edge-1', program: '0.1.0', wallClock: 0, now: 0 as Micros }),
    recorder.router(KEY, 0 as Micros, state),
  ];
  for (const [at, event] of story) {
    const step = transition(state, event, at as Micros);
    state = step.state;
    states.push(state);
    lines.push(recorder.step(KEY, at as Micros, event, step));
  }
  return { lines, states };
}
