import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { command } from '../command.js';
import { signalProcess } from '../program.js';
import { groupFolders, makeRoom, processesIn, removeGroup, withSubfolders } from './cgroups.js';
import { CERTIFICATES } from './control-plane.js';
import { inNetwork, isGone, startDaemon } from './daemon.js';
import { HERE, stateOf } from './folders.js';
import { hierarchies, isVersion2 } from './hierarchies.js';
import { fillImageStore } from './image-store.js';
import * as network from './network.js';
import { cniConfig, containerdConfig, kubeletConfig, proxyConfig } from './node-files.js';
import { addressOf, namespaceOf, type Machine, type Pace } from './settings.js';

/** The programs of the node itself, as an init system would run them. */
const SERVICES = ['containerd', 'kubelet', 'kube-proxy'] as const;
export type NodeService = (typeof SERVICES)[number];

/** A worker: a network namespace with containerd, kubelet and kube-proxy of its own. */
export class ClusterNode {
  readonly name: string;
  readonly address: string;
  /** Whether a fault was made by this object. */
  hasBeenBroken = false;

  constructor(
    readonly machine: Machine,
    readonly options: Readonly<{ programs: string; imageStore: string; pace: Pace }>,
    /** Notes a fault in the timeline; returns when it was, in wall-clock milliseconds. */
    readonly note: (text: string) => number,
    /** Called when the network namespace was made anew. */
    readonly reconnected: (node: ClusterNode) => Promise<void>,
  ) {
    this.name = machine.name;
    this.address = addressOf(machine);
  }

  get isOn(): boolean {
    return this.processes().length > 0;
  }

  /** Starts it in the network that it has. Resolves when its programs are being started; Kubernetes finds it ready later. */
  async start(): Promise<void> {
    this.#writeFiles();
    await fillImageStore(this.options.imageStore, join(this.#state, 'var/lib/containerd'));
    rmSync(this.#initFile, { force: true });
    const found = hierarchies();
    const roots = isVersion2(found)
      ? []
      : found.map(({ name, options, unified }) => `${name}=${unified ? 'unified' : options}`);
    const { programs } = this.options;
    const argv = [
      ...inNetwork(namespaceOf(this.machine).name),
      ...['unshare', '--mount', '--uts', '--ipc', '--cgroup', '--pid', '--fork', '--kill-child'],
      ...[join(HERE, 'node-init'), this.name, this.address, this.#state, programs, CERTIFICATES, ...roots],
    ];
    const pid = await startDaemon(this.name, join(this.#state, 'init.log'), argv);
    while (!existsSync(this.#initFile)) {
      if (isGone(pid)) throw new Error(`node ${this.name} did not start: ${this.log('init')}`);
      await sleep(10);
    }
    // Only now: the group of its first process became the root of what the node sees.
    makeRoom(this.name);
  }

  /** The end of a power supply: its link, every process and every address are gone, at once. */
  async powerOff(): Promise<number> {
    const init = this.#init();
    const at = this.#breaks(`${this.name} loses its power`);
    await network.disconnect(this.machine);
    signalProcess(init, 'SIGKILL');
    await removeGroup(this.name);
    await namespaceOf(this.machine).remove();
    return at;
  }

  /** Boots it after {@link powerOff}. Disk and images are as they were. */
  async powerOn(): Promise<number> {
    if (this.isOn) throw new Error(`node ${this.name} is switched on already`);
    const at = this.note(`${this.name} is switched on`);
    await network.connect(this.machine);
    await this.reconnected(this);
    await this.start();
    return at;
  }

  /** The cable is pulled: `eth0` has no carrier. */
  async linkDown(): Promise<number> {
    const at = this.#breaks(`the cable of ${this.name} is pulled`);
    await network.cut(this.machine);
    return at;
  }

  async linkUp(): Promise<number> {
    await network.restore(this.machine);
    return this.note(`the cable of ${this.name} is plugged in again`);
  }

  /** The switch drops everything from and to the node, whose `eth0` keeps its carrier. */
  async blackhole(): Promise<number> {
    const at = this.#breaks(`the switch drops all frames of ${this.name}`);
    await network.blackhole(this.machine);
    return at;
  }

  async unblackhole(): Promise<number> {
    await network.unblackhole(this.machine);
    return this.note(`the switch forwards the frames of ${this.name} again`);
  }

  /** Undoes every fault that it has. */
  async mend(): Promise<void> {
    for (const service of SERVICES) if (existsSync(this.#holdFile(service))) await this.release(service);
    if (!this.isOn) {
      await this.powerOn();
    } else if (!(await network.isConnected(this.machine))) {
      // The state of a port can be set only while its link is up.
      await network.restore(this.machine);
      await this.unblackhole();
    }
  }

  /** Kills a service of the node and keeps it down until {@link release}; containers go on without a kubelet. */
  async hold(service: NodeService): Promise<number> {
    writeFileSync(this.#holdFile(service), '');
    const at = this.#breaks(`${service} on ${this.name} dies`);
    const pid = readFileSync(join(this.#state, `${service}.pid`), 'utf8').trim();
    await this.exec(['kill', '-KILL', pid]).catch(() => undefined); // It may have ended by itself.
    return at;
  }

  release(service: NodeService): Promise<number> {
    rmSync(this.#holdFile(service), { force: true });
    return Promise.resolve(this.note(`${service} on ${this.name} is started again`));
  }

  /** Runs a program inside the node, with its files, processes and network; returns its output. */
  exec(argv: readonly string[], input?: string): Promise<string> {
    const all = ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup'];
    return command(['nsenter', '--target', String(this.#init()), ...all, '--', ...argv], input);
  }

  /** Imports an image from an archive, unless it was this very file that was imported last. */
  async loadImage(file: string): Promise<void> {
    const { size, mtimeMs } = statSync(file);
    const loaded = `${file} ${String(size)} ${String(mtimeMs)}`;
    const note = join(this.#state, 'loaded-image');
    if (existsSync(note) && readFileSync(note, 'utf8') === loaded) return;
    await this.exec(['ctr', '--namespace=k8s.io', 'images', 'import', file]);
    writeFileSync(note, loaded);
  }

  /** All processes of the node, or those of one pod, by the machine's process numbers. */
  processes(pod?: Readonly<{ uid: string; container?: string }>): number[] {
    const folders = groupFolders(this.name);
    return processesIn(pod === undefined ? folders : podFolders(folders, pod));
  }

  /** The last lines that a program of the node wrote. */
  log(program: NodeService | 'init', lines = 40): string {
    const file = join(this.#state, `${program}.log`);
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(-lines).join('\n') : '';
  }

  #breaks(text: string): number {
    this.hasBeenBroken = true;
    return this.note(text);
  }

  get #state(): string {
    return stateOf('nodes', this.name);
  }

  #holdFile(service: NodeService): string {
    return join(this.#state, `hold-${service}`);
  }

  get #initFile(): string {
    return join(this.#state, 'init.pid');
  }

  /** Process 1 of the node, by the machine's number. */
  #init(): number {
    const pid = existsSync(this.#initFile) ? Number(readFileSync(this.#initFile, 'utf8')) : 0;
    // A number that is not in the node's group any more may be anybody's.
    if (!this.processes().includes(pid)) throw new Error(`node ${this.name} is switched off`);
    return pid;
  }

  #writeFiles(): void {
    const { machine, name, address, options } = this;
    const files = join(this.#state, 'files');
    mkdirSync(join(files, 'cni'), { recursive: true });
    const write = (file: string, text: string): void => {
      writeFileSync(join(files, file), text);
    };
    write('cni/10-pods.conflist', cniConfig(machine));
    write('containerd.toml', containerdConfig);
    write('kubelet.yaml', kubeletConfig(machine, CERTIFICATES, options.pace));
    write('proxy.yaml', proxyConfig(machine, CERTIFICATES));
    // A name server that is not there refuses at once; the machine's own would be waited for.
    write('resolv.conf', 'nameserver 127.0.0.1\n');
    write('hosts', `127.0.0.1 localhost\n${address} ${name}\n`);
    write('hostname', `${name}\n`);
    if (!existsSync(join(files, 'machine-id'))) write('machine-id', `${randomUUID().replaceAll('-', '')}\n`);
  }
}

/** The folders of a pod's containers; the kubelet writes the pod's UID into their names. */
function podFolders(
  folders: readonly string[],
  { uid, container }: Readonly<{ uid: string; container?: string }>,
): string[] {
  const pod = `pod${uid}`;
  return folders
    .flatMap(withSubfolders)
    .filter(
      (folder) =>
        folder.includes(`/${pod}/`) && (container === undefined || folder.endsWith(`/${container}`)),
    );
}
