/** Reasons of conditions and events, each with its meaning. They are part of the API: none is renamed or reused. */
export const REASONS = {
  /** Event of a standalone agent. */
  ConfigurationAccepted: 'The files were read and are what the agent runs now.',
  /** Event of a standalone agent. */
  ConfigurationRefused: 'The files have problems, which the message lists; what ran before goes on.',
  /** Event of a standalone agent. */
  LastAcceptedRestored:
    'The files could not be used at start; the agent runs the configuration it accepted last.',
} as const satisfies Readonly<Record<string, string>>;

export type Reason = keyof typeof REASONS;
