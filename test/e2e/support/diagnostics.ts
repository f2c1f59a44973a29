import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Cluster } from '../../../lab/cluster/index.js';
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

/** What the pods of a node wrote, for when there is no API server to ask. */
const POD_LOGS = [
  ...['sh', '-c'],
  `for file in /var/log/pods/${NAMESPACE}_*/*/*.log; do echo "--- $file"; tail -n 100 "$file"; done`,
];

/** Writes down everything that helps to understand a failure; returns the folder. `cluster`: the laboratory's. */
export async function writeDiagnostics(
  { access, timeline, cluster }: Readonly<{ access: Access; timeline: Timeline; cluster?: Cluster }>,
  title: string,
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
  for (const node of cluster?.nodes ?? [])
    if (node.isOn) await write(`pods-${node.name}.log`, await node.exec(POD_LOGS).catch(String));
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
