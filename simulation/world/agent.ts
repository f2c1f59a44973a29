import { Engine } from '../../src/node-agent/engine/engine.js';
import type {
  AddressTable,
  AdvertSocket,
  AdvertSockets,
  Clock,
  Datagram,
  Lease,
  Receive,
} from '../../src/node-agent/engine/ports.js';
import type { VirtualRouter } from '../../src/node-agent/engine/virtual-router.js';
import type { RouterEvent } from '../../src/node-agent/vrrp/event.js';
import type { Step } from '../../src/node-agent/vrrp/step.js';
import { Arrivals } from '../../src/node-agent/addresses/arrival.js';
import { HostError, SomeRefused } from '../../src/platform/errors.js';
import type { AddressFamily, IpAddress } from '../../src/values/ip-address.js';
import { type Prefix, formatPrefix } from '../../src/values/prefix.js';
import { type Micros, after, between, fromMillis, micros } from '../../src/values/time.js';
import type { Kernel } from './kernel.js';
import { type Timeline, purposeOf } from './timeline.js';

/** What an agent's process is given. */
export type AgentHost = Readonly<{
  host: number;
  world: Timeline;
  kernel: Kernel;
  /** Longest lateness of a timer, and longest way of a request to the kernel. */
  lateness: Micros;
  latency: Micros;
  /** Whether adverts wait for each other, as those of hundreds of routers do. */
  unhurried: boolean;
  /** CLOCK_MONOTONIC of the host, beyond the time of the world. */
  uptime: Micros;
  wallClock: () => number;
  send: (message: Uint8Array, source: IpAddress, destination: IpAddress) => void;
  unsent: () => void;
  /** What has arrived will not be read. */
  unread: () => void;
  announce: (addresses: readonly IpAddress[]) => void;
  /** What the kernel refuses at the moment. */
  refuses: (what: 'send' | 'hold' | 'socket') => boolean;
  /** Microtasks wait: promises have been settled. */
  settled: () => void;
  failed: (error: unknown) => void;
  began: (router: VirtualRouter, now: Micros) => void;
  stepped: (key: string, now: Micros, event: RouterEvent, step: Step) => void;
}>;

type Socket = {
  readonly family: AddressFamily;
  readonly receive: Receive;
  readonly failed: (error: Error) => void;
  queue: Readonly<{ datagram: Datagram; arrivedAt: Micros }>[];
  /** VRIDs whose adverts do not wait; null: none waits. */
  heeded: ReadonlySet<number> | null;
};

/** As SO_RCVBUF: what comes in while nobody reads. */
const LONGEST_QUEUE = 1_000;

/**
 * The VRRP process of an agent: the shipped engine, on ports whose other side is simulated. It can stand still and it can be killed;
 * what reaches it while it stands still waits as it would in the kernel.
 */
export class Agent {
  readonly engine: Engine;
  paused = false;
  #dead = false;
  readonly #sockets = new Set<Socket>();
  /** Answers and notifications that came while the process stood still. */
  #waiting: (() => void)[] = [];
  #alarm: Readonly<{ deadline: Micros; callback: () => void }> | null = null;
  /** When an event of the world will look at the alarm, at the latest needed time; null: none will. */
  #watchedAt: Micros | null = null;
  #lastRequest: Micros = micros(0);
  /** How many wait for addresses that do not answer yet. */
  #arriving = 0;

  constructor(private readonly around: AgentHost) {
    const { kernel } = around;
    kernel.forgetListeners();
    kernel.deliver = (notice) => {
      this.#run(() => {
        notice();
        if (this.#arriving > 0) around.settled();
      });
    };
    this.engine = new Engine(
      {
        clock: this.#clock(),
        sockets: this.#socketFactory(),
        network: kernel,
        table: this.#table(),
        virtualMacLinks: { ensure: never, remove: never },
        announcer: {
          announce: (_link, _mac, addresses) => {
            around.announce(addresses);
          },
          cancel: () => undefined,
        },
        askNeighbours: () => Promise.resolve(null),
        inspect: () => [],
      },
      {
        log: () => undefined,
        reportable: () => undefined,
        began: around.began,
        stepped: around.stepped,
      },
      around.unhurried ? { fewestAdverts: 0 } : {},
    );
  }

  /** CLOCK_MONOTONIC of the host, beyond the time of the world. */
  get uptime(): Micros {
    return this.around.uptime;
  }

  get now(): Micros {
    return after(this.around.world.now, this.around.uptime);
  }

  /** When the engine wants to be woken, in the time of its host; null: never. */
  get armedFor(): Micros | null {
    return this.#alarm?.deadline ?? null;
  }

  get listens(): boolean {
    return this.#sockets.size > 0;
  }

  /** Has the engine do something, unless it cannot. */
  do(act: (engine: Engine) => void): void {
    this.#run(() => {
      act(this.engine);
    });
  }

  /** Something arrives at the host. */
  receive(datagram: Datagram): void {
    if (this.#dead) return;
    for (const socket of this.#sockets) {
      if (socket.family !== datagram.family) continue;
      if (socket.queue.length < LONGEST_QUEUE) socket.queue.push({ datagram, arrivedAt: this.now });
      if (!this.paused) this.#tell(socket);
    }
  }

  pause(): void {
    this.paused = true;
  }

  resume(wakesBy: 'timer' | 'sockets'): void {
    if (!this.paused || this.#dead) return;
    this.paused = false;
    if (wakesBy === 'timer') this.#ring();
    for (const act of this.#waiting.splice(0)) this.#guard(act);
    for (const socket of [...this.#sockets]) this.#tell(socket);
    this.#ring();
  }

  /** The process is gone; of what it held the kernel knows. */
  kill(): void {
    this.#dead = true;
    this.#sockets.clear();
    this.#waiting = [];
    this.#alarm = null;
    this.around.kernel.forgetListeners();
  }

  /** The sockets become useless all at once. */
  loseSockets(): void {
    for (const socket of [...this.#sockets])
      this.#run(() => {
        if (socket.queue.length > 0) this.around.unread();
        socket.failed(new HostError('read', 'ENETDOWN'));
      });
  }

  #run(act: () => void): void {
    if (this.#dead) return;
    if (this.paused) this.#waiting.push(act);
    else this.#guard(act);
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.around.failed(error);
    }
  }

  #clock(): Clock {
    return {
      now: () => this.now,
      wallClock: this.around.wallClock,
      arm: (deadline, callback) => {
        this.#alarm = deadline === null ? null : { deadline, callback };
        if (deadline !== null) this.#watch(deadline);
      },
    };
  }

  /** Sees to it that an event of the world comes at the deadline; one that comes too early looks again. */
  #watch(deadline: Micros): void {
    const { world, uptime, host, lateness } = this.around;
    const due = (deadline - uptime) as Micros;
    if (this.#watchedAt !== null && this.#watchedAt <= due) return;
    this.#watchedAt = due;
    const wait = micros(Math.max(0, due - world.now));
    world.after(after(wait, world.draw(lateness, purposeOf('timer', host))), () => {
      if (this.#watchedAt === due) this.#watchedAt = null;
      if (!this.paused && !this.#dead) this.#ring();
    });
  }

  #ring(): void {
    const alarm = this.#alarm;
    if (alarm === null) return;
    if (alarm.deadline > this.now) {
      this.#watch(alarm.deadline);
      return;
    }
    this.#alarm = null;
    this.#guard(alarm.callback);
  }

  /** The socket can be read, as far as the process wants to know. */
  #tell(socket: Socket): void {
    const { heeded, queue } = socket;
    if (heeded === null || queue.some(({ datagram }) => isUrgent(datagram, heeded))) this.#drain(socket);
  }

  #drain(socket: Socket): void {
    // Read one by one: what is read may close the socket.
    for (let next = socket.queue.shift(); next !== undefined; next = socket.queue.shift()) {
      const { datagram, arrivedAt } = next;
      if (!this.#sockets.has(socket)) return;
      this.#guard(() => {
        socket.receive(datagram, between(arrivedAt, this.now));
      });
    }
  }

  #socketFactory(): AdvertSockets {
    const { send, unsent, refuses, kernel } = this.around;
    return {
      open: (_link, family, receive, failed): AdvertSocket => {
        if (refuses('socket')) throw new HostError('open a raw socket', 'EMFILE');
        const socket: Socket = { family, receive, failed, queue: [], heeded: null };
        this.#sockets.add(socket);
        return {
          send: (message, source, destination) => {
            if (refuses('send') || !kernel.running) {
              unsent();
              throw new HostError('send', kernel.running ? 'ENOBUFS' : 'ENETDOWN');
            }
            send(message, source, destination);
          },
          heed: (vrids) => {
            socket.heeded = vrids;
            if (vrids === null && socket.queue.length > 0)
              this.#after(micros(0), () => {
                this.#drain(socket);
              });
          },
          drain: () => {
            this.#drain(socket);
            return true;
          },
          close: () => {
            this.#sockets.delete(socket);
          },
        };
      },
    };
  }

  #table(): AddressTable {
    const { kernel } = this.around;
    const arrivals = new Arrivals(kernel, { after: (delay, act) => this.#after(fromMillis(delay), act) });
    return {
      hold: (_index, prefixes, lease) => this.#request(() => this.#install(prefixes, lease)),
      renew: (_index, prefixes, lease, refused) => {
        if (!prefixes.every(({ address }) => kernel.holds(address))) return false;
        void this.#request(() => this.#install(prefixes, lease)).catch(refused);
        return true;
      },
      arrival: (index, prefixes) => {
        const arrival = arrivals.of(index, prefixes);
        if (arrival !== null) this.#arriving++;
        void arrival?.then(() => this.#arriving--);
        return arrival;
      },
      release: (_index, prefixes) =>
        this.#request(() => {
          for (const prefix of prefixes) kernel.remove(prefix);
          return null;
        }),
      sweep: () => Promise.resolve(kernel.sweep()),
    };
  }

  /** Not before then; returns how to call it off. */
  #after(delay: Micros, act: () => void): () => void {
    let due = true;
    this.around.world.after(delay, () => {
      if (!due) return;
      this.#run(act);
      this.around.settled();
    });
    return () => {
      due = false;
    };
  }

  #install(prefixes: readonly Prefix[], lease: Lease): SomeRefused | null {
    const { kernel, refuses } = this.around;
    if (refuses('hold'))
      return new SomeRefused('hold', new Map(prefixes.map((prefix) => [formatPrefix(prefix), 'ENOBUFS'])));
    for (const prefix of prefixes) kernel.install(prefix, lease);
    return null;
  }

  /** Requests reach the kernel in order and are carried out even if the process ends meanwhile; the answer takes its time as well. */
  #request(carryOut: () => SomeRefused | null): Promise<void> {
    const { world, host, latency, settled } = this.around;
    const earliest = after(world.now, world.draw(latency, purposeOf('request', host)));
    const at = earliest < this.#lastRequest ? this.#lastRequest : earliest;
    this.#lastRequest = at;
    return new Promise((resolve, reject) => {
      world.after((at - world.now) as Micros, () => {
        const refusal = carryOut();
        world.after(world.draw(latency, purposeOf('answer', host)), () => {
          this.#run(() => {
            if (refusal === null) resolve();
            else reject(refusal);
            settled();
          });
        });
      });
    });
  }
}

const never = (): Promise<never> => Promise.reject(new Error('no virtual MACs are simulated'));

/** As the filter of sockets/herald.ts. */
function isUrgent({ bytes, family }: Datagram, heeded: ReadonlySet<number>): boolean {
  const message = family === 'IPv4' ? bytes.subarray(4 * ((bytes[0] ?? 0) & 0x0f)) : bytes;
  return message[2] === 0 || heeded.has(message[1] ?? 0);
}
