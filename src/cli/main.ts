import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';

/*
 * The command line. Each command's code is loaded when it is asked for: the agent must start fast and stay small.
 */

type Package = Readonly<{ version: string; description: string }>;

const { version, description } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as Package;

const program = new Command('kube-vrrp')
  .description(description)
  .version(version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print help')
  .showHelpAfterError('(kube-vrrp --help tells more)')
  .exitOverride();

program
  .command('agent')
  .description('Take part in VRRP on this host and hold the addresses while elected.')
  .requiredOption(
    '--standalone <file...>',
    'files with VirtualIP documents (YAML); watched, changes apply at once',
  )
  .option('--node-name <name>', 'name of this host in spec.nodes (default: the host name)')
  .option('--state-dir <dir>', 'where the last accepted configuration is kept', '/var/lib/kube-vrrp')
  .option(
    '--http <address>',
    'where to serve /healthz, /readyz, /metrics and /v1/…: ADDRESS:PORT, or "off"',
    '127.0.0.1:9112',
  )
  .option('--log-format <format>', 'text or json', 'text')
  .option('--log-level <level>', 'debug, info, warn or error', 'info')
  .option('--record <file>', 'record every event and what was made of it, for "kube-vrrp replay"')
  .option(
    '--scheduling <mode>',
    'auto (real-time where the host allows it), rr, fifo, nice or normal',
    'auto',
  )
  .option('--scheduling-priority <n>', 'real-time priority for rr and fifo, 1-99', '10')
  .addHelpText(
    'after',
    `
Signals: SIGTERM and SIGINT resign (priority 0), go on answering until a successor is heard, then remove the addresses;
a second one removes them at once.

Example: kube-vrrp agent --standalone /etc/kube-vrrp/vip.yaml`,
  )
  .action(async (options: Record<string, unknown>) => {
    const { agentCommand } = await import('./agent.js');
    process.exitCode = await agentCommand(options, version);
  });

program
  .command('validate')
  .description(
    'Check files of VirtualIP documents without running anything; exit status 0 when all are valid.',
  )
  .argument('<file...>', 'files to check; "-" reads standard input')
  .option('--node-name <name>', 'also show what the host of this name would run')
  .action(async (files: readonly string[], options: Readonly<{ nodeName?: string }>) => {
    const { validateCommand } = await import('./validate.js');
    process.exitCode = await validateCommand(files, options);
  });

program
  .command('replay')
  .description('Run a recording through the protocol core again and show where the result differs.')
  .argument('<file>', 'a recording made with "kube-vrrp agent --record"; "-" reads standard input')
  .action(async (file: string) => {
    const { replayCommand } = await import('./replay.js');
    process.exitCode = await replayCommand(file);
  });

try {
  await program.parseAsync();
} catch (error) {
  // Commander has said what is wrong; 2 is for wrong usage, as everywhere.
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
