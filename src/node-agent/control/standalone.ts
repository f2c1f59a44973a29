import { StandaloneSource } from '../desired/standalone-source.js';
import { noPods } from '../tracking/tracked-loops.js';
import type { ConfigurationSide } from './configuration-side.js';
import type { ControlProcess } from './control-process.js';
import type { ControlOptions, StandaloneFiles } from './options.js';

/** The configuration of an agent without a cluster. */
export function openStandalone(
  { files }: StandaloneFiles,
  { nodeName, stateDir }: ControlOptions,
  control: ControlProcess,
): ConfigurationSide {
  const running = new AbortController();
  const source = new StandaloneSource({ files, nodeName, stateDir, onUpdate: control.updated });
  return {
    podsLoops: noPods,
    start: () => {
      source.start(running.signal);
    },
    heard: () => undefined,
    reported: () => undefined,
    close: () => source.close(),
  };
}
