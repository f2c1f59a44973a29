import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { type AgentOptions, runAgent } from '../node-agent/main.js';
import { type ControlOptions, parseHttpAddress } from '../node-agent/control/options.js';
import { type Result, ok, refused } from '../values/result.js';
import { missingCapabilities } from './missing-capabilities.js';

const LOG_FORMATS = ['text', 'json'] as const;
const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const DEFAULT_SECRET = 'kube-vrrp-agents';
const DEFAULT_STATE_DIR = '/var/lib/kube-vrrp';
const BEST_NICE = -20;
/** sysexits.h: not permitted. */
const EXIT_NO_PERMISSION = 77;
const SCHEDULING_MODES = ['auto', 'rr', 'fifo', 'nice', 'normal'] as const;

/** Runs the agent until it is told to stop; gives the exit status. */
export async function agentCommand(
  given: Readonly<Record<string, unknown>>,
  version: string,
): Promise<number> {
  const options = agentOptions(given, version);
  if (!options.ok) {
    for (const problem of options.problem) process.stderr.write(`error: ${problem}\n`);
    return 2;
  }
  const missing = missingCapabilities(readFileSync('/proc/self/status', 'utf8'));
  if (missing.length > 0) {
    const remedy =
      options.value.source.kind === 'cluster'
        ? 'run the container as user 0 with securityContext.capabilities.add: [NET_ADMIN, NET_RAW]'
        : 'run the agent as root, or with the capabilities NET_ADMIN and NET_RAW';
    process.stderr.write(`error: ${remedy} (missing: ${missing.join(', ')})\n`);
    return EXIT_NO_PERMISSION;
  }
  return runAgent(options.value);
}

/** Reads the options as commander left them; refuses with one sentence per wrong option. */
export function agentOptions(
  given: Readonly<Record<string, unknown>>,
  version: string,
  env: Environment = process.env,
): Result<AgentOptions, readonly string[]> {
  const read = new OptionReader(given, env);
  const options: AgentOptions = {
    version,
    ...read.source(),
    stateDir: resolve(read.text('stateDir') ?? DEFAULT_STATE_DIR),
    http: read.http('http'),
    logFormat: read.oneOf('logFormat', '--log-format', LOG_FORMATS),
    logLevel: read.oneOf('logLevel', '--log-level', LOG_LEVELS),
    recordFile: read.path('record'),
    aliveFile: read.path('aliveFile'),
    ...read.scheduling(),
  };
  return read.problems.length === 0 ? ok(options) : refused(read.problems);
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Mean something in a cluster only. */
const CLUSTER_OPTIONS = [
  ['namespace', '--namespace'],
  ['secretName', '--secret-name'],
  ['kubeconfig', '--kubeconfig'],
] as const;

/** Reads single options and collects what is wrong with them; what it gives is of use only when nothing is. */
class OptionReader {
  readonly problems: string[] = [];

  constructor(
    private readonly given: Readonly<Record<string, unknown>>,
    private readonly env: Environment,
  ) {}

  /** Where the configuration comes from, and what this host is called there. */
  source(): Pick<ControlOptions, 'source' | 'nodeName'> {
    const files = this.given['standalone'];
    return Array.isArray(files) ? this.#standalone(files as readonly string[]) : this.#cluster();
  }

  #standalone(files: readonly string[]): Pick<ControlOptions, 'source' | 'nodeName'> {
    for (const [name, flag] of CLUSTER_OPTIONS)
      if (this.text(name) !== null)
        this.problems.push(
          `${flag} is for a cluster, and --standalone says that there is none; leave one out`,
        );
    return {
      source: { kind: 'files', files: files.map((file) => resolve(file)) },
      nodeName: this.text('nodeName') ?? this.#variable('NODE_NAME') ?? hostname(),
    };
  }

  #cluster(): Pick<ControlOptions, 'source' | 'nodeName'> {
    const nodeName = this.text('nodeName') ?? this.#variable('NODE_NAME');
    const kubeconfig = this.path('kubeconfig');
    const known = kubeconfig ?? this.#variable('KUBECONFIG') ?? this.#variable('KUBERNETES_SERVICE_HOST');
    if (known === null)
      this.problems.push(
        'this is not a pod of a cluster: give --standalone FILE to run without one, or --kubeconfig FILE to reach one',
      );
    else if (nodeName === null)
      this.problems.push(
        'the name of the node is not known: give --node-name, or set NODE_NAME from spec.nodeName (downward API)',
      );
    return {
      source: {
        kind: 'cluster',
        namespace: this.text('namespace') ?? this.#variable('POD_NAMESPACE'),
        secretName: this.text('secretName') ?? DEFAULT_SECRET,
        kubeconfig,
      },
      nodeName: nodeName ?? '',
    };
  }

  #variable(name: string): string | null {
    const value = this.env[name];
    return value === undefined || value === '' ? null : value;
  }

  text(name: string): string | null {
    const value = this.given[name];
    return typeof value === 'string' && value !== '' ? value : null;
  }

  path(name: string): string | null {
    const value = this.text(name);
    return value === null ? null : resolve(value);
  }

  http(name: string): AgentOptions['http'] {
    const parsed = parseHttpAddress(this.text(name) ?? '');
    if (parsed.ok) return parsed.value;
    this.problems.push(`--http: ${parsed.problem}`);
    return null;
  }

  oneOf<Choice extends string>(name: string, flag: string, choices: readonly [Choice, ...Choice[]]): Choice {
    const value = this.text(name) ?? '';
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) this.problems.push(`${flag} is "${value}", not one of ${choices.join(', ')}`);
    return choice ?? choices[0];
  }

  scheduling(): Pick<AgentOptions, 'scheduling' | 'schedulingPriority'> {
    const scheduling = this.oneOf('scheduling', '--scheduling', SCHEDULING_MODES);
    const value = this.text('schedulingPriority') ?? '';
    const priority = Number(value);
    if (!Number.isInteger(priority) || priority < 1 || priority > 99)
      this.problems.push(`--scheduling-priority is "${value}", not a whole number from 1 to 99`);
    // Nice values have another scale; who asks for one wants the best.
    return { scheduling, schedulingPriority: scheduling === 'nice' ? BEST_NICE : priority };
  }
}
