import { command } from './command.js';
import type { Lab } from './lab.js';
import { namePrefix } from './reaper.js';

let created = 0;

/** A network namespace. */
export class Namespace {
  private constructor(readonly name: string) {}

  /**
   * Makes one that is removed, with everything in it, when the laboratory closes. `label` appears in the name, for
   * people who look at `ip netns list`.
   */
  static async create(lab: Lab, label: string): Promise<Namespace> {
    const namespace = Namespace.named(`${namePrefix()}${String(++created)}-${label}`);
    await namespace.make();
    lab.defer(() => namespace.remove());
    return namespace;
  }

  /** One that somebody else makes and removes. */
  static named(name: string): Namespace {
    return new Namespace(name);
  }

  /** Makes the namespace of this name, with its loopback interface. */
  async make(): Promise<void> {
    await command(['ip', 'netns', 'add', this.name]);
    // An address is usable at once, and an interface has the link-local address that the laboratory gives it.
    await this.run([
      'sysctl',
      '-qw',
      'net.ipv6.conf.default.accept_dad=0',
      'net.ipv6.conf.all.accept_dad=0',
      'net.ipv6.conf.default.addr_gen_mode=1',
      'net.ipv6.conf.default.router_solicitations=0',
    ]);
    await this.ip(['link', 'set', 'lo', 'up']);
  }

  /** `ip ARGUMENTS` in here. */
  ip(argv: readonly string[]): Promise<string> {
    return command(['ip', '-n', this.name, ...argv]);
  }

  /** Many `ip` commands at once, one per line; much faster than one by one. */
  ipBatch(lines: readonly string[]): Promise<string> {
    return command(['ip', '-n', this.name, '-batch', '-'], `${lines.join('\n')}\n`);
  }

  /** Runs a program in here to its end; see {@link command}. */
  run(argv: readonly string[], input?: string): Promise<string> {
    return command([...this.enter(), ...argv], input);
  }

  /** What to put before a command line so that it runs in here, and dies with this process. */
  enter(): string[] {
    return ['ip', 'netns', 'exec', this.name, 'setpriv', '--pdeathsig', 'KILL'];
  }

  /** Every process in here. */
  async processes(): Promise<number[]> {
    const pids = await command(['ip', 'netns', 'pids', this.name]);
    return pids.split('\n').filter(Boolean).map(Number);
  }

  /** Ends every process in here and removes the namespace. */
  async remove(): Promise<void> {
    for (let round = 0; round < 20; round++) {
      const pids = await this.processes();
      if (pids.length === 0) break;
      for (const pid of pids) kill(pid);
    }
    await command(['ip', 'netns', 'del', this.name]);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
