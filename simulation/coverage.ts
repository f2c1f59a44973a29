import type { Micros } from '../src/values/time.js';
import type { RouterEvent } from '../src/node-agent/vrrp/event.js';
import type { Step } from '../src/node-agent/vrrp/step.js';
import type { Incident } from './schedule.js';
import type { Observer } from './world/world.js';

/** How often each thing was seen, by name. */
export type Counts = Record<string, number>;

/** What a run reached. */
export type Coverage = Readonly<{
  /** `FROM>TO:BECAUSE` */
  transitions: Counts;
  /** Kinds of incidents; for packets and edits with what they are about. */
  incidents: Counts;
  /** Events by state: `Backup advertReceived`. */
  steps: Counts;
}>;

export const noCoverage = (): Coverage => ({ transitions: {}, incidents: {}, steps: {} });

/** Adds `more` to `sum`. */
export function addCoverage(sum: Coverage, more: Coverage): void {
  for (const part of ['transitions', 'incidents', 'steps'] as const)
    for (const [name, count] of Object.entries(more[part])) increase(sum[part], name, count);
}

/** Counts what happens, and makes one number of all of it: equal runs have equal numbers. */
export class CoverageWatch implements Observer {
  readonly coverage = noCoverage();
  readonly #states = new Map<string, string>();
  trace = 0;
  takeovers = 0;

  happened(incident: Incident | null): void {
    if (incident !== null) increase(this.coverage.incidents, nameOf(incident), 1);
  }

  began(): void {
    this.#mix(1);
  }

  stepped(host: number, key: string, now: Micros, event: RouterEvent, { state, effects }: Step): void {
    const id = `${String(host)}/${key}`;
    const before = this.#states.get(id) ?? 'Initialize';
    this.#states.set(id, state.name);
    increase(this.coverage.steps, `${before} ${event.kind}`, 1);
    this.#mix(now);
    this.#mix(host * 1_000 + event.kind.length * 10 + state.name.length);
    for (const effect of effects)
      if (effect.kind === 'stateChanged') {
        increase(this.coverage.transitions, `${effect.from}>${effect.to}:${effect.because}`, 1);
        if (effect.to === 'Active') this.takeovers++;
      }
  }

  sent(host: number, message: Uint8Array): void {
    this.#mix(host * 256 + (message[2] ?? 0));
  }

  failed(): void {
    this.#mix(2);
  }

  before(): void {
    // Counts events only.
  }

  touched(): void {
    // As above.
  }

  #mix(value: number): void {
    this.trace = Math.imul(this.trace ^ (value | 0) ^ (value / 2 ** 32), 0x01000193) >>> 0;
  }
}

function nameOf(incident: Incident): string {
  switch (incident.kind) {
    case 'packet':
      return incident.packet.kind === 'malformed' ? `packet ${incident.packet.how}` : `packet forged`;
    case 'edit':
      return `edit ${Object.keys(incident.change).sort().join(' ')}`;
    case 'refused':
      return `refused ${incident.what}`;
    default:
      return incident.kind;
  }
}

function increase(counts: Counts, name: string, by: number): void {
  counts[name] = (counts[name] ?? 0) + by;
}
