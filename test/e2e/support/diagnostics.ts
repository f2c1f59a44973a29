import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Timeline } from '../../../lab/timeline.js';
import type { Access } from './access.js';
import type { LivePod } from './objects.js';
import { NAMESPACE, RESULTS } from './settings.js';

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
  await write('previous.log', await previousLogs(access).catch(String));
  return folder;
}

/** The last words of the containers that have been started again. */
async function previousLogs(access: Access): Promise<string> {
  const list = await access.kubectl(['get', 'pods', `--namespace=${NAMESPACE}`, '--output=json'], {
    seconds: 15,
  });
  const { items } = JSON.parse(list) as { items: readonly LivePod[] };
  const restarted = items.filter(({ status }) =>
    status.containerStatuses?.some(({ restartCount }) => restartCount > 0),
  );
  const logs = restarted.map(async ({ metadata: { name } }) => {
    const argv = ['logs', name, `--namespace=${NAMESPACE}`, '--previous', '--tail=100'];
    return `--- ${name}\n${await access.kubectl(argv, { seconds: 15 }).catch(String)}`;
  });
  return (await Promise.all(logs)).join('\n');
}
