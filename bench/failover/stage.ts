import { holders } from '../../lab/address-watch.js';
import { eventually } from '../../lab/eventually.js';
import type { Host } from '../../lab/host.js';
import type { Lab } from '../../lab/lab.js';
import { Lan } from '../../lab/lan.js';
import { wallClock } from '../../lab/libc.js';
import { Prober } from '../../lab/prober.js';
import type { RouterProgram, RouterSettings } from '../../lab/router.js';
import { routerProgram } from '../programs.js';
import { SwitchPorts } from '../switch-ports.js';
import type { PlannedRun } from './cell.js';
import { activeDown } from './timing.js';

/** The priorities of holder and successor: those that people give who begin with keepalived. */
export const PRIORITIES = { holder: 101, successor: 100 } as const;

/** By how much the priority of the holder falls when what it tracks is gone. */
const TRACKED_WEIGHT = -50;
const TRACKED_INTERFACE = 'eth1';
/** The segment's end of it. */
const TRACKED_PORT = 'u-holder';

/** Version 3 over IPv6 asks for a link-local address in the first place. */
const ADDRESSES = {
  IPv4: ['192.0.2.100'],
  IPv6: ['fe80::5e00:233', '2001:db8::100'],
} as const;

/** How long the client is answered before anything happens, in milliseconds. */
const CALM = 300;
/** Adverts that the successor hears before anything happens, of fast ones. */
const ADVERTS_HEARD = 5;

/** Two routers with the same program, a client, and the segment between them. */
export class Stage {
  private constructor(
    readonly lab: Lab,
    readonly lan: Lan,
    readonly ports: SwitchPorts,
    readonly holder: Host,
    readonly successor: Host,
    readonly programs: Readonly<{ holder: RouterProgram; successor: RouterProgram }>,
    readonly prober: Prober,
    /** What the client asks for. */
    readonly address: string,
  ) {}

  /** Builds it and brings it to the state in which the holder holds, the successor listens and the client is answered. */
  static async set(lab: Lab, run: PlannedRun): Promise<Stage> {
    const { family } = run.cell;
    const lan = await Lan.create(lab);
    const [holder, successor, client] = await Promise.all([
      lan.host('holder', 1),
      lan.host('successor', 2),
      lan.host('client', 9),
    ]);
    if (run.cell.event === 'priority') await addTrackedInterface(lan, holder);
    const address = ADDRESSES[family].at(-1) ?? ADDRESSES[family][0];
    const programs = {
      holder: routerProgram(run.program, holder, [settings(run, PRIORITIES.holder)]),
      successor: routerProgram(run.program, successor, [settings(run, PRIORITIES.successor)]),
    };
    // The stronger one first: nobody preempts anybody later.
    const started = Promise.all([programs.holder.start(), Prober.start(lan, client, address)]);
    const [, prober] = await started;
    await programs.successor.start();
    const ports = await SwitchPorts.of(lan);
    const stage = new Stage(lab, lan, ports, holder, successor, programs, prober, address);
    await stage.#settled(run);
    return stage;
  }

  /** Waits until `test` holds of the names of those who have the address. */
  async held(what: string, milliseconds: number, test: (names: readonly string[]) => boolean): Promise<void> {
    await eventually(this.lab.timeline, what, milliseconds, () =>
      test(holders(this.lab.timeline, this.address)),
    );
  }

  /** When `host` sent adverts, and with which priority, from `since` on. */
  adverts(host: Host, since = 0): { at: number; priority: number }[] {
    return this.lab.timeline
      .of('advert', since)
      .filter((event) => event.host === host.name)
      .map(({ at, advert }) => ({ at, priority: advert.priority }));
  }

  /** The next advert of the holder; resolves with its time. */
  async nextAdvert(interval: number): Promise<number> {
    const since = wallClock();
    const advert = await eventually(this.lab.timeline, 'the holder advertises', 2 * interval + 1000, () =>
      this.adverts(this.holder, since).at(0),
    );
    return advert.at;
  }

  async #settled(run: PlannedRun): Promise<void> {
    const { interval, version } = run.cell;
    const patience = activeDown(PRIORITIES.holder, interval, version) + 10_000;
    await this.held(
      'the holder alone holds the address',
      patience,
      (names) => names.join() === this.holder.name,
    );
    const since = wallClock();
    const adverts = interval >= 1000 ? 1 : ADVERTS_HEARD;
    await eventually(
      this.lab.timeline,
      'the successor has heard adverts',
      (adverts + 1) * interval + 2000,
      () => this.adverts(this.holder, since).length >= adverts,
    );
    await this.lab.passTime(Math.max(0, since + CALM - wallClock()), 'the client is answered');
  }
}

function settings({ cell, program }: PlannedRun, priority: number): RouterSettings {
  const { interval, family, version, event } = cell;
  const tracks = event === 'priority' && priority === PRIORITIES.holder;
  const ours = { track: { interfaces: [{ name: TRACKED_INTERFACE, weight: TRACKED_WEIGHT }] } };
  const theirs = [`track_interface {\n  ${TRACKED_INTERFACE} weight ${String(TRACKED_WEIGHT)}\n}`];
  return {
    priority,
    addresses: ADDRESSES[family],
    version,
    interval: interval / 1000,
    ...(!tracks ? {} : program === 'kube-vrrp' ? { agentSpec: ours } : { keepalivedLines: theirs }),
  };
}

/** Another interface of the holder, with carrier and without addresses. */
async function addTrackedInterface(lan: Lan, holder: Host): Promise<void> {
  await lan.namespace.ipBatch([
    `link add ${TRACKED_PORT} type veth peer name ${TRACKED_INTERFACE} netns ${holder.namespace.name}`,
    `link set ${TRACKED_PORT} up`,
  ]);
  await holder.ip('link', 'set', TRACKED_INTERFACE, 'up');
}

/** Takes the carrier of what the holder tracks. */
export const cutTracked = (stage: Stage): void => stage.ports.cut(stage.holder, TRACKED_PORT);
