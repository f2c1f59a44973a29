import { Command, InvalidArgumentError, Option } from 'commander';

import { parseDuration } from '../../src/values/duration.js';
import { PROGRAMS, type ProgramName } from '../programs.js';
import { EVENTS, EVENT_TEXT, type EventName, type Family } from './cell.js';
import { type Stage, SMOKE, fullSuite } from './suites.js';

/** What the command line asks for. */
export type Options = Readonly<{
  stages: readonly Stage[];
  /** How ordinary the other work is that `load` puts on every core. */
  loadNice: number;
  /** Where results go; null: a new folder of build/bench. */
  directory: string | null;
  /** Goes on with what is in the directory. */
  resume: boolean;
  /** Makes no run, only tables and plots of what is in the directory. */
  reportOnly: boolean;
}>;

type Raw = Readonly<{
  event: readonly EventName[];
  interval: readonly number[];
  family: readonly Family[];
  vrrpVersion: 2 | 3;
  programs: readonly ProgramName[];
  runs: number;
  load: boolean;
  loadNice: number;
  lanes: number;
  out?: string;
  resume?: string;
  report?: string;
  smoke?: boolean;
  full?: boolean;
  times: number;
}>;

const LONGEST_INTERVAL = 40_950;

/** Reads the command line; prints help or what is wrong, and exits, where there is nothing to do. */
export function readOptions(argv: readonly string[]): Options {
  const raw = commandLine().parse(argv, { from: 'user' }).opts<Raw>();
  const problem = problemOf(raw);
  if (problem !== null) commandLine().error(`error: ${problem}`);
  return {
    stages: stagesOf(raw),
    loadNice: raw.loadNice,
    directory: raw.report ?? raw.resume ?? raw.out ?? null,
    resume: raw.resume !== undefined,
    reportOnly: raw.report !== undefined,
  };
}

function stagesOf({ smoke = false, full = false, times, ...raw }: Raw): readonly Stage[] {
  if (smoke) return SMOKE;
  if (full) return fullSuite(times);
  const { event, interval, family, vrrpVersion, load, programs, runs, lanes } = raw;
  const request = {
    ...{ events: event, intervals: interval, families: family, version: vrrpVersion },
    ...{ loads: [load], programs, runs: runs * times },
  };
  return [{ request, lanes }];
}

/** Combinations that make no sense, as a sentence that says what to do. */
function problemOf({ interval, family, vrrpVersion, lanes, resume, report, out }: Raw): string | null {
  if (vrrpVersion === 2 && family.includes('IPv6'))
    return 'VRRPv2 has no IPv6; take --vrrp-version 3 or --family ipv4';
  if (vrrpVersion === 2 && interval.some((each) => each % 1000 !== 0))
    return 'VRRPv2 counts whole seconds; take --vrrp-version 3 or --interval 1s';
  if (lanes > 1 && interval.some((each) => each < 1000))
    return 'several segments at the same time disturb each other where adverts are faster than 1 s; take --lanes 1';
  if ([resume, report, out].filter((each) => each !== undefined).length > 1)
    return '--out, --resume and --report name the same folder; take one of them';
  return null;
}

function commandLine(): Command {
  return new Command('npm run bench:failover --')
    .description(
      'Measures how long an address is away, or doubled, when something befalls its holder: kube-vrrp and keepalived in alternating ' +
        'runs, on a segment of network namespaces (root).',
    )
    .addOption(
      parsed('--event <names>', `one or more of ${EVENTS.join(', ')}`, listOf(EVENTS, 'all')).default(
        EVENTS,
        'all',
      ),
    )
    .addOption(
      parsed('--interval <times>', 'between adverts, one or more: 10ms to 40.95s', intervals).default(
        [1000, 100, 10],
        '1s,100ms,10ms',
      ),
    )
    .addOption(parsed('--family <families>', 'ipv4, ipv6 or both', families).default(['IPv4'], 'ipv4'))
    .addOption(parsed('--vrrp-version <n>', '2 or 3', number(2, 3)).default(3))
    .addOption(
      parsed('--programs <names>', `of ${PROGRAMS.join(', ')}`, listOf(PROGRAMS, 'all')).default(
        ['kube-vrrp', 'keepalived'],
        'kube-vrrp,keepalived',
      ),
    )
    .addOption(parsed('--runs <n>', 'of each program for each combination', number(1, 10_000)).default(10))
    .option('--load', 'with other work on every core', false)
    .addOption(
      parsed(
        '--load-nice <n>',
        'nice value of that work: 0 is ordinary, 19 yields to all',
        number(0, 19),
      ).default(0),
    )
    .addOption(
      parsed(
        '--lanes <n>',
        'segments at work at the same time, with adverts of 1 s or slower',
        number(1, 8),
      ).default(1),
    )
    .option('--out <folder>', 'where results go (default: a new folder of build/bench)')
    .option('--resume <folder>', 'make the runs that are still missing in this folder')
    .option('--report <folder>', 'make no runs; tables and plots of what is in this folder')
    .option('--full', 'the runs of docs/benchmarks.md instead of combinations: half an hour')
    .addOption(parsed('--times <n>', 'so many times as many runs', number(1, 1000)).default(1))
    .option('--smoke', 'a few runs in half a minute, to see that everything works')
    .addHelpText('after', HELP);
}

const HELP = `
Events:
${EVENTS.map((name) => `  ${name.padEnd(10)} ${EVENT_TEXT[name]}`).join('\n')}

Each run is a line of failover.csv as soon as it is made; Ctrl-C loses none of them and leaves nothing behind. What the columns
mean and how it is measured: docs/benchmarks.md.

Examples:
  npm run bench:failover -- --event link-cut,sigterm --interval 100ms --runs 20
  npm run bench:failover -- --event link-cut --interval 1s,100ms,10ms --load --runs 20
  npm run bench:failover -- --resume build/bench/2026-01-31T12-00-00`;

const listOf =
  <Name extends string>(names: readonly Name[], all: string) =>
  (text: string): Name[] =>
    text === all
      ? [...names]
      : text.split(',').map((part) => {
          const found = names.find((name) => name === part.trim());
          if (found === undefined)
            throw new InvalidArgumentError(`"${part}" is none of ${names.join(', ')}.`);
          return found;
        });

const families = (text: string): Family[] =>
  listOf(['ipv4', 'ipv6'], 'both')(text.toLowerCase()).map((name) => (name === 'ipv4' ? 'IPv4' : 'IPv6'));

function intervals(text: string): number[] {
  return text.split(',').map((part) => {
    const parsed = parseDuration(part.trim());
    if (!parsed.ok) throw new InvalidArgumentError(parsed.problem);
    const interval = parsed.value / 1000;
    if (interval < 10 || interval > LONGEST_INTERVAL || interval % 10 !== 0)
      throw new InvalidArgumentError('VRRPv3 advertises each 10ms to 40.95s, in steps of 10ms.');
    return interval;
  });
}

const number =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most || text.trim() === '')
      throw new InvalidArgumentError(`It must be a whole number from ${String(least)} to ${String(most)}.`);
    return value;
  };

const parsed = (flags: string, description: string, parse: (text: string) => unknown): Option =>
  new Option(flags, description).argParser(parse);
