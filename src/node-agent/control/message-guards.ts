import type { ToControl, VrrpStatus } from '../ipc/messages.js';

type Guard = (message: Readonly<Record<string, unknown>>) => boolean;

const GUARDS: Readonly<Record<ToControl['kind'], Guard>> = {
  status: ({ status }) => isStatus(status),
  log: ({ entries }) => isListOf(entries, isLogEntry),
  recorded: ({ lines }) => isListOf(lines, (line) => typeof line === 'string'),
  stopping: () => true,
};

/** Whether this is a message of the VRRP process, complete enough to be used without a second look. */
export function isToControl(message: unknown): message is ToControl {
  if (!isRecord(message) || typeof message['kind'] !== 'string') return false;
  return Object.hasOwn(GUARDS, message['kind']) && GUARDS[message['kind'] as ToControl['kind']](message);
}

function isStatus(value: unknown): value is VrrpStatus {
  if (!isRecord(value) || !isNumber(value['time']) || !isRecord(value['process'])) return false;
  const { lateness, unmatched, problems, scheduling } = value['process'];
  return (
    isHistogram(lateness) &&
    isRecordOfNumbers(unmatched) &&
    isListOf(problems, isProblem) &&
    typeof scheduling === 'string' &&
    isListOf(value['routers'], isRouter)
  );
}

const isRouter = (value: unknown): boolean =>
  isRecord(value) &&
  ['key', 'virtualIP', 'family', 'state', 'because'].every((name) => typeof value[name] === 'string') &&
  ['vrid', 'since', 'priority', 'basePriority'].every((name) => isNumber(value[name])) &&
  ['addresses', 'held'].every((name) => isListOf(value[name], (item) => typeof item === 'string')) &&
  ['counters', 'transitions'].every((name) => isRecordOfNumbers(value[name])) &&
  isHistogram(value['takeover']) &&
  isListOf(value['trackers'], isRecord) &&
  isListOf(value['problems'], isProblem);

const isHistogram = (value: unknown): boolean =>
  isRecord(value) &&
  isNumber(value['sum']) &&
  isNumber(value['count']) &&
  isListOf(value['buckets'], isBucket);

const isBucket = (value: unknown): boolean =>
  isRecord(value) && isNumber(value['count']) && (value['le'] === null || isNumber(value['le']));

const isRecordOfNumbers = (value: unknown): boolean =>
  isRecord(value) && Object.values(value).every(isNumber);

const isProblem = (value: unknown): boolean =>
  isRecord(value) && typeof value['code'] === 'string' && typeof value['message'] === 'string';

const isLogEntry = (value: unknown): boolean =>
  isRecord(value) &&
  ['debug', 'info', 'warn', 'error'].includes(value['level'] as string) &&
  Number.isSafeInteger(value['time']) &&
  typeof value['message'] === 'string' &&
  isRecord(value['fields']);

const isListOf = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(isItem);

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
