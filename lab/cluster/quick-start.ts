import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';

import { command } from '../command.js';
import type { Cluster } from './cluster.js';
import { HERE, REPOSITORY, STATE } from './folders.js';

const NAMESPACE = 'kube-vrrp-system';
const IMAGE = join(REPOSITORY, 'build', 'image', 'kube-vrrp.tar');
const CHART = join(REPOSITORY, 'deploy', 'helm', 'kube-vrrp');
const NGINX = join(REPOSITORY, 'examples', 'nginx.yaml');
const VIRTUAL_IP = join(REPOSITORY, 'examples', 'vip.yaml');

/** Does in the test cluster what docs/quick-start.md tells people to do in theirs; rejects unless nginx answers. */
export async function quickStart(cluster: Cluster, progress: (text: string) => void): Promise<void> {
  const { name, address } = example();
  progress('loading the image into the nodes');
  await cluster.loadImage(IMAGE);
  progress(`installing kube-vrrp with Helm into the namespace ${NAMESPACE}`);
  const release = ['kube-vrrp', CHART, `--namespace=${NAMESPACE}`, '--create-namespace'];
  // An image of the same name that was built anew makes new pods.
  const build = createHash('sha256').update(readFileSync(IMAGE)).digest('hex').slice(0, 16);
  const pods = ['operator', 'agent'].map(
    (program) => `--set-string=${program}.podAnnotations.build=${build}`,
  );
  await cluster.helm(['upgrade', '--install', ...release, ...pods, '--wait', '--timeout=90s']);
  progress('applying examples/nginx.yaml and examples/vip.yaml');
  await cluster.kubectl(['apply', `--filename=${NGINX}`, `--filename=${VIRTUAL_IP}`]);
  await cluster.rolledOut('daemonset/nginx');
  await cluster
    .kubectl(['wait', '--for=condition=Ready', `virtualip/${name}`, '--timeout=60s'])
    .catch(async (error: unknown) => {
      const status = await cluster.kubectl(['get', `virtualip/${name}`, '--output=yaml']).catch(String);
      throw new Error(`the VirtualIP is not Ready\n${status}\n${await cluster.overview()}`, { cause: error });
    });
  await cluster.eventually(`nginx answers at ${address}`, 10_000, () =>
    command([...cluster.enter(), 'curl', '-sS', '--fail', '--max-time', '2', `http://${address}/`]),
  );
  progress(`nginx answers at ${address}`);
}

/** Name and first address of the VirtualIP that is shown. */
function example(): Readonly<{ name: string; address: string }> {
  const [document] = parseAllDocuments(readFileSync(VIRTUAL_IP, 'utf8'));
  const { metadata, spec } = document?.toJS() as {
    metadata: { name: string };
    spec: { addresses: readonly string[] };
  };
  return { name: metadata.name, address: (spec.addresses[0] ?? '').replace(/\/.*/, '') };
}

/** What to try next, for people: every line can be pasted. */
export async function suggestions(cluster: Cluster): Promise<string> {
  const { name, address } = example();
  const { status } = await cluster.get<{ status: { holder?: string } }>('virtualip', name);
  const holder = status.holder ?? cluster.node('w1').name;
  const lab = `${relative('.', HERE) || '.'}/main.ts`;
  return `
Talk to it as the documentation does (the API server is reached only by these two):
  export PATH=${STATE}:$PATH            # kubectl and helm
  kubectl get nodes
  kubectl get virtualips

Be a client of the address, on the nodes' network:
  ip netns exec kvc-client curl http://${address}/
  ip netns exec kvc-client ping -c 3 ${address}

See it move; in another terminal, ip netns exec kvc-client ping -i 0.1 ${address} shows what is lost:
  kubectl drain ${holder} --ignore-daemonsets
  kubectl uncordon ${holder}
  node --import tsx ${lab} fault ${holder} power-off
  node --import tsx ${lab} fault ${holder} power-on
  node --import tsx ${lab} --help       # more faults

Remove it:
  make cluster-down
`;
}
