import { type Micros, toSeconds } from '../../src/values/time.js';
import type { Schedule } from '../schedule.js';
import type { Bounds } from './bounds.js';

/** Counts the adverts of one virtual router against what its hosts may send at most. */
export class StormWatch {
  readonly #most: number;
  #left: number;
  #at = 0 as Micros;

  constructor(
    private readonly rate: Bounds['rate'],
    { hosts, incidents }: Schedule,
  ) {
    // At once each host may speak and be answered by each other one, for every incident.
    this.#most = 10 * hosts * hosts + 2 * incidents.length + 0.1 * rate + piledUp(incidents, rate);
    this.#left = this.#most;
  }

  /** One more. What is wrong with it; null: nothing. */
  sent(now: Micros): string | null {
    const earned = toSeconds((now - this.#at) as Micros) * this.rate;
    this.#left = Math.min(this.#most, this.#left + earned) - 1;
    this.#at = now;
    return this.#left < 0
      ? `more than ${this.rate.toFixed(0)} adverts per second of one virtual router`
      : null;
  }
}

/** Where datagrams are late, what was sent in so long a time may come in at once, and is answered at once. */
const piledUp = (incidents: Schedule['incidents'], rate: number): number =>
  Math.max(0, ...incidents.map((incident) => (incident.kind === 'weather' ? incident.weather.jitter : 0))) *
  (rate / 1_000_000);
