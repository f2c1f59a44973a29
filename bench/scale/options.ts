import { Command, InvalidArgumentError, Option } from 'commander';

import { MOST, type Size } from './workload.js';

export type Trouble = 'throttled' | 'restarted';

export type ScaleOptions = Readonly<{
  size: Size;
  /** Seconds of the window in which nothing changes. */
  steady: number;
  /** Minutes of the soak; 0: there is none. */
  soak: number;
  /** Changes per second during the soak. */
  churn: number;
  /** What happens to the API server, each in a run of its own. */
  troubles: readonly Trouble[];
  /** Whether a cluster of a tenth is measured for comparison. */
  tenth: boolean;
  /** `workers` of the operator's configuration; null: its default. */
  workers: number | null;
  /** Folder for processor profiles of the operator; null: none are made. */
  profile: string | null;
  document: boolean;
  smoke: boolean;
}>;

type Raw = Readonly<{
  virtualIps?: number;
  nodes?: number;
  members: number;
  steady?: number;
  soak?: number;
  churn: number;
  trouble: boolean;
  tenth: boolean;
  workers?: number;
  profile?: string;
  document: boolean;
  smoke: boolean;
}>;

const FULL = { virtualIps: 1_000, nodes: 1_000, steady: 60, soak: 5 };
const SMOKE = { virtualIps: 30, nodes: 30, steady: 5, soak: 0 };
/** A VirtualRouter has no more members. */
const MOST_MEMBERS = 254;

const HELP = `
What happens, each time on a new kube-apiserver with etcd (Kubernetes is compiled when the cache does not have it):
  1. a cluster of a tenth of the size, only to compare what agents watch
  2. the whole size: all VirtualIPs are made as fast as the API server takes them, then nothing happens for a while
  3. on the same cluster the soak: VirtualIPs are edited, deleted and made, nodes are cordoned, addresses move
  4. the whole size once more, with an API server that works on few requests at a time and refuses the others (429)
  5. and once more, with an API server that is killed when half of the VirtualRouters are written, and started anew

Everything runs on the loopback address and in temporary folders. Ctrl-C removes all of it. Takes root, for mounts that only the
programs see. Results go to standard output and, as scale.md, to build/bench/; they count only where the machine has nothing else to do.`;

/** Of the command line. Ends the process with status 2 and a sentence when it is wrong. */
export function readScaleOptions(argv: readonly string[]): ScaleOptions {
  const command = scaleCommand().exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : 2);
  });
  const raw = command.parse(argv, { from: 'user' }).opts<Raw>();
  const options = withDefaults(raw);
  const problem = problemOf(options);
  if (problem !== null) command.error(`error: ${problem}`);
  return options;
}

function scaleCommand(): Command {
  return new Command('npm run bench:scale --')
    .description(
      'Measures the operator with many VirtualIPs and nodes: a real kube-apiserver, the real operator, simulated agents.',
    )
    .option('--virtual-ips <n>', `how many VirtualIPs (default: ${String(FULL.virtualIps)})`, whole(1, MOST))
    .option(
      '--nodes <n>',
      `how many nodes, each with an agent (default: ${String(FULL.nodes)})`,
      whole(1, MOST),
    )
    .option('--members <n>', 'nodes that take part in a VirtualIP', whole(1, MOST_MEMBERS), 3)
    .option(
      '--steady <seconds>',
      `how long nothing happens (default: ${String(FULL.steady)})`,
      whole(1, 86_400),
    )
    .option(
      '--soak <minutes>',
      `how long things change; 0: not at all (default: ${String(FULL.soak)})`,
      number(0, 100_000),
    )
    .option('--churn <n>', 'changes per second during the soak', number(0.01, 1_000), 2)
    .option('--no-trouble', 'leave out the API servers that throttle or are killed')
    .option('--no-tenth', 'leave out the cluster of a tenth')
    .option(
      '--workers <n>',
      "VirtualIPs that the operator works on at the same time (default: the operator's)",
      whole(1, 64),
    )
    .option('--profile <folder>', 'put processor profiles of the operator there')
    .option('--document', 'also write the result into docs/benchmarks.md', false)
    .addOption(
      new Option(
        '--smoke',
        'only show that it works: 30 VirtualIPs, 30 nodes, 5 s, no soak; fails when something is lost or double',
      ).default(false),
    )
    .addHelpText('after', HELP)
    .showHelpAfterError('(npm run bench:scale -- --help tells more)');
}

function withDefaults(raw: Raw): ScaleOptions {
  const base = raw.smoke ? SMOKE : FULL;
  const { members, churn, profile, document, smoke } = raw;
  return {
    size: { virtualIPs: raw.virtualIps ?? base.virtualIps, nodes: raw.nodes ?? base.nodes, members },
    steady: raw.steady ?? base.steady,
    soak: raw.soak ?? base.soak,
    troubles: raw.trouble ? ['throttled', 'restarted'] : [],
    tenth: raw.tenth && !smoke,
    workers: raw.workers ?? null,
    profile: profile ?? null,
    ...{ churn, document, smoke },
  };
}

/** What is wrong with options that are right each by itself; null: nothing. */
export function problemOf({ size, document, smoke }: ScaleOptions): string | null {
  if (size.members > size.nodes)
    return `--members ${String(size.members)} are more than --nodes ${String(size.nodes)}`;
  if (document && smoke) return '--smoke is no measurement, so there is nothing to --document';
  return null;
}

const number =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least && value <= most))
      throw new InvalidArgumentError(`It must be a number from ${String(least)} to ${String(most)}.`);
    return value;
  };

const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = number(least, most)(text);
    if (!Number.isInteger(value))
      throw new InvalidArgumentError(`It must be a whole number from ${String(least)} to ${String(most)}.`);
    return value;
  };
