import type {
  Histogram,
  LogEntry,
  Problem,
  ProcessStatus,
  RouterStatus,
  StatusReport,
  ToControl,
} from '../ipc/messages.js';
import type { TrackerState } from '../ipc/router-spec.js';
import {
  type Shape,
  amount,
  flag,
  listOf,
  nullable,
  number,
  object,
  oneOf,
  recordOf,
  text,
  time,
} from './shape.js';

/** A shape for each field of a type: a new field does not compile without one. */
const shapeOf = <Type>(fields: Readonly<Record<keyof Type & string, Shape>>): Shape => object(fields);

const histogram = shapeOf<Histogram>({
  buckets: listOf(object({ le: nullable(number), count: amount })),
  sum: number,
  count: amount,
});

const problems = listOf(shapeOf<Problem>({ code: text, message: text, remedy: text }));

const processStatus = shapeOf<ProcessStatus>({
  pid: amount,
  scheduling: text,
  lateness: histogram,
  droppedMessages: amount,
  unmatched: recordOf(amount),
  problems,
});

const routerStatus = shapeOf<RouterStatus>({
  key: text,
  virtualIP: text,
  family: oneOf('IPv4', 'IPv6'),
  vrid: amount,
  state: oneOf('Initialize', 'Backup', 'Active'),
  because: text,
  since: time,
  priority: amount,
  basePriority: amount,
  interface: nullable(text),
  source: nullable(text),
  addresses: listOf(text),
  held: listOf(text),
  active: nullable(object({ source: text, priority: amount })),
  counters: recordOf(amount),
  transitions: recordOf(amount),
  takeover: histogram,
  trackers: listOf(shapeOf<TrackerState>({ id: text, up: flag, weight: nullable(number), message: text })),
  problems,
});

const logEntry = shapeOf<LogEntry>({
  level: oneOf('debug', 'info', 'warn', 'error'),
  time,
  message: text,
  fields: recordOf(() => true),
});

const SHAPES: Readonly<Record<ToControl['kind'], Shape>> = {
  status: object({
    status: shapeOf<StatusReport>({
      time,
      process: processStatus,
      revision: nullable(text),
      routers: listOf(routerStatus),
      whole: flag,
      gone: listOf(text),
    }),
  }),
  log: object({ entries: listOf(logEntry) }),
  recorded: object({ lines: listOf(text) }),
  stopping: object({}),
};

const tagged = object({ kind: text });

/** Whether this is a message of the VRRP process, complete enough to be used without a second look. */
export function isToControl(message: unknown): message is ToControl {
  if (!tagged(message)) return false;
  const { kind } = message as ToControl;
  return Object.hasOwn(SHAPES, kind) && SHAPES[kind](message);
}
