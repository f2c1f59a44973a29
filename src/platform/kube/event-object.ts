import type { KubeObject, ObjectKey } from './ports.js';

/** What is to be told about an object. */
export type Happening = Readonly<{
  type: 'Normal' | 'Warning';
  /** One word in CamelCase, out of a fixed set. */
  reason: string;
  /** A sentence for people; cut after 1 KiB. */
  message: string;
  /** What was being done. Default: Reconcile. */
  action?: string;
}>;

/** An Event of the core group, the parts that we write. */
export type EventObject = KubeObject &
  Readonly<{
    involvedObject: Readonly<Record<string, string | undefined>>;
    type: 'Normal' | 'Warning';
    reason: string;
    message: string;
    action: string;
    count: number;
    firstTimestamp: string;
    lastTimestamp: string;
    reportingComponent: string;
    reportingInstance: string;
    source: Readonly<{ component: string }>;
  }>;

export type Reporter = Readonly<{
  /** The kind of program, e.g. kube-vrrp.io/operator. */
  controller: string;
  /** The pod. */
  instance: string;
}>;

/** Where events about objects without a namespace are: there `kubectl describe` looks for them. */
const CLUSTER_NAMESPACE = 'default';
/** The API server's bounds; bytes of UTF-8 of the message, characters of the others. */
const LONGEST_MESSAGE = 1_024;
const LONGEST_WORD = 128;
const LONGEST_NAME = 253;

/** @param id makes the name unique: hexadecimal digits */
export function eventObject(
  regarding: KubeObject,
  { type, reason, message, action = 'Reconcile' }: Happening,
  reporter: Reporter,
  at: Readonly<{ wallClock: number; id: string }>,
): EventObject {
  const { apiVersion, kind, metadata: { name = '', namespace, uid } = {} } = regarding;
  const time = timestamp(at.wallClock);
  return {
    metadata: {
      name: `${name.slice(0, LONGEST_NAME - at.id.length - 1)}.${at.id}`,
      namespace: namespace ?? CLUSTER_NAMESPACE,
    },
    involvedObject: { apiVersion, kind, name, uid, ...(namespace === undefined ? {} : { namespace }) },
    ...{ type, reason: reason.slice(0, LONGEST_WORD), action: action.slice(0, LONGEST_WORD) },
    message: cut(message),
    ...{ count: 1, firstTimestamp: time, lastTimestamp: time },
    reportingComponent: reporter.controller,
    reportingInstance: reporter.instance.slice(0, LONGEST_WORD),
    source: { component: reporter.controller },
  };
}

/** The same event, seen so many times by now. */
export const repeated = (event: EventObject, count: number, wallClock: number): EventObject => ({
  ...event,
  ...{ count, lastTimestamp: timestamp(wallClock) },
});

/** Two happenings of one key are one event that happened twice. */
export const happeningKey = (regarding: KubeObject, { type, reason, message, action }: Happening): string =>
  JSON.stringify([objectId(regarding), type, reason, message, action]);

export function objectId({ kind, metadata }: KubeObject): string {
  const { uid, name, namespace } = (metadata ?? {}) as ObjectKey & { uid?: string };
  return uid ?? JSON.stringify([kind, namespace, name]);
}

/** To the bound, without half a character at the end. */
function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= LONGEST_MESSAGE) return text;
  const kept = bytes.subarray(0, LONGEST_MESSAGE - '…'.length * 3);
  return `${kept.toString('utf8').replace(/\uFFFD+$/, '')}…`;
}

/** Kubernetes' Time has whole seconds. */
const timestamp = (wallClock: number): string => new Date(wallClock).toISOString().replace(/\.\d+Z$/, 'Z');
