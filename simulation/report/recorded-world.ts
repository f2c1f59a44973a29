import type { VirtualRouter } from '../../src/node-agent/engine/virtual-router.js';
import { Recorder } from '../../src/node-agent/recording/recorder.js';
import type { RouterEvent } from '../../src/node-agent/vrrp/event.js';
import type { Step } from '../../src/node-agent/vrrp/step.js';
import type { Micros } from '../../src/values/time.js';
import { UNMOVED } from '../observers.js';
import type { Observer } from '../world/world.js';

/**
 * Records all hosts of a world as one recording, as `kube-vrrp agent --record` would record one: `kube-vrrp replay` shows what each router
 * heard and did. Each has its host in front of its name.
 */
export function recordWorld(title: string): Observer & Readonly<{ lines: readonly string[] }> {
  const recorder = new Recorder();
  const lines: string[] = [];
  const begin = (now: Micros): void => {
    if (lines.length > 0) return;
    lines.push(recorder.header({ node: title, program: 'simulation', wallClock: Date.UTC(2026, 0, 1), now }));
  };
  const nameOf = (host: number, key: string): string => `host-${String(host)} ${key}`;
  return {
    ...UNMOVED,
    lines,
    began: (host: number, router: VirtualRouter, now: Micros) => {
      begin(now);
      lines.push(recorder.router(nameOf(host, router.key), now, router.state));
    },
    stepped: (host: number, key: string, now: Micros, event: RouterEvent, step: Step) => {
      lines.push(recorder.step(nameOf(host, key), now, event, step));
    },
  };
}
