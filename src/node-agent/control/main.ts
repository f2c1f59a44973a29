import { createLog } from '../../platform/log.js';
import { networkAttempt } from '../tracking/attempt.js';
import { probeLoops } from '../tracking/probe-loop.js';
import { systemTimers } from '../tracking/system-timers.js';
import { noPods, trackedLoops } from '../tracking/tracked-loops.js';
import { TrackerRunner } from '../tracking/tracker-runner.js';
import { AgentState } from './agent-state.js';
import { ControlChannel } from './channel.js';
import { ControlProcess } from './control-process.js';
import { FreshStatus } from './fresh-status.js';
import { controlWording } from './log-wording.js';
import { decodeControlOptions } from './options.js';
import { RecordFile } from './record-file.js';
import { Rescue, loadSweep } from './rescue.js';
import type { ConfigurationSide } from './configuration-side.js';

/*
 * The control process: composition root. Started by the VRRP process with its options as the one argument and a channel;
 * ends when that channel does.
 */

/** The exit status after the VRRP process disappeared without a word. */
const EXIT_ORPHANED = 1;
/** sysexits.h: a broken invariant of our own. The VRRP process starts us again. */
const EXIT_SOFTWARE = 70;
/** What the last lines of log and recording, and the last reports, may take, e.g. while a disk hangs. */
const CLOSE_GRACE = 1_200;

// They reach the whole process group; the VRRP process decides what follows, and its end is ours.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);

const options = decodeControlOptions(process.argv[2]);
const log = createLog({ format: options.logFormat, level: options.logLevel, wording: controlWording });
const channel = new ControlChannel(process);
let configuration: ConfigurationSide | null = null;
const trackers: TrackerRunner = new TrackerRunner(
  trackedLoops(probeLoops(networkAttempt, systemTimers), (method, changed) =>
    (configuration?.podsLoops ?? noPods)(method, changed),
  ),
  {
    trackers: (key, list) => {
      channel.send({ kind: 'trackers', key, trackers: list });
    },
    counting: (key) => state.view().status?.routers.find((router) => router.key === key)?.trackers ?? null,
    verdict: (router, probe, up, reason) => {
      if (up) log.info('Probe succeeds', { router, probe, reason });
      else log.warn('Probe fails', { router, probe, reason });
    },
  },
);
const state = new AgentState(
  {
    nodeName: options.nodeName,
    version: options.version,
    nodeVersion: process.version,
    pid: process.pid,
    restarts: options.restarts,
  },
  () => performance.now(),
  () => trackers.report(),
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
const fresh = new FreshStatus(() => {
  channel.send({ kind: 'tellAll' });
  return channel.connected;
});
const control = new ControlProcess({
  log,
  state,
  send: (message) => {
    channel.send(message);
  },
  trackers,
  heard: () => {
    configuration?.heard();
  },
  reported: (status) => {
    configuration?.reported(status);
  },
  toldAll: () => {
    fresh.told();
  },
  recording,
  wallClock: () => Date.now(),
  firstStart: !options.routersRun,
});
const rescue = new Rescue(() => loadSweep(options.stateDir));
let closeHttp: (() => Promise<void>) | null = null;

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

// Each needs much that the other does not.
configuration =
  options.source.kind === 'files'
    ? (await import('./standalone.js')).openStandalone(options.source, options, control)
    : (await import('./cluster.js')).openCluster(options.source, options, { control, state, log });
configuration.start();
// The VRRP process tells nothing before it has heard from us.
channel.send({ kind: 'tellAll' });

// What can wait until the routers are on their way.
if (options.http !== null) {
  const { serveHttp } = await import('./serve-http.js');
  const listener = serveHttp(options.http, { state, log, fresh: () => fresh.await() });
  closeHttp = () => listener.close();
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
  trackers.close();
  const closed = Promise.all([configuration?.close(), closeHttp?.(), recording?.close()]);
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, CLOSE_GRACE))]);
  log.flush();
  process.exit(status);
}
