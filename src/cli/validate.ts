import { buffer } from 'node:stream/consumers';
import { load } from '../node-agent/desired/load.js';
import { type LocatedFinding, formatFinding } from '../node-agent/desired/located-finding.js';
import { passwordFromDisk, readSourceFile } from '../node-agent/desired/read-files.js';
import type { DesiredState } from '../node-agent/desired/desired-state.js';
import type { RouterSpec } from '../node-agent/ipc/router-spec.js';
import { ok } from '../values/result.js';
import { formatDuration } from '../values/duration.js';

/** The standard input instead of a file. */
const STANDARD_INPUT = '-';

export type ValidateOptions = Readonly<{
  /** Paths; `-` is the standard input. At least one. */
  files: readonly string[];
  /** Also tell what this node would run; null: do not. */
  nodeName: string | null;
  /** What was read from the standard input; used when `-` is among the files. */
  standardInput: Uint8Array;
}>;

export type ValidateOutcome = Readonly<{
  /** 0: valid; 1: there are problems; 2: a file could not be read. */
  status: 0 | 1 | 2;
  /** For the standard output; ends with a line break. */
  text: string;
}>;

/** The command: writes the answer to the standard output; gives the exit status. */
export async function validateCommand(
  files: readonly string[],
  { nodeName = null }: Readonly<{ nodeName?: string | null }>,
): Promise<number> {
  const standardInput = files.includes(STANDARD_INPUT) ? await buffer(process.stdin) : new Uint8Array();
  const { status, text } = validate({ files, nodeName, standardInput });
  process.stdout.write(text);
  return status;
}

/**
 * `kube-vrrp validate FILE…`: what a standalone agent would say about these files, taken together, without running
 * anything. Problems and warnings are lines of `FILE:LINE:COL: FIELD: …`.
 */
export function validate({ files, nodeName, standardInput }: ValidateOptions): ValidateOutcome {
  const paths = [...new Set(files)];
  const loaded = load(
    paths,
    nodeName,
    (path) =>
      path === STANDARD_INPUT ? ok({ name: path, bytes: standardInput }) : readSourceFile(path, 'readPipes'),
    passwordFromDisk,
  );
  const lines = [
    ...loaded.problems.map((problem) => formatFinding(problem)),
    ...loaded.warnings.map(formatWarning),
    ...paths.map((path) =>
      summary(path, loaded.problems, loaded.virtualIPs.filter(({ file }) => file === path).length),
    ),
    ...(loaded.accepted === null || nodeName === null ? [] : plan(nodeName, loaded.accepted.desired)),
  ];
  const status = loaded.unreadable.length > 0 ? 2 : loaded.problems.length > 0 ? 1 : 0;
  return { status, text: `${lines.join('\n')}\n` };
}

const formatWarning = (warning: LocatedFinding): string =>
  formatFinding({ ...warning, problem: `warning: ${warning.problem}` });

function summary(path: string, problems: readonly LocatedFinding[], valid: number): string {
  const count = problems.filter(({ file }) => file === path).length;
  return count === 0
    ? `${path}: ${plural(valid, 'VirtualIP')} valid`
    : `${path}: ${plural(count, 'problem')}`;
}

const plural = (count: number, noun: string): string => `${String(count)} ${noun}${count === 1 ? '' : 's'}`;

/** What the node would run, one line per virtual router and probe. */
const plan = (nodeName: string, { routers, probes }: DesiredState): readonly string[] => [
  `${nodeName} would run ${plural(routers.length, 'virtual router')} and ${plural(probes.length, 'probe')}:`,
  ...routers.map(describeRouter),
  ...probes.map(
    ({ id, period, timeout, weight }) =>
      `  probe ${id}: every ${formatDuration(period)}, timeout ${formatDuration(timeout)}, ${
        weight === null ? 'leaves the election while it fails' : `weight ${String(weight)}`
      }`,
  ),
];

const describeRouter = (router: RouterSpec): string =>
  [
    `  ${router.key}: VRID ${String(router.vrid)}`,
    `priority ${String(router.priority)}`,
    `VRRPv${String(router.version)} every ${formatDuration(router.advertisementInterval)}`,
    `on ${router.interface ?? 'the interface of the first address'}`,
    router.unicast === null ? 'multicast' : `unicast to ${router.unicast.peers.join(' ')}`,
    router.addresses.join(' '),
  ].join(', ');
