import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Timeline } from '../../../lab/timeline.js';
import type { Access } from './access.js';
import { NAMESPACE, OPERATOR, RESULTS } from './settings.js';

const QUESTIONS: Readonly<Record<string, readonly string[]>> = {
  'virtual-ips.yaml': ['get', 'virtualips,virtualrouters', '--output=yaml'],
  'objects.txt': ['get', 'nodes,pods,daemonsets,deployments', '--all-namespaces', '--output=wide'],
  'events.txt': ['get', 'events', '--all-namespaces', '--sort-by=.lastTimestamp'],
  'operator.log': [
    'logs',
    `--namespace=${NAMESPACE}`,
    '--selector=app.kubernetes.io/component=operator',
    '--prefix',
    '--tail=400',
  ],
  'agents.log': [
    'logs',
    `--namespace=${NAMESPACE}`,
    '--selector=app.kubernetes.io/component=agent',
    '--prefix',
    '--tail=600',
  ],
  'operator-before.log': [
    'logs',
    `--namespace=${NAMESPACE}`,
    `deployment/${OPERATOR}`,
    '--previous',
    '--tail=200',
  ],
  'describe.txt': ['describe', 'pods', `--namespace=${NAMESPACE}`],
};

/** Writes down everything that helps to understand a failure; returns the folder. */
export async function writeDiagnostics(
  access: Access,
  title: string,
  timeline: Timeline,
  error: unknown,
): Promise<string> {
  const folder = join(
    RESULTS,
    title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 80),
  );
  await mkdir(folder, { recursive: true });
  const write = (file: string, text: string): Promise<void> => writeFile(join(folder, file), text);
  await write('error.txt', error instanceof Error ? (error.stack ?? error.message) : String(error));
  await write('timeline.txt', timeline.print(Number.MAX_SAFE_INTEGER));
  for (const [file, argv] of Object.entries(QUESTIONS))
    await write(file, await access.kubectl(argv, { seconds: 15 }).catch(String));
  return folder;
}
