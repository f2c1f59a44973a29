import type { Lab } from './lab.js';
import type { Namespace } from './namespace.js';
import { pcapReader, type CapturedFrame } from './pcap.js';
import { Program } from './program.js';
import { realtime } from './realtime.js';

/**
 * Starts tcpdump in a namespace and hands over what it captures; resolves when it captures. `argv` names the
 * interface, direction and filter.
 */
export async function startTcpdump(
  lab: Lab,
  namespace: Namespace,
  argv: readonly string[],
  frame: (frame: CapturedFrame) => void,
): Promise<Program> {
  const errors: string[] = [];
  let listening: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (listening = resolve));
  // Nanoseconds come from the kernel. Immediate mode has a ring of whole snapshots: short ones make room for bursts.
  const common = [
    'tcpdump',
    '-Z',
    'root',
    '--immediate-mode',
    '--time-stamp-precision=nano',
    '-s',
    '2048',
    '-B',
    '8192',
  ];
  const argvWhole = [...namespace.enter(), ...(await realtime()), ...common, '-w', '-', ...argv];
  const program = await Program.start(argvWhole, {
    raw: pcapReader(frame),
    line: (line) => {
      errors.push(line);
      if (line.includes('listening on')) listening();
    },
  });
  lab.defer(() => program.kill());
  const ended = program.ended.then((status) => {
    throw new Error(`tcpdump ended with ${String(status)}: ${errors.join('; ')}`);
  });
  await Promise.race([ready, ended]);
  ended.catch(() => undefined);
  return program;
}
