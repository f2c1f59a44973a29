import { release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { addressRecordPath, noRecord, openAddressRecord } from './addresses/address-record.js';
import { createAddressTable } from './addresses/address-table.js';
import { openHostNetwork } from './addresses/host-network.js';
import { createNeighbourProbe } from './addresses/neighbour-probe.js';
import { type Netlink, openNetlink } from './addresses/netlink.js';
import { createOwnership, keepsAddressProtocol } from './addresses/ownership.js';
import { createVirtualMacLinks } from './addresses/virtual-mac.js';
import { type ControlOptions, encodeControlOptions } from './control/options.js';
import { writeLastWords } from '../platform/standard-error.js';
import { ControlProcess } from './engine/control-process.js';
import { Engine } from './engine/engine.js';
import { Outbox } from './engine/outbox.js';
import type { HostNetwork } from './engine/ports.js';
import { rehearse } from './engine/rehearsal.js';
import { ToldStatuses } from './engine/told-statuses.js';
import type { VirtualRouter } from './engine/virtual-router.js';
import { lockAgent } from './host/agent-lock.js';
import { createClock } from './host/clock.js';
import { type SchedulingMode, applyScheduling } from './host/scheduling.js';
import { showLife } from './host/sign-of-life.js';
import { inspectSysctls } from './host/sysctls.js';
import type { LogLevel, StatusReport, ToVrrp } from './ipc/messages.js';
import { Recorder } from './recording/recorder.js';
import { createAdvertSockets, createMuteSockets } from './sockets/advert-socket.js';
import { createAnnouncer } from './sockets/announcer.js';
import { type Libc, loadLibc } from './sockets/libc.js';

export type AgentOptions = Omit<ControlOptions, 'restarts' | 'routersRun'> &
  Readonly<{
    version: string;
    scheduling: SchedulingMode;
    schedulingPriority: number;
    /** Where the VRRP process shows that its event loop turns; null: nowhere. See host/sign-of-life.ts. */
    aliveFile: string | null;
  }>;

const CONTROL_MODULE = fileURLToPath(new URL('./control/main.js', import.meta.url));
const STATUS_EVERY_MS = 1_000;
/** What the last log lines and the other process's end may take. */
const CONTROL_GRACE_MS = 2_000;
/** The host is not in a state to run the agent. */
const EXIT_REFUSED = 1;
const ANOTHER_AGENT: Readonly<Record<AgentOptions['source']['kind'], string>> = {
  files: 'another agent runs in this network namespace; give it all files, --standalone takes several',
  cluster:
    'another agent runs on this node, in the network namespace of the host: one of another DaemonSet, or a standalone one ' +
    '(systemctl status kube-vrrp); stop it, or keep this one off the node',
};
/** sysexits.h: a broken invariant of our own. */
const EXIT_SOFTWARE = 70;

/**
 * The VRRP process: composition root and life cycle. It is the parent of the control process, and everything that an
 * address depends on happens here. Resolves with the exit status when the agent has been told to stop and has.
 */
export async function runAgent(options: AgentOptions): Promise<number> {
  const lock = await lockAgent();
  if (lock === null) {
    process.stderr.write(`error: ${ANOTHER_AGENT[options.source.kind]}\n`);
    return EXIT_REFUSED;
  }
  const early: ToVrrp[] = [];
  let engine: Engine | null = null;
  let recorder: Recorder | null = null;
  let revision: string | null = null;
  const told = new ToldStatuses();
  const log = (level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    outbox.log({ level, time: Date.now(), message, fields });
  };
  const outbox = new Outbox(() => statusOf(engine));

  const control = new ControlProcess(
    CONTROL_MODULE,
    (restarts) =>
      encodeControlOptions({ ...options, restarts, routersRun: (engine?.routers().length ?? 0) > 0 }),
    {
      started: (pid) => {
        log('info', 'Control process started', { pid });
        told.forget();
        outbox.wantStatus();
      },
      message: (message) => {
        // What is sent to a process that does not get that far would be lost, above all why it did not.
        if (!outbox.connected)
          outbox.connect((message, done) => {
            control.send(message, done);
          });
        if (engine === null) early.push(message);
        else obey(engine, message);
      },
      ended: (how, restartInMs) => {
        outbox.connect(null);
        if (restartInMs !== null) log('error', 'Control process ended; VRRP goes on', { how, restartInMs });
      },
    },
  );
  // As the first process of a container it would ignore signals that nobody listens to.
  const signals = new StopSignals();
  const endLife =
    options.aliveFile === null
      ? null
      : showLife(options.aliveFile, (error) => {
          log('error', 'Cannot show that VRRP is alive; the pod may be killed for it', {
            error: String(error),
          });
        });
  // First of all: it starts on another core while this process opens its sockets.
  control.start();

  const libc = loadLibc();
  const scheduling = applyScheduling(libc, options.scheduling, options.schedulingPriority);
  const clock = createClock(libc);
  // Nobody waits for it: the first alarm of a process is slower than those that follow.
  clock.arm(clock.now(), () => undefined);
  const netlink = openNetlink();
  const marked = keepsAddressProtocol(release());
  const record = marked ? noRecord : openAddressRecord(addressRecordPath(options.stateDir));
  const network = await openHostNetwork(netlink, createOwnership(marked, record));
  const table = createAddressTable(netlink, network, { record });
  // VRRP-006: what a killed predecessor left would answer although this host is only a Backup.
  const virtualMacLinks = createVirtualMacLinks(netlink, network);
  const swept = [...(await table.sweep([])), ...(await virtualMacLinks.sweep([]))];
  if (swept.length > 0)
    log('warn', 'Removed addresses that an earlier run left behind', { addresses: swept });
  log('info', 'VRRP process started', { pid: process.pid, scheduling, version: options.version });

  const announcer = createAnnouncer(libc, {
    failed: (error, link, address) => {
      log('warn', 'Announcement not sent', { interface: link.name, address, error: String(error) });
    },
  });
  const began = (router: VirtualRouter): void => {
    if (recorder !== null) outbox.record(recorder.router(router.key, clock.now(), router.state));
  };
  const running = new Engine(
    {
      clock,
      sockets: createAdvertSockets(libc),
      network,
      table,
      virtualMacLinks,
      announcer,
      askNeighbours: createNeighbourProbe(netlink),
      inspect: inspectSysctls,
    },
    {
      log,
      began,
      stepped: (key, now, event, step) => {
        if (recorder !== null) outbox.record(recorder.step(key, now, event, step));
      },
      reportable: () => {
        outbox.wantStatus();
      },
    },
  );
  engine = running;
  const heartbeat = setInterval(() => {
    outbox.wantStatus();
  }, STATUS_EVERY_MS);

  function obey(to: Engine, message: ToVrrp): void {
    switch (message.kind) {
      case 'desired':
        to.desired(message.routers);
        revision = message.revision;
        return;
      case 'trackers':
        to.track(message.key, message.trackers);
        return;
      case 'tellAll':
        told.forget();
        outbox.wantStatus();
        return;
      case 'record':
        recorder = new Recorder();
        outbox.record(
          recorder.header({
            node: options.nodeName,
            program: options.version,
            wallClock: clock.wallClock(),
            now: clock.now(),
          }),
        );
        to.routers().forEach(began);
        return;
    }
  }
  for (const message of early) obey(running, message);
  prepareForTakeover(libc, netlink, network, log);

  function statusOf(of: Engine | null): StatusReport {
    const status = of?.status((...router) => told.isNews(...router));
    return {
      time: Date.now(),
      process: {
        pid: process.pid,
        scheduling,
        lateness: status?.lateness ?? { buckets: [], sum: 0, count: 0 },
        droppedMessages: outbox.dropped,
        unmatched: status?.unmatched ?? {},
        problems: [],
      },
      revision,
      routers: status?.routers ?? [],
      ...told.close(),
    };
  }

  const status = await endOf(running, signals, log);

  clearInterval(heartbeat);
  announcer.close();
  clock.close();
  netlink.close();
  network.close();
  await outbox.drained(CONTROL_GRACE_MS);
  writeLastWords(outbox.takeLog().map((entry) => JSON.stringify(entry)));
  lock.release();
  await control.close(CONTROL_GRACE_MS, { kind: 'stopping' });
  endLife?.();
  return status;
}

/**
 * Has the code of a takeover compiled, in the time that the other process needs to read the configuration, and kept: V8 forgets what has
 * not run for some garbage collections, and a Backup may be one for months.
 */
function prepareForTakeover(
  libc: Libc,
  netlink: Netlink,
  network: HostNetwork,
  log: (level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>) => void,
): void {
  setFlagsFromString('--no-flush-bytecode');
  const announcer = createAnnouncer(libc, { failed: () => undefined });
  // It neither hears of changes nor writes anything down.
  const table = createAddressTable(netlink, {
    links: () => network.links(),
    addresses: () => network.addresses(),
    onChange: () => undefined,
  });
  rehearse({ sockets: createMuteSockets(libc), table, announcer })
    .catch((error: unknown) => {
      log('warn', 'The rehearsal of a takeover failed; the first one will be slower', {
        error: String(error),
      });
    })
    .finally(() => {
      announcer.close();
      collectGarbage();
    });
}

/**
 * Start-up leaves the heap so full that the first whole collection, which takes 7 ms, comes within seconds, and may come with the first takeover.
 * It is made now, while nobody waits; after it there is room for long.
 */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
}

/** Keeps the signals that tell us to stop until somebody can act upon them. */
class StopSignals {
  #told: ((signal: NodeJS.Signals) => void) | null = null;
  readonly #early: NodeJS.Signals[] = [];

  constructor() {
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => {
        if (this.#told === null) this.#early.push(signal);
        else this.#told(signal);
      });
  }

  /** From now on, and for what came before. */
  follow(told: (signal: NodeJS.Signals) => void): void {
    this.#told = told;
    this.#early.splice(0).forEach(told);
  }
}

/** Waits for a signal, or for a failure of our own, and resigns. Resolves with the exit status. */
async function endOf(
  engine: Engine,
  signals: StopSignals,
  log: (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void,
): Promise<number> {
  let stopping = false;
  const status = await new Promise<number>((resolve) => {
    const told = (signal: NodeJS.Signals): void => {
      if (stopping) {
        log('warn', 'Told to stop again; giving the addresses up now', { signal });
        engine.hurry();
        return;
      }
      stopping = true;
      log('info', 'Told to stop; resigning', { signal });
      resolve(0);
    };
    const failed = (error: unknown): void => {
      log('error', 'Internal error; resigning', {
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
      if (stopping) engine.hurry();
      stopping = true;
      resolve(EXIT_SOFTWARE);
    };
    signals.follow(told);
    process.on('SIGHUP', () => {
      log('info', 'SIGHUP: nothing to do, the configuration is watched');
    });
    process.on('uncaughtException', failed);
    process.on('unhandledRejection', failed);
  });
  await engine.stop();
  return status;
}
