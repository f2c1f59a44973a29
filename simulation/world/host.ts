import type { Datagram } from '../../src/node-agent/engine/ports.js';
import type { TrackerState } from '../../src/node-agent/ipc/router-spec.js';
import type { RouterSpec } from '../../src/node-agent/ipc/router-spec.js';
import { type IpAddress, familyOf } from '../../src/values/ip-address.js';
import { type Micros, fromMillis, micros } from '../../src/values/time.js';
import { Agent, type AgentHost } from './agent.js';
import { hostAddress } from './host-address.js';
import type { Kernel } from './kernel.js';
import type { Station } from './lan.js';
import { purposeOf } from './timeline.js';

/** From the start of an agent until its engine runs: longest. */
const BOOT = fromMillis(300);
/** From the death of the VRRP process until the control process has removed the addresses. */
const RESCUE = fromMillis(50);

/** What keeps a host's agent from working as it should; each counts how many incidents do so. */
export type Ailments = { send: number; hold: number; socket: number };

/** A simulated host: its kernel lives on when its agent dies. */
export class SimulatedHost implements Station {
  agent: Agent | null = null;
  /** When the running agent was started, or when there stopped being one. */
  since: Micros = micros(0);
  /** When the agent began to stand still; null: it does not. */
  pausedSince: Micros | null = null;
  /** When an agent last died or stood still, without a word to anybody; null: none has. */
  fellSilentAt: Micros | null = null;
  /** Powered off: the kernel is gone as well. */
  off = false;
  /** Told to stop. */
  stopping = false;
  readonly ailments: Ailments = { send: 0, hold: 0, socket: 0 };
  readonly trackers = new Map<string, TrackerState[]>();
  #starts = 0;

  constructor(
    readonly index: number,
    readonly kernel: Kernel,
    private readonly around: Omit<AgentHost, 'host' | 'kernel' | 'refuses'>,
    private readonly specs: () => readonly RouterSpec[],
  ) {}

  get attached(): boolean {
    return !this.off && this.kernel.running;
  }

  has(address: IpAddress): boolean {
    return hostAddress(familyOf(address), this.index) === address;
  }

  receive(datagram: Datagram): void {
    this.agent?.receive(datagram);
  }

  /** Whether there is an agent that runs and is not on its way out. */
  get working(): boolean {
    return this.agent !== null && !this.agent.paused && !this.stopping;
  }

  /** Starts an agent, which first removes what an earlier one left behind. */
  start(): void {
    if (this.agent !== null) return;
    const start = ++this.#starts;
    this.off = false;
    const { world } = this.around;
    world.after(world.draw(BOOT, purposeOf('boot', this.index)), () => {
      if (start !== this.#starts || this.agent !== null) return;
      this.kernel.sweep();
      this.stopping = false;
      this.since = world.now;
      this.agent = new Agent({
        ...this.around,
        host: this.index,
        kernel: this.kernel,
        refuses: (what) => this.ailments[what] > 0,
      });
      this.configure();
      for (const key of this.trackers.keys()) this.tellTrackers(key);
      world.touched();
    });
  }

  /** Tells the agent what it is to run. */
  configure(): void {
    if (this.stopping) return;
    this.agent?.do((engine) => {
      engine.desired(this.specs());
    });
  }

  tellTrackers(key: string): void {
    const trackers = this.trackers.get(key) ?? [];
    this.agent?.do((engine) => {
      engine.track(key, trackers);
    });
  }

  stop(): void {
    const agent = this.agent;
    if (agent === null || this.stopping) return;
    this.stopping = true;
    this.around.world.touched();
    agent.do((engine) => {
      void engine.stop().then(() => {
        if (this.agent === agent) this.#gone();
      }, this.around.failed);
      // It may be done at once.
      this.around.settled();
    });
  }

  crash(rescued: boolean): void {
    // A start that was under way is killed with it.
    this.#starts++;
    if (this.agent === null) return;
    const { world } = this.around;
    this.fellSilentAt = world.now;
    this.#gone();
    const starts = this.#starts;
    if (rescued)
      world.after(world.draw(RESCUE, purposeOf('boot', this.index)), () => {
        if (starts === this.#starts) this.kernel.sweep();
      });
  }

  powerOff(): void {
    this.crash(false);
    this.off = true;
    this.since = this.around.world.now;
    this.kernel.sweep();
  }

  pause(): void {
    if (this.agent === null || this.agent.paused) return;
    this.agent.pause();
    this.pausedSince = this.around.world.now;
    this.fellSilentAt = this.pausedSince;
    this.around.world.touched();
  }

  resume(wakesBy: 'timer' | 'sockets'): void {
    if (this.pausedSince === null) return;
    this.pausedSince = null;
    this.agent?.resume(wakesBy);
    this.around.world.touched();
  }

  #gone(): void {
    this.agent?.kill();
    this.agent = null;
    this.stopping = false;
    this.pausedSince = null;
    this.since = this.around.world.now;
    this.around.world.touched();
  }
}
