import type { DesiredState } from '../desired/desired-state.js';

/** Where the desired state comes from: files now. */
export interface ConfigurationSource {
  /** Calls back at once with what there is, and again after each change. */
  start(listener: ConfigurationListener): void;
  close(): void;
}

export type ConfigurationListener = Readonly<{
  /** `warnings` are for people; the configuration is taken all the same. */
  accepted: (desired: DesiredState, warnings: readonly string[]) => void;
  /** Each problem in one line that names the place. What was accepted before goes on. */
  refused: (problems: readonly string[]) => void;
}>;
