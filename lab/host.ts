import { AddressWatch } from './address-watch.js';
import type { Lab } from './lab.js';
import { Namespace } from './namespace.js';
import { Program } from './program.js';

/** An interface of a host as `ip -j addr` shows it; the part that tests look at. */
export type HostInterface = Readonly<{
  ifname: string;
  operstate: string;
  address: string;
  addr_info: readonly Readonly<{
    family: string;
    local: string;
    prefixlen: number;
    valid_life_time: number;
    protocol?: string;
    secondary?: boolean;
    deprecated?: boolean;
  }>[];
}>;

/** A computer of the laboratory: a network namespace with programs in it. */
export class Host {
  private constructor(
    readonly lab: Lab,
    readonly name: string,
    readonly namespace: Namespace,
  ) {}

  /** `name` is how the timeline calls it. Its addresses are watched from the start. */
  static async create(lab: Lab, name: string): Promise<Host> {
    const host = new Host(lab, name, await Namespace.create(lab, name));
    await AddressWatch.start(host);
    return host;
  }

  /** A host that exists without the laboratory, and stays when it closes: a node of the cluster, say. */
  static async attach(lab: Lab, name: string, namespace: Namespace): Promise<Host> {
    const host = new Host(lab, name, namespace);
    await host.watchAddresses();
    return host;
  }

  /** Reports the addresses that the host has now, and every change; needed again when its namespace was made anew. */
  async watchAddresses(): Promise<void> {
    await AddressWatch.start(this, { present: true });
  }

  /** Starts a program that runs on; its output lines go into the timeline. */
  async spawn(
    argv: readonly string[],
    options: Readonly<{
      line?: (text: string) => void;
      raw?: (chunk: Buffer) => void;
      environment?: Readonly<Record<string, string>>;
      directory?: string;
      /** What comes before the entrance to the namespace, where /sys is another one; ends in exec. */
      around?: readonly string[];
    }> = {},
  ): Promise<Program> {
    const { around = [] } = options;
    const program = await Program.start([...around, ...this.namespace.enter(), ...argv], options);
    this.lab.defer(() => program.kill());
    return program;
  }

  /** Runs a program to its end and returns its output. */
  run(argv: readonly string[], input?: string): Promise<string> {
    return this.namespace.run(argv, input);
  }

  ip(...argv: string[]): Promise<string> {
    return this.namespace.ip(argv);
  }

  async sysctl(name: string, value: string | number): Promise<void> {
    await this.run(['sysctl', '-qw', `${name}=${String(value)}`]);
  }

  async interfaces(): Promise<HostInterface[]> {
    return JSON.parse(await this.ip('-j', 'addr')) as HostInterface[];
  }

  /** Whether the kernel has `address` on some interface right now, asked and not remembered. */
  async holds(address: string): Promise<boolean> {
    const interfaces = await this.interfaces();
    return interfaces.some(({ addr_info }) => addr_info.some(({ local }) => local === address));
  }

  /** Fetches a page of a program on this host; rejects when there is no answer within two seconds. */
  fetch(url: string): Promise<string> {
    return this.run(['curl', '-sS', '--max-time', '2', url]);
  }
}
