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

/** events.k8s.io/v1 Event, the parts that we write. */
export type EventObject = KubeObject &
  Readonly<{
    eventTime: string;
    type: 'Normal' | 'Warning';
    reason: string;
    action: string;
    note: string;
    regarding: Readonly<Record<string, string | undefined>>;
    reportingController: string;
    reportingInstance: string;
    series?: Readonly<{ count: number; lastObservedTime: string }>;
  }>;

export type Reporter = Readonly<{
  /** The kind of program, e.g. kube-vrrp.io/operator. */
  controller: string;
  /** The pod. */
  instance: string;
}>;

/** Where events about objects without a namespace are: there `kubectl describe` looks for them. */
const CLUSTER_NAMESPACE = 'default';
/** The API server's bounds; bytes of UTF-8 of the note, characters of the others. */
const LONGEST_NOTE = 1_024;
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
  return {
    metadata: {
      name: `${name.slice(0, LONGEST_NAME - at.id.length - 1)}.${at.id}`,
      namespace: namespace ?? CLUSTER_NAMESPACE,
    },
    eventTime: microTime(at.wallClock),
    ...{ type, reason: reason.slice(0, LONGEST_WORD), action: action.slice(0, LONGEST_WORD) },
    note: cut(message),
    regarding: { apiVersion, kind, name, uid, ...(namespace === undefined ? {} : { namespace }) },
    reportingController: reporter.controller,
    reportingInstance: reporter.instance.slice(0, LONGEST_WORD),
  };
}

/** The same event, seen so many times by now. */
export const repeated = <E extends EventObject>(event: E, count: number, wallClock: number): E => ({
  ...event,
  series: { count, lastObservedTime: microTime(wallClock) },
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
  if (bytes.length <= LONGEST_NOTE) return text;
  const kept = bytes.subarray(0, LONGEST_NOTE - '…'.length * 3);
  return `${kept.toString('utf8').replace(/\uFFFD+$/, '')}…`;
}

const microTime = (wallClock: number): string => new Date(wallClock).toISOString().replace('Z', '000Z');
