import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { type AgentOptions, runAgent } from '../node-agent/main.js';
import { parseHttpAddress } from '../node-agent/control/options.js';
import { type Result, ok, refused } from '../values/result.js';

const LOG_FORMATS = ['text', 'json'] as const;
const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const BEST_NICE = -20;
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
  return runAgent(options.value);
}

/** Reads the options as commander left them; refuses with one sentence per wrong option. */
function agentOptions(
  given: Readonly<Record<string, unknown>>,
  version: string,
): Result<AgentOptions, readonly string[]> {
  const problems: string[] = [];
  const text = (name: string): string => (typeof given[name] === 'string' ? given[name] : '');
  const oneOf = <Choice extends string>(
    name: string,
    flag: string,
    choices: readonly Choice[],
  ): Choice | null => {
    const choice = choices.find((candidate) => candidate === text(name)) ?? null;
    if (choice === null) problems.push(`--${flag} is "${text(name)}", not one of ${choices.join(', ')}`);
    return choice;
  };
  const http = parseHttpAddress(text('http'));
  if (!http.ok) problems.push(`--http: ${http.problem}`);
  const schedulingPriority = Number(text('schedulingPriority'));
  if (!Number.isInteger(schedulingPriority) || schedulingPriority < 1 || schedulingPriority > 99)
    problems.push(
      `--scheduling-priority is "${text('schedulingPriority')}", not a whole number from 1 to 99`,
    );
  const logFormat = oneOf('logFormat', 'log-format', LOG_FORMATS);
  const logLevel = oneOf('logLevel', 'log-level', LOG_LEVELS);
  const scheduling = oneOf('scheduling', 'scheduling', SCHEDULING_MODES);
  if (problems.length > 0 || !http.ok || logFormat === null || logLevel === null || scheduling === null)
    return refused(problems);
  const record = text('record');
  return ok({
    version,
    standaloneFiles: (given['standalone'] as readonly string[]).map((file) => resolve(file)),
    nodeName: text('nodeName') === '' ? hostname() : text('nodeName'),
    stateDir: resolve(text('stateDir')),
    http: http.value,
    logFormat,
    logLevel,
    recordFile: record === '' ? null : resolve(record),
    scheduling,
    // Nice values have another scale; who asks for one wants the best.
    schedulingPriority: scheduling === 'nice' ? BEST_NICE : schedulingPriority,
  });
}
