import { holders } from '../../lab/address-watch.js';
import { eventually } from '../../lab/eventually.js';
import type { Host } from '../../lab/host.js';
import type { Lab } from '../../lab/lab.js';
import { Lan } from '../../lab/lan.js';
import { wallClock } from '../../lab/libc.js';
import type { RouterProgram } from '../../lab/router.js';
import { type ProgramName, routerProgram } from '../programs.js';
import { type Lateness, judge } from './judge.js';

const ADDRESS = '192.0.2.100';
const PATIENCE = 20_000;

/** A holder and a successor of one program, on a segment of their own. */
export class Pair {
  private constructor(
    readonly program: ProgramName,
    private readonly lab: Lab,
    private readonly holder: Host,
    private readonly successor: Host,
    private readonly interval: number,
  ) {}

  /** Starts both and waits until the stronger one alone holds the address. */
  static async start(lab: Lab, name: ProgramName, interval: number): Promise<Pair> {
    const lan = await Lan.create(lab, { name });
    const [holder, successor] = await Promise.all([lan.host('holder', 1), lan.host('successor', 2)]);
    const start = async (host: Host, priority: number): Promise<RouterProgram> => {
      const router = routerProgram(name, host, [{ priority, version: 3, interval: interval / 1000 }]);
      await router.start();
      return router;
    };
    await start(holder, 101);
    await start(successor, 100);
    const pair = new Pair(name, lab, holder, successor, interval);
    await eventually(
      lab.timeline,
      `the holder of ${name} holds the address`,
      PATIENCE,
      () => holders(lab.timeline, ADDRESS).join() === holder.name,
    );
    return pair;
  }

  /** What happened from `since` until now. */
  judge(since: number): Lateness {
    const adverts = this.lab.timeline.of('advert', since);
    const of = (host: Host): typeof adverts => adverts.filter((event) => event.host === host.name);
    const taken = this.lab.timeline
      .of('address', since)
      .filter(({ host, held, address }) => host === this.successor.name && held && address === ADDRESS);
    return judge({
      interval: this.interval,
      since,
      until: wallClock(),
      adverts: of(this.holder).map(({ at }) => at),
      takeovers: Math.max(taken.length, of(this.successor).length > 0 ? 1 : 0),
    });
  }
}
