import { closestName } from './closest-name.js';
import { type FieldPath } from './field-path.js';
import { type Finding, finding } from './finding.js';
import { PATTERN_MEANINGS } from './schema/fields.js';
import type { ObjectSchema, StringSchema, StructuralSchema } from './schema/structural-schema.js';

/** More than a person reads at once. Once so many are found, the rest of the value has not been looked at. */
export const MOST_FINDINGS = 200;

/**
 * Everything in which `value` departs from `schema`, in plain words. As in the API server, null is the same as left
 * out; unlike there, a field that does not exist is a problem, because it is a misspelt one.
 */
export function schemaProblems(schema: StructuralSchema, value: unknown, at: FieldPath = []): Finding[] {
  const problems: Finding[] = [];
  check(schema, value, at, problems);
  return problems.slice(0, MOST_FINDINGS);
}

function check(schema: StructuralSchema, value: unknown, at: FieldPath, problems: Finding[]): void {
  const mismatch = valueProblem(schema, value);
  if (mismatch !== null) {
    problems.push(finding(at, mismatch.problem, mismatch.remedy));
  } else if (schema.type === 'object') {
    checkFields(schema, value as Record<string, unknown>, at, problems);
  } else if (schema.type === 'array') {
    for (const [index, item] of (value as unknown[]).entries()) {
      if (problems.length >= MOST_FINDINGS) return;
      check(schema.items, item, [...at, index], problems);
    }
  }
}

function checkFields(
  schema: ObjectSchema,
  value: Readonly<Record<string, unknown>>,
  at: FieldPath,
  problems: Finding[],
): void {
  const fields = schema.properties ?? {};
  for (const name of schema.required ?? [])
    if (!isGiven(value, name))
      problems.push(finding([...at, name], 'is required and missing', whatBelongsInto(name, fields[name])));
  for (const [name, content] of Object.entries(value)) {
    if (problems.length >= MOST_FINDINGS) return;
    const field = Object.hasOwn(fields, name) ? fields[name] : schema.additionalProperties;
    if (field === undefined) problems.push(...unknownField(name, schema, at));
    else if (isGiven(value, name)) check(field, content, [...at, name], problems);
  }
}

/** In YAML a field without a value is null; JavaScript also has undefined. */
const isGiven = (value: Readonly<Record<string, unknown>>, name: string): boolean =>
  Object.hasOwn(value, name) && value[name] !== null && value[name] !== undefined;

/** A field with one legal value is told by it, others by what they mean. */
function whatBelongsInto(name: string, field: StructuralSchema | undefined): string | undefined {
  const choices = field?.type === 'string' ? field.enum : undefined;
  return choices?.length === 1 ? `write ${name}: ${String(choices[0])}` : field?.description;
}

function unknownField(name: string, schema: ObjectSchema, at: FieldPath): Finding[] {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return [];
  const known = Object.keys(schema.properties ?? {});
  const meant = closestName(name, known);
  const remedy = meant === null ? `the fields here are ${known.join(', ')}` : `did you mean ${meant}?`;
  return [finding([...at, name], 'is not a field that exists', remedy)];
}

type Mismatch = Readonly<{ problem: string; remedy?: string }>;

/** What is wrong with the value itself, apart from what is inside it. */
function valueProblem(schema: StructuralSchema, value: unknown): Mismatch | null {
  switch (schema.type) {
    case 'boolean':
      return typeof value === 'boolean' ? null : { problem: `must be true or false, is ${show(value)}` };
    case 'integer':
      return integerProblem(schema, value);
    case 'string':
      return stringProblem(schema, value);
    case 'array':
      return arrayProblem(schema, value);
    case 'object':
      return objectProblem(schema, value);
  }
}

function integerProblem(
  { minimum, maximum, enum: choices }: Extract<StructuralSchema, { type: 'integer' }>,
  value: unknown,
): Mismatch | null {
  const wanted = choices !== undefined ? oneOf(choices) : `a whole number${range(minimum, maximum)}`;
  if (typeof value === 'string' && /^-?\d+$/.test(value))
    return { problem: `must be ${wanted}, is the text ${show(value)}`, remedy: 'leave the quotes out' };
  const fits =
    typeof value === 'number' &&
    Number.isSafeInteger(value) &&
    (choices === undefined || choices.includes(value)) &&
    value >= (minimum ?? -Infinity) &&
    value <= (maximum ?? Infinity);
  return fits ? null : { problem: `must be ${wanted}, is ${show(value)}` };
}

function stringProblem(schema: StringSchema, value: unknown): Mismatch | null {
  const wanted = whatText(schema);
  // A password is not repeated in a log.
  const is = schema.format === 'password' ? '' : `, is ${show(value)}`;
  if (typeof value !== 'string') {
    const meantAsText = wanted === 'text' && (typeof value === 'number' || typeof value === 'boolean');
    return { problem: `must be ${wanted}${is}`, ...(meantAsText ? { remedy: 'put it in quotes' } : {}) };
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    const meant = closestName(value, schema.enum);
    return {
      problem: `must be ${wanted}${is}`,
      ...(meant === null ? {} : { remedy: `did you mean ${meant}?` }),
    };
  }
  return (
    lengthProblem(schema, value) ??
    (schema.pattern === undefined || new RegExp(schema.pattern).test(value)
      ? null
      : { problem: `must be ${wanted}${is}` })
  );
}

function whatText({ enum: choices, pattern }: StringSchema): string {
  if (choices !== undefined) return oneOf(choices);
  return (pattern === undefined ? undefined : PATTERN_MEANINGS.get(pattern)) ?? 'text';
}

function lengthProblem(
  { minLength = 0, maxLength = Infinity }: StringSchema,
  value: string,
): Mismatch | null {
  // Kubernetes counts code points, not UTF-16 units.
  const length = Array.from(value).length;
  if (length < minLength) return { problem: 'must not be empty' };
  return length > maxLength
    ? { problem: `must be at most ${String(maxLength)} characters long, is ${String(length)}` }
    : null;
}

function arrayProblem(schema: Extract<StructuralSchema, { type: 'array' }>, value: unknown): Mismatch | null {
  if (!Array.isArray(value)) return { problem: `must be a list, is ${show(value)}`, remedy: 'write [a, b]' };
  if (value.length < (schema.minItems ?? 0)) return { problem: 'must have at least one entry, is empty' };
  if (value.length > schema.maxItems)
    return { problem: `must have at most ${String(schema.maxItems)} entries, has ${String(value.length)}` };
  return null;
}

function objectProblem(schema: ObjectSchema, value: unknown): Mismatch | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const names = Object.keys(schema.properties ?? {});
    const example = names.length === 0 ? '' : ` (${names.join(', ')})`;
    return { problem: `must be a mapping of fields${example}, is ${show(value)}` };
  }
  const count = Object.keys(value).length;
  return schema.maxProperties !== undefined && count > schema.maxProperties
    ? { problem: `must have at most ${String(schema.maxProperties)} entries, has ${String(count)}` }
    : null;
}

function range(minimum: number | undefined, maximum: number | undefined): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${String(minimum)} to ${String(maximum)}`;
  if (minimum !== undefined) return ` of at least ${String(minimum)}`;
  return maximum !== undefined ? ` of at most ${String(maximum)}` : '';
}

const oneOf = (choices: readonly (string | number)[]): string =>
  choices.length === 1
    ? String(choices[0])
    : `${choices.slice(0, -1).map(String).join(', ')} or ${String(choices.at(-1))}`;

/** A value as a person would write it, short; what is inside lists and mappings is left out. */
function show(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null || value === undefined) return 'empty';
  return Array.isArray(value) ? 'a list' : 'a mapping';
}
