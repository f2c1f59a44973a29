import { parseDocument } from 'yaml';
import { fillDefaults } from '../api/v1alpha1/defaults.js';
import { type Finding, finding } from '../api/v1alpha1/finding.js';
import { schemaProblems } from '../api/v1alpha1/schema-check.js';
import { parseHttpAddress } from '../platform/http/address.js';
import { parseDuration } from '../values/duration.js';
import { type Result, ok, refused } from '../values/result.js';
import { toMillis } from '../values/time.js';
import { configSchema } from './config-schema.js';
import type { AgentSettings } from './decide/types.js';

/** Durations in milliseconds. */
export type LeaderElectionSettings = Readonly<{
  leaseName: string;
  leaseDuration: number;
  renewDeadline: number;
  retryPeriod: number;
}>;

/** What the configuration file says, with all defaults. */
export type OperatorConfig = Readonly<{
  /** Without the namespace, which the operator finds out. */
  agent: Omit<AgentSettings, 'namespace'>;
  workers: number;
  leaderElection: LeaderElectionSettings;
}>;

/** The file after defaults; the schema has seen to the types. */
type Filled = Readonly<{
  agent: OperatorConfig['agent'];
  workers: number;
  leaderElection: Readonly<Record<'leaseName' | 'leaseDuration' | 'renewDeadline' | 'retryPeriod', string>>;
}>;

/** Reads the text of a configuration file; refused with one sentence per problem, all of them. */
export function parseOperatorConfig(text: string): Result<OperatorConfig, readonly string[]> {
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length > 0)
    return refused(document.errors.map(({ message }) => `is not YAML: ${message.split('\n')[0] ?? ''}`));
  const content: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  const problems = schemaProblems(configSchema, content);
  if (problems.length > 0) return refused(problems.map(sentence));
  const filled = fillDefaults(configSchema, content) as Filled;
  const leaderElection = readLeaderElection(filled.leaderElection);
  const more = [...leaderElection.problems, ...agentProblems(filled.agent)];
  if (more.length > 0) return refused(more.map(sentence));
  return ok(
    deepFreeze({
      agent: { ...filled.agent, priorityClassName: filled.agent.priorityClassName || null },
      workers: filled.workers,
      leaderElection: leaderElection.settings,
    }),
  );
}

function agentProblems({ http }: OperatorConfig['agent']): readonly Finding[] {
  const address = parseHttpAddress(http, 9112);
  return address.ok ? [] : [finding(['agent', 'http'], address.problem)];
}

function readLeaderElection(
  written: Filled['leaderElection'],
): Readonly<{ settings: LeaderElectionSettings; problems: readonly Finding[] }> {
  const problems: Finding[] = [];
  const at = (field: string) => ['leaderElection', field];
  const duration = (field: 'leaseDuration' | 'renewDeadline' | 'retryPeriod'): number => {
    const parsed = parseDuration(written[field]);
    if (!parsed.ok) problems.push(finding(at(field), parsed.problem));
    else if (toMillis(parsed.value) < 1000)
      problems.push(finding(at(field), `must be at least 1s, is ${written[field]}`));
    return parsed.ok ? toMillis(parsed.value) : Number.NaN;
  };
  const settings = {
    leaseName: written.leaseName,
    leaseDuration: duration('leaseDuration'),
    renewDeadline: duration('renewDeadline'),
    retryPeriod: duration('retryPeriod'),
  };
  if (settings.renewDeadline >= settings.leaseDuration)
    problems.push(
      finding(
        at('renewDeadline'),
        'must be shorter than leaseDuration',
        'else two operators may act at the same time',
      ),
    );
  if (settings.retryPeriod >= settings.renewDeadline)
    problems.push(finding(at('retryPeriod'), 'must be shorter than renewDeadline'));
  return { settings, problems };
}

const sentence = ({ path, problem, remedy }: Finding): string =>
  [path === '' ? 'the file' : path, ' ', problem, remedy === undefined ? '' : ` (${remedy})`].join('');

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const item of Object.values(value)) deepFreeze(item);
  }
  return value;
}
