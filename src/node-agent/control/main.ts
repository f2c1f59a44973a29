import { createLog } from '../../platform/log.js';
import { StandaloneSource } from '../desired/standalone-source.js';
import { networkAttempt } from '../tracking/attempt.js';
import { ProbeRunner } from '../tracking/probe-runner.js';
import { systemTimers } from '../tracking/system-timers.js';
import { AgentState } from './agent-state.js';
import { ControlChannel } from './channel.js';
import { ControlProcess } from './control-process.js';
import type { Listener } from '../../platform/http/listener.js';
import { controlWording } from './log-wording.js';
import { decodeControlOptions } from './options.js';
import { RecordFile } from './record-file.js';
import { Rescue, loadSweep } from './rescue.js';

/*
 * The control process: composition root. Started by the VRRP process with its options as the one argument and a channel;
 * ends when that channel does.
 */

/** The exit status after the VRRP process disappeared without a word. */
const EXIT_ORPHANED = 1;
/** sysexits.h: a broken invariant of our own. The VRRP process starts us again. */
const EXIT_SOFTWARE = 70;
/** What the last lines of log and recording may take, e.g. while a disk hangs. */
const CLOSE_GRACE = 1_000;

// They reach the whole process group; the VRRP process decides what follows, and its end is ours.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);

const options = decodeControlOptions(process.argv[2]);
const log = createLog({ format: options.logFormat, level: options.logLevel, wording: controlWording });
const channel = new ControlChannel(process);
const probes = new ProbeRunner(networkAttempt, systemTimers, {
  trackers: (key, trackers) => {
    channel.send({ kind: 'trackers', key, trackers });
  },
  verdict: (router, probe, up, reason) => {
    if (up) log.info('Probe succeeds', { router, probe, reason });
    else log.warn('Probe fails', { router, probe, reason });
  },
});
const state = new AgentState(
  {
    nodeName: options.nodeName,
    version: options.version,
    nodeVersion: process.version,
    pid: process.pid,
    restarts: options.restarts,
  },
  () => performance.now(),
  () => probes.report(),
  () => channel.malformed,
);
const recording =
  options.recordFile === null
    ? null
    : new RecordFile(options.recordFile, {
        ended: (reason) => {
          log.error('Recording ended', { file: options.recordFile, reason });
          state.problemFound({
            code: 'RecordingEnded',
            message: `nothing is written to ${String(options.recordFile)} any more: ${reason}`,
            remedy: 'make room, or choose another file with --record, and restart the agent',
          });
        },
      });
const control = new ControlProcess({
  log,
  state,
  send: (message) => {
    channel.send(message);
  },
  probes,
  recording,
  wallClock: () => Date.now(),
  firstStart: !options.routersRun,
});
const source = new StandaloneSource({
  files: options.standaloneFiles,
  nodeName: options.nodeName,
  stateDir: options.stateDir,
  onUpdate: control.updated,
});
const running = new AbortController();
const rescue = new Rescue(() => loadSweep(options.stateDir));
let listener: Listener | null = null;

for (const event of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(event, (error) => {
    log.error('Internal error of the control process; it is started again', { error });
    log.flush();
    process.exit(EXIT_SOFTWARE);
  });

channel.start({
  received: control.received,
  closed: (expected) => {
    void (expected ? leave(0) : rescueAndLeave());
  },
});
if (recording !== null) channel.send({ kind: 'record' });
source.start(running.signal);

// What can wait until the routers are on their way.
if (options.http !== null) {
  const { serveHttp } = await import('./serve-http.js');
  listener = serveHttp(options.http, state, log);
}

async function rescueAndLeave(): Promise<void> {
  try {
    const removed = await rescue.removeAddresses();
    log.error('The VRRP process is gone; its addresses are removed', { addresses: removed });
  } catch (error) {
    log.error('The VRRP process is gone; its addresses end with their lease', { error });
  }
  await leave(EXIT_ORPHANED);
}

async function leave(status: number): Promise<never> {
  running.abort();
  probes.close();
  const closed = Promise.all([source.close(), listener?.close(), recording?.close()]);
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, CLOSE_GRACE))]);
  log.flush();
  process.exit(status);
}
