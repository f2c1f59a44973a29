import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { command } from '../command.js';
import { wallClock } from '../libc.js';
import { signalProcess } from '../program.js';
import { auditedRequests, type AuditedRequest } from './audit.js';
import { groupFolders, notHandedDownByRoot, processesIn } from './cgroups.js';
import { CERTIFICATES, ControlPlane } from './control-plane.js';
import { inNetwork } from './daemon.js';
import { STATE, makeState, stateOf } from './folders.js';
import { imageStore } from './images.js';
import { makeMountPoints, missingMountPoints, missingSupport } from './machine.js';
import { makeNetwork } from './network.js';
import { ClusterNode } from './node.js';
import { makeCertificates } from './pki.js';
import { clientPrograms, kubernetesPrograms } from './programs.js';
import { hindrance, readRecord, writeRecord, type ClusterRecord } from './record.js';
import {
  API_PORT,
  CLIENT,
  CONTROL_PLANE,
  TEST_PACE,
  WORKERS,
  addressOf,
  namespaceOf,
  type Pace,
} from './settings.js';
import { tearDown } from './tear-down.js';
import { until } from './waiting.js';

export type UpOptions = Readonly<{
  /** How fast dead nodes are noticed. */
  pace?: Pace;
  /** Called for each step. */
  progress?: (text: string) => void;
}>;

/** A container of a pod, as far as tests look at it. */
export type PodContainer = Readonly<{
  name: string;
  ready: boolean;
  restartCount: number;
  containerID?: string;
}>;

export type Pod = Readonly<{
  metadata: {
    name: string;
    namespace: string;
    uid: string;
    deletionTimestamp?: string;
    labels?: Readonly<Record<string, string>>;
  };
  spec: { nodeName?: string };
  status: {
    phase: string;
    podIP?: string;
    conditions?: readonly { type: string; status: string }[];
    containerStatuses?: readonly PodContainer[];
  };
}>;

/**
 * The cluster of this machine: a control plane and three nodes. It outlives the process that started it; each process
 * that uses it has an object of this class.
 */
export class Cluster {
  readonly nodes: readonly ClusterNode[];
  readonly controlPlane: ControlPlane;
  /** For programs in the cluster's network (see {@link enter}) that talk to the API server as administrator. */
  readonly kubeconfig = join(CERTIFICATES, 'admin.kubeconfig');
  /** Notes what is done to the cluster, and returns when, in wall-clock milliseconds. */
  note: (text: string) => number = wallClock;
  /** Called after a node was given its network anew. */
  readonly onReconnect: ((node: ClusterNode) => Promise<void>)[] = [];

  #hasStoppedApiServer = false;

  private constructor(readonly record: ClusterRecord) {
    this.controlPlane = new ControlPlane(record.programs, record.pace);
    this.nodes = WORKERS.map(
      (machine) =>
        new ClusterNode(
          machine,
          record,
          (text) => this.note(text),
          async (node) => {
            for (const action of this.onReconnect) await action(node);
          },
        ),
    );
  }

  /** The cluster that is up, or null. */
  static running(): Cluster | null {
    const record = readRecord();
    return record?.maker === null && record.state === STATE && isAlive() ? new Cluster(record) : null;
  }

  /** The cluster that is up; throws when there is none. */
  static attach(): Cluster {
    const cluster = Cluster.running();
    if (cluster === null) throw new Error('No cluster is up. `make cluster` starts one.');
    return cluster;
  }

  /**
   * Starts the cluster: resolves when all nodes are Ready. Remains of one that crashed are removed first. Throws, and
   * leaves nothing behind, when it cannot.
   */
  static async up({ pace = TEST_PACE, progress = () => undefined }: UpOptions = {}): Promise<Cluster> {
    const problem = missingSupport();
    if (problem !== null) throw new Error(`The cluster cannot run here: ${problem}.`);
    const known = readRecord();
    const obstacle = hindrance(known, isAlive());
    if (obstacle !== null) throw new Error(obstacle);
    const programs = await kubernetesPrograms();
    const clients = await clientPrograms(progress);
    const store = await imageStore(progress);
    if (known !== null) progress('removing what is left of an earlier one');
    await tearDown();

    const mountPoints = missingMountPoints();
    const record = {
      ...{ state: STATE, maker: process.pid, mountPoints, controllers: notHandedDownByRoot() },
      ...{ programs, imageStore: store, pace },
    };
    writeRecord(record);
    const cluster = new Cluster(record);
    try {
      await cluster.#start(clients, progress);
    } catch (error) {
      const logs = cluster.#lastWords();
      await tearDown();
      throw new Error(`the cluster did not start\n${logs}`, { cause: error });
    }
    writeRecord({ ...record, maker: null });
    return Cluster.attach();
  }

  async #start(clients: string, progress: (text: string) => void): Promise<void> {
    makeMountPoints(this.record.mountPoints);
    makeState();
    progress('making certificates and the network');
    await makeCertificates(CERTIFICATES);
    await makeNetwork();
    for (const program of ['kubectl', 'helm']) writeWrapper(program, join(clients, program), this.kubeconfig);
    progress('starting the control plane and the nodes');
    // containerd starts while the API server does.
    await Promise.all([this.controlPlane.startApi(), ...this.nodes.map((node) => node.start())]);
    await this.apiServerReady();
    progress('the API server is ready');
    // Without the roles that the API server makes first, they end for good.
    await this.controlPlane.startControllers();
    const nodes = this.nodes.map(({ name }) => `node/${name}`);
    await this.kubectl(['wait', '--for=create', ...nodes, '--timeout=60s']);
    await this.nodesReady();
    await this.kubectl(['wait', '--for=create', 'serviceaccount/default', '--timeout=60s']);
    progress('all nodes are Ready');
  }

  /** Stops it and removes every trace. */
  async down(): Promise<void> {
    await tearDown();
  }

  node(name: string): ClusterNode {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined) throw new Error(`there is no node ${name}`);
    return found;
  }

  /** What to put before a command line so that it runs in the network of the client, a machine beside the nodes. */
  enter(): string[] {
    return inNetwork(namespaceOf(CLIENT).name);
  }

  /** Runs kubectl as administrator and returns what it printed; rejects with its error output. */
  kubectl(argv: readonly string[], { input = '', seconds = 120 } = {}): Promise<string> {
    return command(['timeout', '--kill-after=5', String(seconds), stateOf('kubectl'), ...argv], input);
  }

  /** Runs kubectl as a service account, `NAMESPACE/NAME`, with a token like those of its pods. */
  async kubectlAs(serviceAccount: string, argv: readonly string[], options = {}): Promise<string> {
    const [namespace = '', name = ''] = serviceAccount.split('/');
    const token = await this.kubectl(['create', 'token', name, `--namespace=${namespace}`]);
    // The administrator's certificate must not be offered: it would count.
    const server = `--server=https://${addressOf(CONTROL_PLANE)}:${String(API_PORT)}`;
    const authority = `--certificate-authority=${join(CERTIFICATES, 'ca.crt')}`;
    return this.kubectl(
      ['--kubeconfig=/dev/null', server, authority, `--token=${token.trim()}`, ...argv],
      options,
    );
  }

  helm(argv: readonly string[], { input = '', seconds = 180 } = {}): Promise<string> {
    return command(['timeout', '--kill-after=5', String(seconds), stateOf('helm'), ...argv], input);
  }

  /** What kubectl says about one object or, with a List's `items`, many; `argv` as after `kubectl get`. */
  async get<Value>(...argv: readonly string[]): Promise<Value> {
    return JSON.parse(await this.kubectl(['get', ...argv, '--output=json'])) as Value;
  }

  /** Applies a manifest. */
  apply(manifest: string): Promise<string> {
    return this.kubectl(['apply', '--filename=-'], { input: manifest });
  }

  async pods(namespace: string, selector = ''): Promise<readonly Pod[]> {
    const { items } = await this.get<{ items: readonly Pod[] }>(
      ...['pods', `--namespace=${namespace}`, `--selector=${selector}`],
    );
    return items;
  }

  /** Asks until `look` returns something, like {@link until}; the error shows the pods and the latest events. */
  eventually<Value>(
    what: string,
    milliseconds: number,
    look: () => Promise<Value | undefined | null | false>,
  ): Promise<Value> {
    return until(what, milliseconds, look, { explain: () => this.overview() });
  }

  /** Nodes, pods and the latest events as kubectl shows them, for error messages. */
  async overview(): Promise<string> {
    const shown = (argv: readonly string[]): Promise<string> =>
      this.kubectl(argv, { seconds: 10 }).catch((error: unknown) => String(error));
    const events = await shown(['get', 'events', '--all-namespaces', '--sort-by=.lastTimestamp']);
    return [
      await shown(['get', 'nodes,pods', '--all-namespaces', '--output=wide']),
      events.split('\n').slice(-15).join('\n'),
    ].join('\n');
  }

  /** Waits until all pods of a workload (`daemonset/nginx`) are up to date and ready. */
  async rolledOut(workload: string, namespace = 'default', seconds = 60): Promise<void> {
    const argv = ['rollout', 'status', workload, `--namespace=${namespace}`, `--timeout=${String(seconds)}s`];
    try {
      await this.kubectl(argv, { seconds: seconds + 10 });
    } catch (error) {
      throw new Error(`${workload} is not ready\n${await this.overview()}`, { cause: error });
    }
  }

  /** Waits until these nodes, or all, are Ready. */
  async nodesReady(
    names: readonly string[] = this.nodes.map(({ name }) => name),
    seconds = 60,
  ): Promise<void> {
    const nodes = names.map((name) => `node/${name}`);
    await this.kubectl(['wait', '--for=condition=Ready', ...nodes, `--timeout=${String(seconds)}s`]);
  }

  /** Waits until the control plane has noticed that a node does not answer. */
  async nodeUnknown(name: string, seconds = 60): Promise<void> {
    const argv = ['wait', '--for=condition=Ready=Unknown', `node/${name}`, `--timeout=${String(seconds)}s`];
    await this.kubectl(argv);
  }

  async apiServerReady(milliseconds = 60_000): Promise<void> {
    const { apiServer } = this.controlPlane;
    await until('the API server is ready', milliseconds, async () => {
      if (apiServer.pid === null) throw new Error('it does not run');
      return this.kubectl(['get', '--raw=/readyz'], { seconds: 5 });
    });
  }

  async killApiServer(): Promise<number> {
    this.#hasStoppedApiServer = true;
    const at = this.note('the API server is killed');
    await this.controlPlane.apiServer.kill();
    return at;
  }

  /** Starts it again and waits until it answers. */
  async startApiServer(): Promise<number> {
    await this.controlPlane.apiServer.start();
    await this.apiServerReady();
    return this.note('the API server is ready again');
  }

  /** It keeps its connections and answers nothing, as behind a network that swallows packets. */
  pauseApiServer(): number {
    this.#hasStoppedApiServer = true;
    this.controlPlane.apiServer.pause();
    return this.note('the API server stands still');
  }

  resumeApiServer(): number {
    this.controlPlane.apiServer.resume();
    return this.note('the API server goes on');
  }

  /** Imports an image, written by `docker save` or as an OCI archive, into every node that is on. */
  async loadImage(file: string): Promise<void> {
    if (!existsSync(file)) throw new Error(`there is no image archive ${file}`);
    await Promise.all(this.nodes.filter((node) => node.isOn).map((node) => node.loadImage(resolve(file))));
  }

  /** The processes of a pod, or of one of its containers, by the machine's process numbers, oldest first. */
  async podProcesses(namespace: string, name: string, container?: string): Promise<number[]> {
    const pod = await this.get<Pod>('pod', name, `--namespace=${namespace}`);
    const id = pod.status.containerStatuses?.find((each) => each.name === container)?.containerID;
    if (container !== undefined && id === undefined)
      throw new Error(`pod ${name} runs no container ${container}`);
    const { uid } = pod.metadata;
    const chosen = id === undefined ? { uid } : { uid, container: id.replace(/^.*:\/\//, '') };
    return this.node(pod.spec.nodeName ?? '')
      .processes(chosen)
      .sort((left, right) => left - right);
  }

  /** Signals all processes of a container at once; SIGKILL is a crash, SIGSTOP a standstill until SIGCONT. */
  async signalContainer(
    namespace: string,
    pod: string,
    container: string,
    signal: NodeJS.Signals,
  ): Promise<number> {
    const pids = await this.podProcesses(namespace, pod, container);
    if (pids.length === 0) throw new Error(`container ${container} of pod ${pod} has no process`);
    const at = this.note(`${signal} to container ${container} of pod ${pod}`);
    for (const pid of pids) signalProcess(pid, signal);
    return at;
  }

  /** What programs did at the API server with their service accounts, those in kube-system excepted. */
  audit(serviceAccount?: string): AuditedRequest[] {
    const all = auditedRequests();
    return serviceAccount === undefined
      ? all
      : all.filter((request) => request.serviceAccount === serviceAccount);
  }

  /** Undoes every fault: nodes on, cables in, services and control plane running; waits until all nodes are Ready. */
  async recover(): Promise<void> {
    await this.#mend(this.nodes, true);
  }

  /** As {@link recover}, but only the faults that were made by this object: another test may need its own still. */
  async undo(): Promise<void> {
    const broken = this.nodes.filter(({ hasBeenBroken }) => hasBeenBroken);
    if (broken.length > 0 || this.#hasStoppedApiServer) await this.#mend(broken, this.#hasStoppedApiServer);
  }

  async #mend(nodes: readonly ClusterNode[], controlPlane: boolean): Promise<void> {
    const { apiServer, daemons } = this.controlPlane;
    if (controlPlane) {
      if (apiServer.pid !== null) apiServer.resume();
      for (const daemon of daemons) await daemon.start();
      await this.apiServerReady();
    }
    for (const node of nodes) await node.mend();
    if (nodes.length > 0) await this.nodesReady(nodes.map(({ name }) => name));
  }

  #lastWords(): string {
    const logs = [
      ...this.controlPlane.daemons.map(({ name, log }) => ({ name, text: tail(log) })),
      ...this.nodes.flatMap((node) =>
        (['init', 'containerd', 'kubelet'] as const).map((program) => ({
          name: `${program} on ${node.name}`,
          text: node.log(program, 5),
        })),
      ),
    ];
    return logs.map(({ name, text }) => `--- ${name}\n${text}`).join('\n');
  }
}

/** Whether any process of a cluster runs. */
const isAlive = (): boolean => processesIn(groupFolders()).length > 0;

/** A program that anybody can call from anywhere, as administrator of the cluster. */
function writeWrapper(name: string, program: string, kubeconfig: string): void {
  const home = stateOf('home');
  mkdirSync(home, { recursive: true });
  const lines = [
    '#!/bin/sh',
    '# The API server is reached only inside the network namespaces of the cluster.',
    `export HOME='${home}' KUBECONFIG='${kubeconfig}'`,
    `exec ${inNetwork(namespaceOf(CLIENT).name).join(' ')} '${program}' "$@"`,
  ];
  writeFileSync(stateOf(name), `${lines.join('\n')}\n`, { mode: 0o755 });
}

const tail = (file: string): string =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(-8).join('\n') : '';
