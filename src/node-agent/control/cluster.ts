import { readFileSync } from 'node:fs';
import { systemClock } from '../../platform/clock.js';
import { HttpsKubeApi } from '../../platform/kube/api.js';
import { findApiServer } from '../../platform/kube/find-api-server.js';
import type { Log } from '../../platform/log.js';
import { systemTimers } from '../tracking/system-timers.js';
import type { AgentState } from './agent-state.js';
import { ClusterCounts } from './cluster-counts.js';
import { ClusterSide } from './cluster-side.js';
import type { ConfigurationSide } from './configuration-side.js';
import type { ControlProcess } from './control-process.js';
import type { Cluster, ControlOptions } from './options.js';

export type ClusterSurroundings = Readonly<{ control: ControlProcess; state: AgentState; log: Log }>;

/** The configuration of an agent in a cluster: composition root of its Kubernetes half. */
export function openCluster(
  { namespace, secretName, kubeconfig }: Cluster,
  { version, nodeName, stateDir, routersRun }: ControlOptions,
  { control, state, log }: ClusterSurroundings,
): ConfigurationSide {
  const counts = new ClusterCounts();
  const side = new ClusterSide({
    node: nodeName,
    secretName,
    stateDir,
    connect: async () => {
      const server = await findApiServer(kubeconfig === null ? {} : { kubeconfig });
      const api = new HttpsKubeApi({ server, version, component: 'agent', log, observer: counts.observer });
      return { api, namespace: namespace ?? server.namespace };
    },
    counts,
    log,
    clock: systemClock,
    timers: systemTimers,
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    run: control.clusterUpdated,
    problemFound: (problem) => {
      state.problemFound(problem);
    },
    problemSolved: (code) => {
      state.problemSolved(code);
    },
  });
  state.followCluster(() => side.view());
  return {
    podsLoops: side.podsLoops,
    start: () => {
      side.start(routersRun);
    },
    heard: () => {
      side.heard();
    },
    reported: (status) => {
      side.reported(status);
    },
    close: () => side.close(),
  };
}
