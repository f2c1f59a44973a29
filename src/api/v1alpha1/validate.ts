import { type Surroundings, specWithDefaults, withDefaults } from './defaults.js';
import { type FieldPath, isWithin } from './field-path.js';
import { type Finding, finding } from './finding.js';
import { addressRules } from './rules/addresses.js';
import { authenticationRules } from './rules/authentication.js';
import { electionRules } from './rules/election.js';
import { networkRules } from './rules/network.js';
import type { Report, Rule } from './rules/rule.js';
import { trackingRules } from './rules/tracking.js';
import { versionRules } from './rules/version.js';
import { MOST_FINDINGS, schemaProblems } from './schema-check.js';
import { type DefaultedVirtualIP, type VirtualIP, virtualIPSchema } from './virtual-ip.js';

export type Verdict = Readonly<{
  /** Why it cannot be used: all reasons at once. */
  problems: readonly Finding[];
  /** What is allowed but probably not meant. */
  warnings: readonly Finding[];
  /** The VirtualIP with its defaults; null when there are problems. */
  accepted: DefaultedVirtualIP | null;
}>;

const RULES: readonly Rule[] = [
  ...addressRules,
  ...versionRules,
  ...electionRules,
  ...networkRules,
  ...authenticationRules,
  ...trackingRules,
];

/** Judges any value as a VirtualIP: first by the schema, then by what the schema cannot say. Never throws. */
export function validateVirtualIP(value: unknown, surroundings: Surroundings): Verdict {
  const problems = schemaProblems(virtualIPSchema, withoutStatus(value));
  const warnings: Finding[] = [];
  const report: Report = {
    problem: (at, problem, remedy) => problems.push(finding(['spec', ...at], problem, remedy)),
    warning: (at, problem, remedy) => warnings.push(finding(['spec', ...at], problem, remedy)),
  };
  const spec = specOf(value);
  if (spec !== null && problems.length < MOST_FINDINGS) {
    const sound = rulesThatCanRun(problems);
    const defaulted = specWithDefaults(spec, surroundings);
    for (const { check } of sound) check(defaulted, report, surroundings);
  }
  const accepted = problems.length === 0 ? withDefaults(value as VirtualIP, surroundings) : null;
  return { problems, warnings, accepted };
}

/** The status is the operator's: what a copied object says there is nobody's mistake. */
const withoutStatus = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { ...value, status: undefined }
    : value;

/** Rules whose fields fit the schema; the others would judge by values that are wrong anyway. */
const rulesThatCanRun = (problems: readonly Finding[]): readonly Rule[] =>
  RULES.filter(
    ({ needs }) => !needs.some((need) => problems.some(({ at }) => spoils(at, ['spec', ...need]))),
  );

/** A problem inside a field, or of something that the field is in. */
const spoils = (problem: FieldPath, need: FieldPath): boolean =>
  isWithin(problem, need) || isWithin(need, problem);

function specOf(value: unknown): object | null {
  if (typeof value !== 'object' || value === null || !('spec' in value)) return null;
  const { spec } = value;
  return typeof spec === 'object' && spec !== null && !Array.isArray(spec) ? spec : null;
}
