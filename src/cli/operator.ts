import { readFileSync } from 'node:fs';
import { parseOperatorConfig } from '../operator/config.js';
import { type OperatorOptions, runOperator } from '../operator/main.js';
import { parseHttpAddress } from '../platform/http/address.js';
import type { LogFormat, LogLevel } from '../platform/log.js';
import { type Result, ok, refused } from '../values/result.js';

/** The options as commander leaves them: it has seen to the choices. */
export type OperatorArguments = Readonly<{
  config?: string;
  kubeconfig?: string;
  namespace?: string;
  http: string;
  leaderElection: boolean;
  versionCheck: boolean;
  logFormat: LogFormat;
  logLevel: LogLevel;
}>;

const USUAL_PORT = 8080;

/** Runs the operator until it is told to stop; gives the exit status. */
export async function operatorCommand(given: OperatorArguments, version: string): Promise<number> {
  const options = operatorOptions(given, version);
  if (options.ok) return runOperator(options.value);
  for (const problem of options.problem) process.stderr.write(`error: ${problem}\n`);
  return 2;
}

/** Refused with one sentence per problem, whether of an option or of the file. */
export function operatorOptions(
  given: OperatorArguments,
  version: string,
): Result<OperatorOptions, readonly string[]> {
  const http = parseHttpAddress(given.http, USUAL_PORT);
  const config = readConfig(given.config ?? null);
  const problems = [
    ...(http.ok ? [] : [`--http: ${http.problem}`]),
    ...(config.ok ? [] : config.problem.map((problem) => `${given.config ?? '--config'}: ${problem}`)),
    ...(given.namespace === '' ? ['--namespace is empty'] : []),
  ];
  if (!http.ok || !config.ok || problems.length > 0) return refused(problems);
  return ok({
    version,
    config: config.value,
    kubeconfig: given.kubeconfig ?? null,
    namespace: given.namespace ?? null,
    http: http.value,
    leaderElection: given.leaderElection,
    versionCheck: given.versionCheck,
    logFormat: given.logFormat,
    logLevel: given.logLevel,
  });
}

function readConfig(file: string | null): ReturnType<typeof parseOperatorConfig> {
  if (file === null)
    return refused([
      'is missing: the operator needs a file with at least "agent: {image: IMAGE}", the image that agents run from',
    ]);
  try {
    return parseOperatorConfig(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    return refused([code === 'ENOENT' ? 'does not exist' : `cannot be read: ${code}`]);
  }
}
