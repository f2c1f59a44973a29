/** Whether a value that came as JSON has a shape. */
export type Shape = (value: unknown) => boolean;

export const text: Shape = (value) => typeof value === 'string';
export const flag: Shape = (value) => typeof value === 'boolean';
export const number: Shape = (value) => typeof value === 'number' && Number.isFinite(value);
/** What a counter can be. */
export const amount: Shape = (value) => number(value) && (value as number) >= 0;
/** Wall clock, milliseconds since the epoch, in the range of Date. */
export const time: Shape = (value) => number(value) && Math.abs(value as number) <= 8.64e15;

export const oneOf =
  (...values: readonly unknown[]): Shape =>
  (value) =>
    values.includes(value);

export const nullable =
  (shape: Shape): Shape =>
  (value) =>
    value === null || shape(value);

export const listOf =
  (item: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(item);

/** An object used as a dictionary. */
export const recordOf =
  (item: Shape): Shape =>
  (value) =>
    isObject(value) && Object.values(value).every(item);

/** An object with at least these fields. */
export const object = (fields: Readonly<Record<string, Shape>>): Shape => {
  const entries = Object.entries(fields);
  return (value) => isObject(value) && entries.every(([name, shape]) => shape(value[name]));
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
