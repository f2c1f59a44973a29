import { parseDuration } from '../../../values/duration.js';
import type { Micros } from '../../../values/time.js';
import type { Surroundings } from '../defaults.js';
import type { FieldPath } from '../field-path.js';
import type { DefaultedSpec } from '../virtual-ip.js';

/** Where a rule puts what it finds; paths start below `spec`. */
export type Report = Readonly<{
  problem: (at: FieldPath, problem: string, remedy?: string) => void;
  warning: (at: FieldPath, problem: string, remedy?: string) => void;
}>;

type Check<Keys extends keyof DefaultedSpec> = (
  spec: Pick<DefaultedSpec, Keys>,
  report: Report,
  surroundings: Surroundings,
) => void;

/** What the schema cannot say. It sees only the fields that it names, and runs only if these fit the schema. */
export type Rule = Readonly<{ reads: readonly (keyof DefaultedSpec)[]; check: Check<keyof DefaultedSpec> }>;

export const rule = <const Keys extends keyof DefaultedSpec>(
  reads: readonly Keys[],
  check: Check<Keys>,
): Rule => ({
  reads,
  check,
});

/** The duration, or null after reporting what is wrong with it. */
export function readDuration(text: string, at: FieldPath, report: Report): Micros | null {
  const parsed = parseDuration(text);
  if (parsed.ok) return parsed.value;
  report.problem(at, parsed.problem);
  return null;
}
