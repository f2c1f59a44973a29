import { mkdtempSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import type {
  MemberStatus,
  VirtualRouter,
  VirtualRouterSpec,
} from '../../../src/api/v1alpha1/virtual-router.js';
import { VIRTUAL_ROUTERS } from '../../../src/platform/kube/resources.js';
import { eventually, eventuallyAsked } from '../../../lab/eventually.js';
import type { Host } from '../../../lab/host.js';
import type { Program } from '../../../lab/program.js';
import { makeServiceAccount } from '../../support/fake-api-server.js';
import { virtualRouter } from '../../support/virtual-router-object.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const EXECUTABLE = process.env['LAB_AGENT'] ?? join(ROOT, 'bin/kube-vrrp');
const PORT = '6443';

type LogLine = Readonly<{ msg: string; level: string } & Record<string, unknown>>;

/**
 * A node of a cluster: an agent as in a pod, and an API server of its own on loopback, so that one node can lose it while
 * others do not.
 */
export class ClusterAgent {
  readonly log: LogLine[] = [];
  #program: Program | null = null;

  private constructor(
    readonly host: Host,
    private readonly directory: string,
  ) {}

  static async on(host: Host): Promise<ClusterAgent> {
    const directory = mkdtempSync(join(host.lab.directory, `${host.name}-`));
    makeServiceAccount(directory, 'kube-vrrp');
    const lines: string[] = [];
    const server = join(ROOT, 'test/support/fake-api-server.ts');
    await host.spawn([process.execPath, '--import', 'tsx', server, directory, PORT], {
      line: (line) => {
        lines.push(line);
        host.lab.timeline.step(`the API server of ${host.name}: ${line}`);
      },
      directory: ROOT,
    });
    await eventually(host.lab.timeline, `the API server of ${host.name} listens`, 20_000, () =>
      lines.some((line) => line.startsWith('listening')),
    );
    return new ClusterAgent(host, directory);
  }

  /**
   * Starts the agent; its /run is that of a pod with the service account's files. `container`: it is the first process of a
   * process namespace as well, which the kernel treats differently.
   */
  async start(container = false): Promise<void> {
    this.host.lab.timeline.step(`start of the agent on ${this.host.name}`);
    const asInPod = `mount --bind ${this.directory} /run && exec "$@"`;
    const argv = [
      ...[EXECUTABLE, 'agent', '--state-dir', join(this.directory, 'state')],
      ...['--alive-file', join(this.directory, 'alive'), '--log-format', 'json'],
    ];
    const own = container ? ['--mount', '--pid', '--fork', '--mount-proc'] : ['--mount'];
    this.#program = await this.host.spawn(['unshare', ...own, 'sh', '-c', asInPod, 'sh', ...argv], {
      line: (line) => this.#logged(line),
      environment: {
        ...{ NODE_NAME: this.host.name, POD_NAMESPACE: 'kube-vrrp' },
        ...{ KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: PORT },
      },
    });
  }

  get program(): Program {
    if (this.#program === null) throw new Error(`the agent was not started on ${this.host.name}`);
    return this.#program;
  }

  /** The VRRP process: what was started, or in a container the first process in it. */
  get vrrpProcess(): number {
    const [first = 0, second = 0] = this.program.tree();
    return readFileSync(`/proc/${String(first)}/comm`, 'utf8').startsWith('unshare') ? second : first;
  }

  /** The second since the host started until which the VRRP process counts as alive, by its own word. */
  aliveUntil(): number {
    return Number(readFileSync(join(this.directory, 'alive'), 'utf8'));
  }

  /** The VirtualRouter `web` comes to be, or changes. */
  async apply(spec: Partial<VirtualRouterSpec>): Promise<void> {
    await this.call('put', VIRTUAL_ROUTERS, virtualRouter('web-ipv4', spec));
  }

  async remove(): Promise<void> {
    await this.call('remove', VIRTUAL_ROUTERS, { name: 'web-ipv4' });
  }

  /** What the node says about itself in the VirtualRouter's status, now. */
  async member(): Promise<MemberStatus | undefined> {
    const { result } = await this.call('peek', VIRTUAL_ROUTERS, { name: 'web-ipv4' });
    return (result as VirtualRouter | null)?.status?.members?.find(({ node }) => node === this.host.name);
  }

  /** Resolves with the first entry of the node that satisfies `test`. */
  says(what: string, milliseconds: number, test: (member: MemberStatus) => boolean): Promise<MemberStatus> {
    return eventuallyAsked(
      this.host.lab.timeline,
      `${this.host.name} reports ${what}`,
      milliseconds,
      async () => {
        const member = await this.member();
        return member !== undefined && test(member) ? member : null;
      },
    );
  }

  /** A method of the FakeKubeApi behind the server. */
  call(method: string, ...given: readonly unknown[]): Promise<Readonly<{ result: unknown }>> {
    return new Promise((resolve, reject) => {
      const socketPath = join(this.directory, 'control.sock');
      const asked = request({ socketPath, method: 'POST' }, (response) => {
        json(response).then((answer) => resolve(answer as Readonly<{ result: unknown }>), reject);
      });
      asked.on('error', reject);
      asked.end(JSON.stringify({ method, arguments: given }));
    });
  }

  #logged(line: string): void {
    try {
      this.log.push(JSON.parse(line) as LogLine);
    } catch {
      // A crash prints its stack as plain text; the timeline shows it.
    }
    this.host.lab.timeline.step(`${this.host.name}: ${line}`);
  }
}
