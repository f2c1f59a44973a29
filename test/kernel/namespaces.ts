import { execFileSync } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import koffi from 'koffi';

/*
 * Network namespaces without names: they belong to this process, which holds them open, and vanish with it however it ends. The
 * main thread moves between them (setns(2) acts on a thread); a socket stays in the one it was opened in.
 */

const CLONE_NEWNET = 0x4000_0000;

export interface Namespace {
  /** Runs `work` inside; what it opens stays there. `work` must do its system calls before it returns. */
  run<Value>(work: () => Value): Value;
  /** Runs `ip ARGUMENTS` inside and returns what it prints. */
  readonly ip: Ip;
  /** Sets `net/PATH`. */
  readonly sysctl: (path: string, value: string) => void;
  /** Runs nft(8) commands inside. */
  readonly nft: (commands: string) => void;
  /** Where other tools can find it. */
  readonly path: string;
  close(): void;
}

export interface Ip {
  (...args: string[]): string;
  /** Many commands by one process. */
  batch(commands: readonly string[]): void;
}

/** Why kernel tests cannot run here; false when they can. For node:test's `skip`. */
export const cannotRun: string | false =
  process.getuid?.() === 0 ? false : 'SKIPPED: tests against the real kernel need root';

/** A new, empty namespace with its loopback up. */
export function createNamespace(): Namespace {
  const libc = koffi.load(null);
  const unshare = libc.func('int unshare(int flags)');
  const setns = libc.func('int setns(int fd, int type)');
  const checked = (operation: string, result: number): void => {
    if (result !== 0) throw new Error(`${operation}: errno ${String(koffi.errno())}`);
  };
  const inside = (work: () => void): void => {
    const home = openSync('/proc/thread-self/ns/net', 'r');
    try {
      work();
    } finally {
      checked('setns', setns(home, CLONE_NEWNET) as number);
      closeSync(home);
    }
  };
  let descriptor = -1;
  inside(() => {
    checked('unshare', unshare(CLONE_NEWNET) as number);
    descriptor = openSync('/proc/thread-self/ns/net', 'r');
    execFileSync('ip', ['link', 'set', 'lo', 'up']);
  });
  const run = <Value>(work: () => Value): Value => {
    let value: Value;
    inside(() => {
      checked('setns', setns(descriptor, CLONE_NEWNET) as number);
      value = work();
    });
    return value!;
  };
  const ip = (...args: string[]): string => run(() => execFileSync('ip', args, { encoding: 'utf8' }));
  return {
    run,
    ip: Object.assign(ip, {
      batch: (commands: readonly string[]) => {
        run(() => execFileSync('ip', ['-batch', '-'], { input: commands.join('\n') }));
      },
    }),
    sysctl: (path, value) => {
      run(() => {
        writeFileSync(`/proc/sys/net/${path}`, value);
      });
    },
    nft: (commands) => {
      run(() => execFileSync('nft', ['-f', '-'], { input: commands }));
    },
    path: `/proc/${String(process.pid)}/fd/${String(descriptor)}`,
    close: () => {
      closeSync(descriptor);
    },
  };
}

/** Two namespaces joined by a cable: `eth0` on both sides, running, with these addresses and a link-local one. */
export async function createPair(addresses: {
  left: string[];
  right: string[];
}): Promise<{ left: Namespace; right: Namespace; close(): void }> {
  const left = createNamespace();
  const right = createNamespace();
  left.ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', right.path);
  for (const [side, texts] of [
    [left, addresses.left],
    [right, addresses.right],
  ] as const) {
    // No duplicate address detection: it would take a second.
    side.sysctl('ipv6/conf/eth0/accept_dad', '0');
    for (const text of texts) side.ip('address', 'add', text, 'dev', 'eth0');
    side.ip('link', 'set', 'eth0', 'up');
  }
  for (const side of [left, right])
    await until(
      () =>
        side.ip('-o', 'link', 'show', 'eth0').includes('state UP') &&
        side.ip('-o', '-6', 'address', 'show', 'eth0', 'scope', 'link').includes('fe80:'),
    );
  return {
    left,
    right,
    close: () => {
      left.close();
      right.close();
    },
  };
}

/** For what the kernel does without telling anybody; at most 10 s. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('the condition was not met within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
