import { join } from 'node:path';

import { clientPrograms } from '../../../lab/cluster/programs.js';
import { Cluster } from '../../../lab/cluster/index.js';
import { command } from '../../../lab/command.js';
import { stateOf } from '../../../lab/cluster/folders.js';

type CallOptions = Readonly<{ input?: string; seconds?: number }>;

/** A cluster as far as its API server and helm go: the one of the laboratory, or any other. */
export interface Access {
  /** Runs kubectl to its end and returns what it printed; rejects with what it complained. */
  kubectl(argv: readonly string[], options?: CallOptions): Promise<string>;
  helm(argv: readonly string[], options?: CallOptions): Promise<string>;
  /** The beginning of a command line, for a kubectl that runs on. */
  readonly kubectlProgram: readonly string[];
}

/** `E2E_KUBECONFIG` names a cluster that is not the laboratory's. */
const kubeconfig = (): string => process.env['E2E_KUBECONFIG'] ?? '';

export const isForeign = (): boolean => kubeconfig() !== '';

export async function openAccess(): Promise<Readonly<{ access: Access; cluster: Cluster | null }>> {
  if (isForeign()) return { access: await foreign(), cluster: null };
  const cluster = Cluster.attach();
  const access: Access = {
    kubectl: (argv, options) => cluster.kubectl(argv, options),
    helm: (argv, options) => cluster.helm(argv, options),
    kubectlProgram: [stateOf('kubectl')],
  };
  return { access, cluster };
}

async function foreign(): Promise<Access> {
  const folder = await clientPrograms(console.log);
  const program = (name: string): string[] => ['env', `KUBECONFIG=${kubeconfig()}`, join(folder, name)];
  const run = (name: string, argv: readonly string[], { input = '', seconds = 180 }: CallOptions = {}) =>
    command(['timeout', '--kill-after=5', String(seconds), ...program(name), ...argv], input);
  return {
    kubectl: (argv, options) => run('kubectl', argv, options),
    helm: (argv, options) => run('helm', argv, options),
    kubectlProgram: program('kubectl'),
  };
}
