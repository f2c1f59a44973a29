import { mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';

import type { RouterDocument, RoutersDocument } from '../src/node-agent/control/http/documents.js';
import { STATE_CHANGED, type StateChangedFields } from '../src/node-agent/ipc/log-messages.js';
import { eventually, eventuallyAsked } from './eventually.js';
import type { Host } from './host.js';
import { wallClock } from './libc.js';
import { type Program, signalProcess } from './program.js';
import { type RouterProgram, type RouterSettings, complete } from './router.js';

/** LAB_AGENT names another build, e.g. to compare two. */
const EXECUTABLE = process.env['LAB_AGENT'] ?? fileURLToPath(new URL('../bin/kube-vrrp', import.meta.url));
const HTTP = '127.0.0.1:9112';

/** A log line of the agent: its message, and the variable part beside it. */
export type AgentLogLine = Readonly<{ level: string; time: string; msg: string } & Record<string, unknown>>;

export type AgentOptions = Readonly<{
  /** Default: the host's name. */
  nodeName?: string;
  /** Further arguments of the command line. */
  arguments?: readonly string[];
  environment?: Readonly<Record<string, string>>;
  /** What the command line is put behind, and what becomes the agent by exec. */
  within?: readonly string[];
  /** The same outside the host's namespace: a control group's `enter`, say. */
  around?: readonly string[];
  /** Default: a directory of the laboratory. */
  stateDir?: string;
}>;

/** `kube-vrrp agent --standalone` on a host. */
export class Agent implements RouterProgram {
  readonly kind = 'agent';
  /** The configuration that it watches. */
  readonly file: string;
  readonly #directory: string;
  readonly #log: AgentLogLine[] = [];
  #program: Program | null = null;

  constructor(
    readonly host: Host,
    settings: readonly RouterSettings[],
    readonly options: AgentOptions = {},
  ) {
    this.#directory = mkdtempSync(join(host.lab.directory, `${host.name}-agent-`));
    this.file = join(this.#directory, 'virtual-ips.yaml');
    this.write(virtualIPs(settings));
  }

  async start(): Promise<number> {
    const started = await this.launch();
    const first = await eventually(
      this.host.lab.timeline,
      `the agent on ${this.host.name} is in the election`,
      30_000,
      () => this.transitions().find(({ at, to }) => at >= started && to !== 'Initialize'),
    );
    return first.at;
  }

  /** Starts it without waiting for an election. */
  async launch(): Promise<number> {
    const at = this.#step('start of');
    const name = this.options.nodeName ?? this.host.name;
    const state = ['--state-dir', this.stateDir, '--http', HTTP, '--log-format', 'json'];
    const argv = [EXECUTABLE, 'agent', '--standalone', this.file, '--node-name', name, ...state];
    const { within = [], around = [], arguments: more = [] } = this.options;
    this.#program = await this.host.spawn([...within, ...argv, ...more], {
      around,
      line: (line) => this.#logged(line),
      ...(this.options.environment === undefined ? {} : { environment: this.options.environment }),
    });
    return at;
  }

  /** Where it keeps what it knows. */
  get stateDir(): string {
    return this.options.stateDir ?? join(this.#directory, 'state');
  }

  get program(): Program {
    if (this.#program === null) throw new Error(`the agent was not started on ${this.host.name}`);
    return this.#program;
  }

  async terminate(): Promise<number> {
    const at = this.#step('SIGTERM to');
    await this.program.terminate();
    return at;
  }

  async kill(): Promise<number> {
    const at = this.#step('SIGKILL to');
    await this.program.kill();
    return at;
  }

  freeze(): number {
    const at = this.#step('SIGSTOP to');
    this.program.signalTree('SIGSTOP');
    return at;
  }

  thaw(): number {
    const at = this.#step('SIGCONT to');
    this.program.signalTree('SIGCONT');
    return at;
  }

  /** Signals the VRRP process alone, which is the parent. */
  signalVrrp(signal: NodeJS.Signals): number {
    const at = this.#step(`${signal} to the VRRP process of`);
    this.program.signal(signal);
    return at;
  }

  /** Signals every process but the VRRP process; returns their numbers. */
  signalControl(signal: NodeJS.Signals): number[] {
    this.#step(`${signal} to the control process of`);
    const pids = this.program.tree().slice(1);
    for (const pid of pids) signalProcess(pid, signal);
    return pids;
  }

  reconfigure(settings: readonly RouterSettings[]): Promise<number> {
    const at = this.#step('new configuration for');
    this.write(virtualIPs(settings));
    return Promise.resolve(at);
  }

  /** Replaces the watched file, as an editor does: a new file is moved into its place. */
  write(text: string): void {
    const draft = `${this.file}.new`;
    writeFileSync(draft, text);
    renameSync(draft, this.file);
  }

  /** What it logged so far. */
  log(): readonly AgentLogLine[] {
    return this.#log;
  }

  /** The transitions that it logged, with their wall-clock time in milliseconds. */
  transitions(): (StateChangedFields & { at: number })[] {
    return this.#log
      .filter(({ msg }) => msg === STATE_CHANGED)
      .map((line) => ({ ...(line as unknown as StateChangedFields), at: Date.parse(line.time) }));
  }

  /** What `/v1/routers` says. */
  async status(): Promise<RoutersDocument> {
    return JSON.parse(await this.get('/v1/routers')) as RoutersDocument;
  }

  /** What `/v1/routers` says of one router; `name` is that of the VirtualIP. */
  async router(name = 'web', family: 'IPv4' | 'IPv6' = 'IPv4'): Promise<RouterDocument> {
    const { routers } = await this.status();
    const router = routers.find((each) => each.name === name && each.family === family);
    if (router === undefined) throw new Error(`${this.host.name} has no router ${name}/${family}`);
    return router;
  }

  get(path: string): Promise<string> {
    return this.host.fetch(`http://${HTTP}${path}`);
  }

  /** Resolves with the first status of the router that satisfies `test`. */
  awaitRouter(
    what: string,
    milliseconds: number,
    test: (router: RouterDocument) => boolean,
    name?: string,
    family?: 'IPv4' | 'IPv6',
  ): Promise<RouterDocument> {
    return eventuallyAsked(this.host.lab.timeline, what, milliseconds, async () => {
      const router = await this.router(name, family);
      return test(router) ? router : null;
    });
  }

  #step(what: string): number {
    return this.host.lab.timeline.step(`${what} the agent on ${this.host.name}`);
  }

  #logged(line: string): void {
    try {
      this.#log.push(JSON.parse(line) as AgentLogLine);
    } catch {
      // A crash prints its stack as plain text; the timeline shows it.
    }
    this.host.lab.timeline.record({ at: wallClock(), kind: 'log', host: this.host.name, line });
  }
}

/** VirtualIP documents for these settings. */
export const virtualIPs = (settings: readonly RouterSettings[]): string =>
  settings.map((each) => stringify(virtualIP(each))).join('---\n');

function virtualIP(settings: RouterSettings): unknown {
  const { name, vrid, priority, version, interval, preempt, addresses, ...rest } = complete(settings);
  const { preemptDelay, password, unicast, virtualMac, checksum } = rest;
  const delay = preemptDelay === undefined ? {} : { delay: `${String(preemptDelay)}s` };
  return {
    apiVersion: 'kube-vrrp.io/v1alpha1',
    kind: 'VirtualIP',
    metadata: { name },
    spec: {
      addresses,
      vrid,
      priority,
      interface: rest.interface,
      vrrpVersion: version,
      advertisementInterval: `${String(Math.round(interval * 1000))}ms`,
      preemption: { mode: preempt ? 'Preempt' : 'NoPreempt', ...delay },
      ...(password === undefined ? {} : { authentication: { type: 'Password', password } }),
      ...(unicast === undefined ? {} : { unicast: { mode: 'Unicast', peers: unicast.peers } }),
      ...(virtualMac === undefined ? {} : { virtualMAC: virtualMac }),
      ...(checksum === undefined ? {} : { checksum }),
      ...settings.agentSpec,
    },
  };
}
