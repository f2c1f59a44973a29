import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import type { OperatorArguments } from './operator.js';

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
  .option(
    '--standalone <file...>',
    'without a cluster: files with VirtualIP documents (YAML); watched, changes apply at once',
  )
  .option('--node-name <name>', 'name of this node (default: NODE_NAME; with --standalone the host name)')
  .option(
    '--namespace <name>',
    'in a cluster: where the agents run (default: POD_NAMESPACE, or that of the service account)',
  )
  .option(
    '--secret-name <name>',
    'in a cluster: the Secret with the VRRPv2 passwords (default: kube-vrrp-agents)',
  )
  .option('--kubeconfig <file>', 'in a cluster: the way to the API server (default: as a pod finds it)')
  .option('--state-dir <dir>', 'where what was known last is kept for the next start', '/var/lib/kube-vrrp')
  .option(
    '--http <address>',
    'where to serve /healthz, /readyz, /metrics and /v1/…: ADDRESS:PORT, or "off"',
    '127.0.0.1:9112',
  )
  .option('--log-format <format>', 'text or json', 'text')
  .option('--log-level <level>', 'debug, info, warn or error', 'info')
  .option(
    '--alive-file <file>',
    'for a liveness probe: until when VRRP counts as alive, in seconds since the host started; best on a tmpfs',
  )
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

In a pod of a cluster the agent runs the VirtualRouters that name its node, which the operator makes out of VirtualIPs, and
reports to them. It needs NODE_NAME from spec.nodeName (downward API).

Example, without a cluster: kube-vrrp agent --standalone /etc/kube-vrrp/vip.yaml`,
  )
  .action(async (options: Record<string, unknown>) => {
    const { agentCommand } = await import('./agent.js');
    process.exitCode = await agentCommand(options, version);
  });

program
  .command('operator')
  .description('Keep agents on the nodes, decide what they run, and tell in VirtualIPs what is.')
  .option('--config <file>', 'what the agents are run with, and more; see docs/operator.md (YAML)')
  .option('--kubeconfig <file>', 'the way to the API server (default: KUBECONFIG, else as a pod finds it)')
  .option(
    '--namespace <name>',
    'where agents, passwords and the Lease are (default: that of the service account or of the context)',
  )
  .option(
    '--http <address>',
    'where to serve /healthz, /readyz and /metrics: ADDRESS:PORT, or "off"',
    ':8080',
  )
  .option('--no-leader-election', 'act at once: for a single operator that is never started twice')
  .option('--no-version-check', 'do not ask the API server for its version')
  .addOption(new Option('--log-format <format>', 'how to log').choices(['text', 'json']).default('text'))
  .addOption(
    new Option('--log-level <level>', 'what to log')
      .choices(['debug', 'info', 'warn', 'error'])
      .default('info'),
  )
  .addHelpText(
    'after',
    `
Signals: SIGTERM and SIGINT finish what has begun, within 5 s, and hand over to another operator; a second one ends at once.
Exit status: 0 after a signal; 1 when the Lease is lost or there is no way to the API server; 2 for wrong usage. Addresses do
not depend on the operator: they stay where they are without it.

Example, from outside a cluster: kube-vrrp operator --kubeconfig ~/.kube/config --namespace kube-vrrp --config operator.yaml`,
  )
  .action(async (options: OperatorArguments) => {
    const { operatorCommand } = await import('./operator.js');
    process.exitCode = await operatorCommand(options, version);
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
