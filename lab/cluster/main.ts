import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';

import { signalProcess } from '../program.js';
import { Cluster } from './cluster.js';
import { stateOf } from './folders.js';
import type { ClusterNode } from './node.js';
import { keepsCluster } from './obtain.js';
import { quickStart, suggestions } from './quick-start.js';
import { readRecord } from './record.js';
import { PRODUCTION_PACE, TEST_PACE } from './settings.js';
import { leftovers, tearDown } from './tear-down.js';

const started = performance.now();

/** A line with the time since the start. */
const say = (text: string): void => {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${seconds.padStart(6)} s  ${text}`);
};

const EXIT_STATUS = { SIGINT: 130, SIGTERM: 143 } as const;

/** What can be done to a node from a shell. */
const FAULTS: Readonly<Record<string, (node: ClusterNode) => Promise<unknown>>> = {
  'power-off': (node) => node.powerOff(),
  'power-on': (node) => node.powerOn(),
  'link-down': (node) => node.linkDown(),
  'link-up': (node) => node.linkUp(),
  blackhole: (node) => node.blackhole(),
  unblackhole: (node) => node.unblackhole(),
  'hold-kubelet': (node) => node.hold('kubelet'),
  'release-kubelet': (node) => node.release('kubelet'),
};

/** Starts the cluster; an interruption removes what is there of it. */
async function up(options: Readonly<{ pace: 'test' | 'production' }>): Promise<Cluster> {
  const running = Cluster.running();
  if (running !== null) {
    say('the cluster is up already');
    return running;
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);
  try {
    return await Cluster.up({
      progress: say,
      pace: options.pace === 'production' ? PRODUCTION_PACE : TEST_PACE,
    });
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, interrupt);
  }
}

/**
 * Ends this process and what it has made so far. Another process does that while this one waits and therefore makes
 * nothing more.
 */
function interrupt(signal: keyof typeof EXIT_STATUS): never {
  say('interrupted; removing what is there of the cluster');
  const self = String(process.pid);
  const children = readFileSync(`/proc/${self}/task/${self}/children`, 'utf8').trim().split(' ');
  for (const child of children.filter(Boolean)) signalProcess(Number(child), 'SIGTERM');
  const { status } = spawnSync(
    process.execPath,
    [...process.execArgv, fileURLToPath(import.meta.url), 'down'],
    {
      stdio: 'inherit',
    },
  );
  process.exit(status === 0 ? EXIT_STATUS[signal] : 1);
}

/** Runs a command while the cluster is up, and takes it down whatever becomes of the command. */
async function run(argv: readonly string[], pace: 'test' | 'production'): Promise<number> {
  const mine = Cluster.running() === null;
  const cluster = await up({ pace });
  // Ctrl-C reaches the command as well: it ends, and then the cluster is taken down.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  const [program = '', ...rest] = argv;
  const child = spawn(program, rest, {
    stdio: 'inherit',
    // A test may then see whether the cluster goes down as it should.
    env: { ...process.env, ...(mine && !keepsCluster() ? { KUBE_VRRP_CLUSTER_IS_OURS: 'yes' } : {}) },
  });
  const pass = (): void => void child.kill('SIGTERM');
  process.on('SIGTERM', pass);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  } finally {
    if (mine && !keepsCluster()) {
      await cluster.down();
      say('the cluster is down, nothing is left');
    }
  }
}

const program = new Command('lab/cluster/main.ts')
  .description(
    'A Kubernetes of one control plane and three nodes on this machine, for tests and for trying things.',
  )
  .enablePositionalOptions();
const paceOption = new Option(
  '--pace <pace>',
  'how fast dead nodes are noticed: about 12 s, or Kubernetes’ 40 s',
)
  .choices(['test', 'production'])
  .default('test');

program
  .command('up')
  .description('start the cluster (a minute; the first time compiles Kubernetes, about ten)')
  .addOption(paceOption)
  .action(async (options: { pace: 'test' | 'production' }) => {
    await up(options);
    say(`try: ${stateOf('kubectl')} get nodes`);
  });

program
  .command('quick-start')
  .description('start the cluster and do in it what docs/quick-start.md describes; the image has to be built')
  .addOption(paceOption)
  .action(async (options: { pace: 'test' | 'production' }) => {
    const cluster = await up(options);
    await quickStart(cluster, say);
    console.log(await suggestions(cluster));
  });

program
  .command('down')
  .description('stop the cluster and remove every trace of it, also of one that crashed')
  .action(async () => {
    await tearDown();
    say('the cluster is down, nothing is left');
  });

program
  .command('status')
  .description('tell whether a cluster is up, and what is there of one')
  .action(async () => {
    const cluster = Cluster.running();
    const found = await leftovers(readRecord()?.state);
    if (cluster !== null) console.log(await cluster.overview());
    else
      console.log(
        found.length === 0 ? 'No cluster is up.' : `No cluster is up, but there is:\n${found.join('\n')}`,
      );
    process.exitCode = cluster === null ? 1 : 0;
  });

program
  .command('load')
  .description('import an image archive into every node')
  .argument('<file>', 'written by docker save, or an OCI archive')
  .action((file: string) => Cluster.attach().loadImage(file));

program
  .command('fault')
  .description(`break or mend a node: ${Object.keys(FAULTS).join(', ')}`)
  .argument('<node>')
  .argument('<fault>')
  .action(async (name: string, fault: string) => {
    const action = FAULTS[fault];
    if (action === undefined)
      throw new Error(`there is no fault ${fault}; there are ${Object.keys(FAULTS).join(', ')}`);
    await action(Cluster.attach().node(name));
  });

program
  .command('recover')
  .description('undo every fault, and wait until all nodes are Ready')
  .action(() => Cluster.attach().recover());

program
  .command('exec')
  .description('run a program inside a node')
  .argument('<node>')
  .argument('<command...>')
  .passThroughOptions()
  .action(async (name: string, argv: string[]) => {
    process.stdout.write(await Cluster.attach().node(name).exec(argv));
  });

program
  .command('run')
  .description(
    'start the cluster, run a command, take the cluster down (KUBE_VRRP_CLUSTER=keep leaves it up)',
  )
  .addOption(paceOption)
  .argument('<command...>')
  .passThroughOptions()
  .action(async (argv: string[], options: { pace: 'test' | 'production' }) => {
    process.exitCode = await run(argv, options.pace);
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof Error && error.cause instanceof Error)
    console.error(`because: ${error.cause.message}`);
  process.exitCode = 1;
}
