import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pass } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { VIRTUAL_ROUTERS } from '../src/platform/kube/resources.js';
import { makeServiceAccount } from '../test/support/fake-api-server.js';

/*
 * What the agent costs: the time from its start to its first advert, and the memory of its two processes. Prints one line per
 * situation, the median of some runs. Needs root; happens in a network namespace of its own.
 *
 *   node --import tsx scripts/measure-agent.ts [ROUTERS] [RUNS]
 *
 * LAB_AGENT names another build than that of this checkout.
 */

const SELF = fileURLToPath(import.meta.url);
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const AGENT = process.env['LAB_AGENT'] ?? join(ROOT, 'bin/kube-vrrp');
/** Until what is needed at the start only is collected. */
const SETTLED_AFTER = 6_000;

const routers = Number(process.argv[2] ?? 1);
const runs = Number(process.argv[3] ?? 3);

type Figures = Readonly<{ firstAdvert: number; rss: readonly number[]; pss: readonly number[] }>;

async function measure(): Promise<void> {
  for (const command of [
    'link set lo up',
    'link add eth0 type veth peer name peer0',
    'link set eth0 up',
    'link set peer0 up',
    'address add 198.51.100.1/24 dev eth0',
  ])
    execFileSync('ip', command.split(' '));
  const socket = '/run/control.sock';
  const server = spawn(
    process.execPath,
    ['--import', 'tsx', join(ROOT, 'test/support/fake-api-server.ts'), '/run', '6443'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new Promise((resolve) => createInterface({ input: server.stdout }).once('line', resolve));
  const file = '/run/virtual-ips.yaml';
  writeFileSync(file, Array.from({ length: routers }, (_, index) => virtualIP(index + 1)).join('---\n'));
  const standalone = ['--standalone', file, '--node-name', 'edge-1'];
  try {
    for (let number = 1; number <= routers; number++)
      await call(socket, 'put', [VIRTUAL_ROUTERS, virtualRouter(number)]);
    await report('standalone', standalone);
    await report('cluster, nothing known', []);
    await report('cluster, restart', [], 'restart');
    await call(socket, 'goAway', []);
    await report('cluster, restart without API server', [], 'restart');
  } finally {
    server.kill();
  }
}

/** A router of priority 255 does not wait for others: its first advert comes when the agent is ready. */
const addresses = (number: number): string => `203.0.113.${String(number)}/32`;

const virtualIP = (number: number): string => `
apiVersion: kube-vrrp.io/v1alpha1
kind: VirtualIP
metadata: {name: v${String(number)}}
spec: {addresses: [${addresses(number)}], vrid: ${String(number)}, priority: 255, interface: eth0}
`;

const virtualRouter = (number: number): unknown => ({
  apiVersion: 'kube-vrrp.io/v1alpha1',
  kind: 'VirtualRouter',
  metadata: { name: `v${String(number)}-ipv4`, labels: { 'member.kube-vrrp.io/edge-1': '' } },
  spec: {
    ...{ virtualIP: `v${String(number)}`, family: 'IPv4', vrid: number, addresses: [addresses(number)] },
    members: [{ node: 'edge-1', priority: 255, interface: 'eth0' }],
  },
});

async function report(
  what: string,
  options: readonly string[],
  state: 'fresh' | 'restart' = 'fresh',
): Promise<void> {
  const all: Figures[] = [];
  for (let run = 0; run < runs; run++) {
    if (state === 'fresh') rmSync('/run/state', { recursive: true, force: true });
    all.push(await oneRun(options));
  }
  const middle = (of: (figures: Figures) => number): string => {
    const sorted = all.map(of).sort((a, b) => a - b);
    return (sorted[Math.floor(sorted.length / 2)] ?? NaN).toFixed(0);
  };
  const parts = (kind: 'rss' | 'pss'): string =>
    `${middle((each) => each[kind].reduce((sum, part) => sum + part, 0))} MiB (${[0, 1].map((index) => middle((each) => each[kind][index] ?? NaN)).join(' + ')})`;
  process.stdout.write(
    `${what}: first advert after ${middle(({ firstAdvert }) => firstAdvert)} ms; RSS ${parts('rss')}; PSS ${parts('pss')}\n`,
  );
}

async function oneRun(options: readonly string[]): Promise<Figures> {
  const dump = spawn('tcpdump', ['-l', '-n', '-tt', '-i', 'peer0', '-c', '1', 'ip proto 112'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await new Promise((resolve) => dump.stderr.once('data', resolve));
  const first = new Promise<number>((resolve) => {
    createInterface({ input: dump.stdout }).once('line', (line) => {
      resolve(Number(line.split(' ')[0]) * 1_000);
    });
  });
  const startedAt = Date.now();
  const agent = spawn(AGENT, ['agent', ...options, '--state-dir', '/run/state', '--log-level', 'warn'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      ...{ NODE_NAME: 'edge-1', KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '6443' },
    },
  });
  const firstAdvert = (await first) - startedAt;
  await pass(SETTLED_AFTER);
  const figures = { firstAdvert, ...memory(agent) };
  agent.kill();
  await new Promise((resolve) => agent.once('exit', resolve));
  dump.kill();
  return figures;
}

/** Of the VRRP process and of the control process, in MiB. */
function memory({ pid = 0 }: ChildProcess): Pick<Figures, 'rss' | 'pss'> {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => parentOf(name) === pid);
  const texts = [String(pid), ...children].map((each) => readFileSync(`/proc/${each}/smaps_rollup`, 'utf8'));
  const sizes = (field: string): readonly number[] =>
    texts.map((text) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1]) / 1024);
  return { rss: sizes('Rss'), pss: sizes('Pss') };
}

function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}

function call(socketPath: string, method: string, given: readonly unknown[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method: 'POST' }, (response) => {
      response.resume();
      response.on('end', resolve);
    });
    asked.on('error', reject);
    asked.end(JSON.stringify({ method, arguments: given }));
  });
}

if (process.env['KUBE_VRRP_MEASURE'] === undefined) {
  const directory = mkdtempSync(join(tmpdir(), 'kube-vrrp-measure-'));
  makeServiceAccount(directory, 'kube-vrrp');
  // The directory is /run in there, where a pod finds its service account.
  const inside = `mount --bind ${directory} /run && exec "$@"`;
  const again = [process.execPath, '--import', 'tsx', SELF, String(routers), String(runs)];
  const { status } = spawnSync('unshare', ['--net', '--mount', 'sh', '-c', inside, 'sh', ...again], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, KUBE_VRRP_MEASURE: directory },
  });
  rmSync(directory, { recursive: true, force: true });
  process.exitCode = status ?? 1;
} else await measure();
