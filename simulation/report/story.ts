import type { RouterEvent } from '../../src/node-agent/vrrp/event.js';
import type { Step } from '../../src/node-agent/vrrp/step.js';
import type { Micros } from '../../src/values/time.js';
import type { Incident } from '../schedule.js';
import { routerOf } from '../world/specs.js';
import type { Observer, World } from '../world/world.js';
import { incidentInWords, seconds } from './in-words.js';

/** Tells what happens in a world, a line each: incidents, changes of state, and who has which address. */
export class Story implements Observer {
  readonly lines: string[] = [];
  #world: World | null = null;
  #holders = '';

  constructor(private readonly withSteps = false) {}

  watch(world: World): void {
    this.#world = world;
  }

  happened(incident: Incident | null): void {
    this.#tell(incident === null ? '** everything is mended' : `** ${incidentInWords(incident)}`);
  }

  began(host: number): void {
    this.#tell(`host ${String(host)}: an agent runs`);
  }

  stepped(host: number, key: string, _now: Micros, event: RouterEvent, { state, effects }: Step): void {
    const name = `host ${String(host)}, router ${String(routerOf(key))}`;
    for (const effect of effects)
      if (effect.kind === 'stateChanged')
        this.#tell(
          `${name}: ${effect.from} > ${effect.to} (${effect.because}, priority ${String(state.priority)})`,
        );
    if (!this.withSteps) return;
    const heard =
      event.kind === 'advertReceived'
        ? ` from ${event.sender}, priority ${String(event.advert.priority)}`
        : '';
    this.#tell(
      `   ${name}: ${event.kind}${heard} -> ${[state.name, ...effects.map(({ kind }) => kind)].join(', ')}`,
    );
  }

  sent(host: number, message: Uint8Array): void {
    if (this.withSteps) this.#tell(`   host ${String(host)}: sends priority ${String(message[2])}`);
  }

  failed(host: number, error: unknown): void {
    this.#tell(`host ${String(host)}: ${String(error)}`);
  }

  before(): void {
    // Time passes.
  }

  touched(): void {
    const world = this.#world;
    if (world === null) return;
    const holders = world.hosts
      .flatMap(({ index, kernel }) => kernel.held.map((address) => `${address} on host ${String(index)}`))
      .sort()
      .join(', ');
    if (holders === this.#holders) return;
    this.#holders = holders;
    this.#tell(`   addresses: ${holders === '' ? 'nowhere' : holders}`);
  }

  #tell(line: string): void {
    const now = this.#world?.now ?? (0 as Micros);
    this.lines.push(`${seconds(now).padStart(14)} ${line}`);
  }
}
