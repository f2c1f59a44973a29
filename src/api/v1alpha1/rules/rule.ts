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

/** What the schema cannot say. A rule runs only if what it needs fits the schema. */
export type Rule = Readonly<{ needs: readonly FieldPath[]; check: Check<keyof DefaultedSpec> }>;

/** The rule sees only the fields that it reads. `needs`: what of them must fit the schema, if less than everything. */
export const rule = <const Keys extends keyof DefaultedSpec>(
  reads: readonly Keys[],
  check: Check<Keys>,
  needs: readonly FieldPath[] = reads.map((field) => [field]),
): Rule => ({ needs, check });

/** The duration, or null after reporting what is wrong with it. */
export function readDuration(text: string, at: FieldPath, report: Report): Micros | null {
  const parsed = parseDuration(text);
  if (parsed.ok) return parsed.value;
  report.problem(at, parsed.problem);
  return null;
}
