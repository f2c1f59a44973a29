import { chmodSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { PassThrough } from 'node:stream';

import { command } from './command.js';
import { eventually } from './eventually.js';
import type { Host } from './host.js';
import { wallClock } from './libc.js';
import type { Program } from './program.js';
import { realtime } from './realtime.js';
import { type RouterProgram, type RouterSettings, complete } from './router.js';

/** LAB_FRR names a folder with the daemons of another release (`lab/fetch-release`). */
const DAEMONS = process.env['LAB_FRR'] ?? '/usr/lib/frr';

type Router = ReturnType<typeof complete>;

/**
 * FRR's `zebra` and `vrrpd`. As its manual demands, the addresses are on a macvlan interface with the virtual MAC that is
 * made beforehand; vrrpd takes its link up and down. An address counts as held while that link is up.
 */
export class Frr implements RouterProgram {
  readonly kind = 'frr';
  readonly #directory: string;
  readonly #routers: readonly Router[];
  readonly #daemons = new Map<string, Program>();

  constructor(
    readonly host: Host,
    settings: readonly RouterSettings[],
  ) {
    this.#routers = settings.map(complete);
    this.#directory = mkdtempSync(join(host.lab.directory, `${host.name}-frr-`));
    chmodSync(host.lab.directory, 0o711);
    writeFileSync(join(this.#directory, 'zebra.conf'), 'log stdout\n');
    writeFileSync(join(this.#directory, 'vrrpd.conf'), frrConfiguration(settings));
  }

  async start(): Promise<number> {
    const started = this.host.lab.timeline.step(`FRR starts on ${this.host.name}`);
    if (this.#daemons.size === 0) await this.#prepare();
    // Since release 9 the configuration goes through a daemon of its own.
    if (existsSync(join(DAEMONS, 'mgmtd'))) await this.#launch('mgmtd', 'mgmtd.vty');
    await this.#launch('zebra', 'zserv.api');
    await this.#launch('vrrpd', 'vrrpd.vty');
    const entered = await eventually(this.host.lab.timeline, 'FRR is in the election', 10_000, () =>
      this.host.lab.timeline
        .of('log', started)
        .find(({ host, line }) => host === this.host.name && line.includes('Initialize -> ')),
    );
    return entered.at;
  }

  get program(): Program {
    const program = this.#daemons.get('vrrpd');
    if (program === undefined) throw new Error(`FRR was not started on ${this.host.name}`);
    return program;
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

  reconfigure(): Promise<number> {
    return Promise.reject(new Error('vrrpd reads its configuration when it starts'));
  }

  #step(what: string): number {
    return this.host.lab.timeline.step(`${what} vrrpd on ${this.host.name}`);
  }

  async #prepare(): Promise<void> {
    await command(['chown', '-R', 'frr:frr', this.#directory]);
    for (const router of this.#routers) {
      await this.host.namespace.ipBatch(macvlan(router));
      const device = deviceOf(router);
      await eventually(this.host.lab.timeline, `the addresses are on ${device}`, 2000, () =>
        router.addresses.every((each) => this.#hasSeen(device, bare(each))),
      );
      // From here on the state of the link decides.
      this.#hold(router, false);
    }
    await this.#watchLinks();
  }

  async #launch(daemon: string, socket: string): Promise<void> {
    const path = (name: string): string => join(this.#directory, name);
    const argv = [
      ...(await realtime()),
      ...[join(DAEMONS, daemon), '-z', path('zserv.api'), '-i', path(`${daemon}.pid`)],
      ...['--vty_socket', this.#directory, '-P', '0', '--log', 'stdout'],
      ...(daemon === 'mgmtd' ? [] : ['-f', path(`${daemon}.conf`)]),
    ];
    const program = await this.host.spawn(argv, { line: (line) => this.#logged(line) });
    this.#daemons.set(daemon, program);
    while (!existsSync(path(socket)) && program.running) await sleep(5);
  }

  #logged(line: string): void {
    this.host.lab.timeline.record({ at: wallClock(), kind: 'log', host: this.host.name, line });
  }

  async #watchLinks(): Promise<void> {
    const output = new PassThrough();
    const up = new Map(this.#routers.map(({ name }) => [name, false]));
    createInterface({ input: output }).on('line', (line) => {
      const router = this.#routers.find((each) => line.includes(` ${deviceOf(each)}@`));
      if (router === undefined) return;
      const now = line.includes(' state UP ');
      if (up.get(router.name) === now) return;
      up.set(router.name, now);
      this.#hold(router, now);
    });
    await this.host.spawn([...(await realtime()), 'ip', '-o', 'monitor', 'link'], {
      raw: (chunk) => output.write(chunk),
    });
  }

  #hasSeen(device: string, wanted: string): boolean {
    const seen = this.host.lab.timeline.of('address');
    return seen.some(
      (event) =>
        event.host === this.host.name && event.interface === device && event.address === wanted && event.held,
    );
  }

  #hold(router: Router, held: boolean): void {
    for (const address of router.addresses)
      this.host.lab.timeline.record({
        ...{ at: wallClock(), kind: 'address', host: this.host.name, held },
        ...{ interface: deviceOf(router), address: bare(address) },
      });
  }
}

const bare = (address: string): string => address.split('/')[0] ?? address;

const deviceOf = ({ family, vrid }: Router): string => `vrrp${family === 'IPv4' ? '4' : '6'}-${String(vrid)}`;

/** The commands of `ip` that make a router's interface. */
function macvlan(router: Router): string[] {
  const device = deviceOf(router);
  const [block, length] = router.family === 'IPv4' ? ['01', 32] : ['02', 128];
  const mac = `00:00:5e:00:${block}:${router.vrid.toString(16).padStart(2, '0')}`;
  return [
    `link add ${device} link ${router.interface} address ${mac} type macvlan mode bridge`,
    `link set ${device} up`,
    // It must not be derived from the virtual MAC: the other routers would have the same.
    ...(router.family === 'IPv6'
      ? [`addr add fe80::f${router.vrid.toString(16)}/64 dev ${device} nodad`]
      : []),
    ...router.addresses.map((address) => `addr add ${bare(address)}/${String(length)} dev ${device}`),
  ];
}

/** The text of a `vrrpd.conf`. */
export function frrConfiguration(settings: readonly RouterSettings[]): string {
  const routers = settings.map(complete);
  const interfaces = [...new Set(routers.map((router) => router.interface))];
  const lines = interfaces.flatMap((name) => [
    `interface ${name}`,
    ...routers.filter((router) => router.interface === name).flatMap(routerLines),
    'exit',
  ]);
  return ['log stdout', 'debug vrrp', ...lines, ''].join('\n');
}

function routerLines({ vrid, version, priority, interval, preempt, family, addresses }: Router): string[] {
  const router = ` vrrp ${String(vrid)}`;
  return [
    `${router} version ${String(version)}`,
    `${router} priority ${String(priority)}`,
    `${router} advertisement-interval ${String(Math.round(interval * 1000))}`,
    ...(preempt ? [] : [` no${router} preempt`]),
    ...addresses.map((address) => `${router} ${family === 'IPv4' ? 'ip' : 'ipv6'} ${bare(address)}`),
  ];
}
