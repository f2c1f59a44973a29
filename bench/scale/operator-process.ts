import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Lab } from '../../lab/lab.js';
import { Program } from '../../lab/program.js';
import { type Memory, memoryOf, usageOf } from '../cost/process-usage.js';
import { freePorts } from './cluster/ports.js';
import { type Access, NAMESPACE } from './cluster/users.js';
import { type Samples, parsePeak, parseSamples } from './measure/parse.js';

const PROGRAM = fileURLToPath(new URL('../../bin/kube-vrrp', import.meta.url));
const LAST_LINES = 30;

export type OperatorSettings = Readonly<{
  /** A folder that gets a processor profile when it ends; null: none is made. */
  profile: string | null;
  /** How many VirtualIPs it works on at the same time; null: its default. */
  workers: number | null;
}>;

/** `kube-vrrp operator`, the one of this checkout, as it runs in a pod: with the files of a service account. */
export class OperatorProcess {
  readonly #said: string[] = [];

  private constructor(
    private readonly program: Program,
    private readonly port: number,
    said: string[],
  ) {
    this.#said = said;
  }

  static async start(
    lab: Lab,
    access: Access,
    { profile, workers }: OperatorSettings,
  ): Promise<OperatorProcess> {
    const folder = join(lab.directory, 'operator');
    const account = join(folder, 'run', 'secrets', 'kubernetes.io', 'serviceaccount');
    mkdirSync(account, { recursive: true, mode: 0o700 });
    for (const [name, text] of Object.entries({
      namespace: NAMESPACE,
      token: access.token,
      'ca.crt': access.ca,
    }))
      writeFileSync(join(account, name), text, { mode: 0o600 });
    const config = join(folder, 'operator.yaml');
    const more = workers === null ? '' : `workers: ${String(workers)}\n`;
    writeFileSync(config, `agent: {image: registry.invalid/kube-vrrp}\n${more}`);
    const [port = 0] = await freePorts(1);
    const inPod = 'mount --bind "$1" /run && shift && exec "$@"';
    const said: string[] = [];
    const program = await Program.start(
      [
        ...['setpriv', '--pdeathsig', 'KILL', 'unshare', '--mount', '--propagation', 'private'],
        ...[
          'sh',
          '-c',
          inPod,
          'sh',
          join(folder, 'run'),
          ...programWith(profile),
          'operator',
          '--config',
          config,
        ],
        ...['--http', `127.0.0.1:${String(port)}`, '--log-format', 'json'],
      ],
      {
        environment: {
          KUBERNETES_SERVICE_HOST: '127.0.0.1',
          KUBERNETES_SERVICE_PORT: String(access.port),
          POD_NAME: 'kube-vrrp-operator-0',
        },
        line: (text) => {
          said.push(text);
          if (said.length > LAST_LINES) said.shift();
        },
      },
    );
    lab.defer(async () => {
      if (program.running) await (profile === null ? program.kill() : program.terminate());
    });
    return new OperatorProcess(program, port, said);
  }

  /** Rejects when it ends by itself. */
  get ended(): Promise<never> {
    return this.program.ended.then((how) => {
      throw new Error(`the operator ended (${String(how)}); its last lines:\n${this.#said.join('\n')}`);
    });
  }

  /** Seconds of processor time since it started. */
  get cpuSeconds(): number {
    return usageOf(this.#pid).cpuSeconds;
  }

  get memory(): Memory {
    return memoryOf(this.#pid);
  }

  /** The most that it ever had in memory, in MiB. */
  get peak(): number {
    return parsePeak(readFileSync(`/proc/${String(this.#pid)}/status`, 'utf8'));
  }

  /** What it tells of itself at `/metrics`. */
  async metrics(): Promise<Samples> {
    return parseSamples(await textAt(this.port, '/metrics'));
  }

  /** Throws when it has ended. */
  get #pid(): number {
    if (!this.program.running)
      throw new Error(`the operator has ended; its last lines:\n${this.#said.join('\n')}`);
    return this.program.pid;
  }
}

/** The program as its first line says, or with the options of Node.js that make a profile added to that. */
function programWith(profile: string | null): readonly string[] {
  if (profile === null) return [PROGRAM];
  const [first = ''] = readFileSync(PROGRAM, 'utf8').split('\n');
  const words = first.replace(/^#!/, '').split(' ');
  return [...words.filter((word) => word !== '-S'), '--cpu-prof', `--cpu-prof-dir=${profile}`, PROGRAM];
}

const textAt = (port: number, path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
