import { celEnv, type CelInput, parse, plan } from '@bufbuild/cel';
import { virtualIPRules } from '../../../scripts/crds/admission-rules.js';
import { specWithDefaults } from '../../../src/api/v1alpha1/defaults.js';

const engine = celEnv();
const rules = virtualIPRules.map(({ at, rule, message }) => ({
  steps: at.replaceAll('[]', '.[]').split('.'),
  evaluate: plan(engine, parse(rule)),
  message: `${at}: ${message}`,
}));

/** The values at a path; `[]`: every item of a list. */
function valuesAt(value: unknown, [step, ...rest]: readonly string[]): readonly unknown[] {
  if (step === undefined) return [value];
  if (step === '[]') return (value as readonly unknown[]).flatMap((item) => valuesAt(item, rest));
  const field = (value as Readonly<Record<string, unknown>>)[step];
  return field === undefined ? [] : valuesAt(field, rest);
}

/** Whole numbers are of type int in the API server. */
function celInput(value: unknown): CelInput {
  if (typeof value === 'number') return BigInt(value);
  if (Array.isArray(value)) return value.map(celInput);
  if (typeof value === 'object' && value !== null)
    return new Map(Object.entries(value).map(([name, content]) => [name, celInput(content)]));
  return value as string | boolean;
}

/** The messages of the rules that a spec breaks; the API server asks them only when the schema is satisfied. */
export function refusals(spec: Readonly<Record<string, unknown>>): readonly string[] {
  const object = { spec: specWithDefaults(spec, 'cluster') };
  return rules
    .filter(({ steps, evaluate }) =>
      valuesAt(object, steps).some((self) => evaluate({ self: celInput(self) }) !== true),
    )
    .map(({ message }) => message);
}
