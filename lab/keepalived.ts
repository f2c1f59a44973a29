import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { eventually } from './eventually.js';
import type { Host } from './host.js';
import type { Program } from './program.js';
import { wallClock } from './libc.js';
import { realtime } from './realtime.js';
import { type RouterProgram, type RouterSettings, complete } from './router.js';

/** LAB_KEEPALIVED names another one, e.g. of a newer release (`lab/fetch-release`). */
const EXECUTABLE = process.env['LAB_KEEPALIVED'] ?? 'keepalived';

export type KeepalivedOptions = Readonly<{
  /** Lines in `global_defs`. */
  globals?: readonly string[];
  /** Blocks beside the instances: groups, files to track. They come first, because instances refer to them. */
  blocks?: readonly string[];
  /** Default true: like our agent it runs with a real-time priority, where the host allows it. */
  realtime?: boolean;
}>;

/** keepalived, its VRRP half alone, in the foreground. */
export class Keepalived implements RouterProgram {
  readonly kind = 'keepalived';
  readonly #directory: string;
  #program: Program | null = null;

  constructor(
    readonly host: Host,
    settings: readonly RouterSettings[],
    readonly options: KeepalivedOptions = {},
  ) {
    this.#directory = mkdtempSync(join(host.lab.directory, `${host.name}-keepalived-`));
    this.#write(settings);
  }

  async start(): Promise<number> {
    const path = (name: string): string => join(this.#directory, name);
    const files = ['-f', path('keepalived.conf'), '-p', path('main.pid'), '-r', path('vrrp.pid')];
    // One that was killed leaves them, and its process number may still be in use.
    for (const name of ['main.pid', 'vrrp.pid']) rmSync(path(name), { force: true });
    const started = this.host.lab.timeline.step(`keepalived starts on ${this.host.name}`);
    this.#program = await this.host.spawn(
      [...(await this.#scheduling()), EXECUTABLE, '-n', '-l', '-D', '-P', ...files],
      {
        line: (line) =>
          this.host.lab.timeline.record({
            at: wallClock(),
            kind: 'log',
            host: this.host.name,
            line: withoutDate(line),
          }),
        // keepalived writes its state files to $TMPDIR when a signal asks for them.
        environment: { TMPDIR: this.#directory },
      },
    );
    const entered = await eventually(this.host.lab.timeline, 'keepalived is in the election', 10_000, () =>
      this.host.lab.timeline
        .of('log', started)
        .find(
          ({ host, line }) => host === this.host.name && /Entering (BACKUP|MASTER|FAULT) STATE/.test(line),
        ),
    );
    return entered.at;
  }

  get program(): Program {
    if (this.#program === null) throw new Error(`keepalived was not started on ${this.host.name}`);
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

  reconfigure(settings: readonly RouterSettings[]): Promise<number> {
    this.#write(settings);
    const at = this.#step('SIGHUP to');
    this.program.signal('SIGHUP');
    return Promise.resolve(at);
  }

  #step(what: string): number {
    return this.host.lab.timeline.step(`${what} keepalived on ${this.host.name}`);
  }

  #scheduling(): Promise<readonly string[]> {
    return this.options.realtime === false ? Promise.resolve([]) : realtime();
  }

  #write(settings: readonly RouterSettings[]): void {
    writeFileSync(join(this.#directory, 'keepalived.conf'), keepalivedConfiguration(settings, this.options));
  }
}

/** keepalived puts the date in front of each line; the timeline has its own. */
const withoutDate = (line: string): string => line.replace(/^\w{3} \w{3} +\d+ [\d:]+ \d{4}: /, '');

/** The text of a `keepalived.conf`. */
export function keepalivedConfiguration(
  settings: readonly RouterSettings[],
  { globals = [], blocks = [] }: KeepalivedOptions = {},
): string {
  const head = block('global_defs', ['router_id lab', ...globals]);
  return [head, ...blocks, ...settings.map(instance)].join('\n');
}

/** The version of keepalived, as three numbers; zeros when there is none. */
export function keepalivedVersion(): readonly number[] {
  const { stderr } = spawnSync(EXECUTABLE, ['--version'], { encoding: 'utf8' });
  const numbers = /Keepalived v(\d+)\.(\d+)\.(\d+)/.exec(stderr);
  return [1, 2, 3].map((index) => Number(numbers?.[index] ?? 0));
}

function instance(settings: RouterSettings): string {
  const { name, vrid, priority, version, interval, preempt, addresses, ...rest } = complete(settings);
  const { preemptDelay, password, unicast, virtualMac = false, checksum } = rest;
  const lines = [
    // K-02: only with priority 255 does MASTER mean to begin as one.
    `state ${priority === 255 ? 'MASTER' : 'BACKUP'}`,
    `interface ${rest.interface}`,
    `virtual_router_id ${String(vrid)}`,
    `priority ${String(priority)}`,
    `advert_int ${String(interval)}`,
    `version ${String(version)}`,
    ...(preempt ? [] : ['nopreempt']),
    ...(preemptDelay === undefined ? [] : [`preempt_delay ${String(preemptDelay)}`]),
    ...(password === undefined ? [] : [block('authentication', ['auth_type PASS', `auth_pass ${password}`])]),
    ...(unicast === undefined
      ? []
      : [`unicast_src_ip ${unicast.source}`, block('unicast_peer', unicast.peers)]),
    ...(virtualMac ? ['use_vmac'] : []),
    ...(checksum === 'MessageOnly' ? ['v3_checksum_as_v2'] : []),
    ...(settings.keepalivedLines ?? []),
    block('virtual_ipaddress', addresses),
  ];
  return block(`vrrp_instance ${name}`, lines);
}

/** `head { lines }`, as keepalived's configuration has it. */
export const block = (head: string, lines: readonly string[]): string =>
  `${head} {\n${lines.map((line) => `  ${line.replaceAll('\n', '\n  ')}\n`).join('')}}`;
