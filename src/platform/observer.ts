/** Why a watch had to be started again. */
export type RestartReason =
  /** The server ended it, as it does every few minutes. */
  | 'ended'
  /** 410: the server no longer has what happened since; everything is listed again. */
  | 'expired'
  /** The server answered with an error. */
  | 'refused'
  /** There was no answer, or the connection broke or went silent. */
  | 'unreachable'
  /** The server sent something that cannot be read. */
  | 'malformed';

export type ReconcileOutcome = 'done' | 'after' | 'retry' | 'failed';

/**
 * What clients, informers, queues and elections tell about themselves while they run, for metrics. The methods return
 * at once and never throw. `resource` is the plural, e.g. `virtualips`.
 */
export interface Observer {
  /** `code` is the HTTP status; `none`: there was no answer. Seconds until the answer; for a watch, until it began. */
  apiRequest(request: Readonly<{ verb: string; resource: string; code: string; seconds: number }>): void;
  watchEvent(resource: string): void;
  watchRestarted(resource: string, reason: RestartReason): void;
  /** `current`: a watch is running, so what is known is what is. */
  informer(resource: string, state: Readonly<{ synced: boolean; current: boolean; objects: number }>): void;
  listenerFailed(resource: string): void;
  queueDepth(queue: string, depth: number): void;
  reconciled(queue: string, outcome: ReconcileOutcome, seconds: number): void;
  leading(lease: string, leading: boolean): void;
  /** What became of a Kubernetes Event. */
  eventRecorded(outcome: 'created' | 'repeated' | 'dropped' | 'failed'): void;
}

const nothing = (): void => undefined;

export const NO_OBSERVER: Observer = {
  apiRequest: nothing,
  watchEvent: nothing,
  watchRestarted: nothing,
  informer: nothing,
  listenerFailed: nothing,
  queueDepth: nothing,
  reconciled: nothing,
  leading: nothing,
  eventRecorded: nothing,
};
