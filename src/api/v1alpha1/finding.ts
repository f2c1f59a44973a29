import { type FieldPath, formatFieldPath } from './field-path.js';

/** Something about one field of an object: a problem that keeps it from being used, or a warning. */
export type Finding = Readonly<{
  /** The field as text, e.g. `spec.addresses[1]`; empty: the object itself. */
  path: string;
  /** The same as steps, to find the field in a file. */
  at: FieldPath;
  /** What is wrong, as a sentence whose subject is the field: "must be at most 255, is 300". */
  problem: string;
  /** What to do about it. */
  remedy?: string;
}>;

export const finding = (at: FieldPath, problem: string, remedy?: string): Finding => ({
  path: formatFieldPath(at),
  at,
  problem,
  ...(remedy === undefined ? {} : { remedy }),
});
