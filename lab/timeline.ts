import { wallClock } from './libc.js';
import type { CapturedAdvert, CapturedAnnouncement } from './capture.js';

/** Something that happened in the laboratory. `at` is wall-clock milliseconds with a fraction. */
export type LabEvent = Readonly<{ at: number }> &
  (
    | Readonly<{ kind: 'address'; host: string; held: boolean; address: string; interface: string }>
    | Readonly<{ kind: 'advert'; host: string; advert: CapturedAdvert }>
    | Readonly<{ kind: 'announcement'; host: string; announcement: CapturedAnnouncement }>
    | Readonly<{ kind: 'log'; host: string; line: string }>
    | Readonly<{ kind: 'step'; text: string }>
  );

/** Everything that happened, from all watchers of a laboratory; the one thing that tests wait on and judge by. */
export class Timeline {
  readonly #events: LabEvent[] = [];
  readonly #listeners = new Set<(event: LabEvent) => void>();
  readonly startedAt = wallClock();

  record(event: LabEvent): void {
    this.#events.push(event);
    for (const listener of this.#listeners) listener(event);
  }

  /** Notes what the test itself does; returns when. */
  step(text: string): number {
    const at = wallClock();
    this.record({ at, kind: 'step', text });
    return at;
  }

  /** All events of one kind from `since` on, in the order in which they happened. */
  of<Kind extends LabEvent['kind']>(kind: Kind, since = 0): Extract<LabEvent, { kind: Kind }>[] {
    return this.#events
      .filter((event): event is Extract<LabEvent, { kind: Kind }> => event.kind === kind && event.at >= since)
      .sort((left, right) => left.at - right.at);
  }

  /** Calls `listener` after each new event, until the returned function is called. */
  listen(listener: (event: LabEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The last `count` events as text, oldest first. */
  print(count = 80): string {
    const sorted = [...this.#events].sort((left, right) => left.at - right.at);
    const omitted = sorted.length > count ? [`  … ${String(sorted.length - count)} earlier events`] : [];
    return [...omitted, ...sorted.slice(-count).map((event) => this.#line(event))].join('\n');
  }

  #line(event: LabEvent): string {
    const time = ((event.at - this.startedAt) / 1000).toFixed(4).padStart(9);
    return `  ${time}  ${describe(event)}`;
  }
}

function describe(event: LabEvent): string {
  switch (event.kind) {
    case 'address':
      return `${event.host}  ${event.held ? 'HOLDS' : 'LEAVES'} ${event.address} on ${event.interface}`;
    case 'advert': {
      const { version, vrid, priority, interval, source, destination } = event.advert;
      return `${event.host}  advert v${String(version)} vrid ${String(vrid)} priority ${String(priority)} interval ${String(interval)} ms ${source} > ${destination}`;
    }
    case 'announcement':
      return `${event.host}  ${event.announcement.protocol} ${event.announcement.address} is at ${event.announcement.mac}`;
    case 'log':
      return `${event.host}  | ${event.line}`;
    case 'step':
      return `-- ${event.text}`;
  }
}
