import { execFileSync, spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { refusals } from '../../test/unit/api/admission.js';
import { specs } from '../../test/unit/api/random-specs.js';
import { crdFiles } from '../custom-resource-definitions.js';

/*
 * What Kubernetes' own code makes of deploy/crds: `node --import tsx scripts/crds/check.ts`. It prints what the API server
 * estimates for each rule, and compares its judgement of random VirtualIPs with that of the CEL engine that the tests use.
 * Not part of the tests, because the first time compiles Kubernetes' library: to be run after the rules have changed.
 */

const SPECS = 5_000;
/** The API server's bounds, for one rule and for all of a definition. */
const [RULE_LIMIT, LIMIT] = [10_000_000, 100_000_000];

type Refusal = Readonly<{ type: string; at: string; message: string }>;
type Definition = Readonly<{
  problems: readonly Refusal[];
  estimates: readonly Readonly<{ at: string; message: string; cost: number }>[];
}>;

const HERE = dirname(fileURLToPath(import.meta.url));
const CACHE =
  process.env['KUBE_VRRP_CACHE'] ??
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'kube-vrrp');

function program(): string {
  const output = execFileSync(join(HERE, 'build-kubernetes-check'), [CACHE], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return output.trim().split('\n').at(-1) ?? '';
}

function ask(check: string, file: string, objects: readonly unknown[]) {
  const { status, stdout, stderr } = spawnSync(check, [file], {
    input: objects.map((object) => `${JSON.stringify(object)}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${check} ${file}: ${stderr}`);
  const [definition, ...verdicts] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  return { definition: definition as Definition, verdicts: verdicts as readonly (readonly Refusal[])[] };
}

/** Prints the estimates; returns how much is wrong. */
function tellDefinition(file: string, { problems, estimates }: Definition): number {
  const total = estimates.reduce((sum, { cost }) => sum + cost, 0);
  console.log(
    `${file}: ${String(estimates.length)} rules, estimated at ${total.toLocaleString('en')} in all`,
  );
  for (const { at, message, cost } of estimates.slice(0, 5))
    console.log(`  ${cost.toLocaleString('en').padStart(11)}  ${at}: ${message}`);
  for (const { at, message } of problems) console.log(`  PROBLEM ${at}: ${message}`);
  const tooMuch = estimates.filter(({ cost }) => cost > RULE_LIMIT).length + (total > LIMIT ? 1 : 0);
  return problems.length + tooMuch;
}

/** A rule that fails in the middle, as at a duration of a million years, says why in front of its message. */
const ruleIn = (message: string): string => message.replace(/^.* evaluating rule: /s, '');

const inOrder = (texts: readonly string[]): string => [...new Set(texts)].sort().join('\n');

/** How many specs the two judge differently. Lists with duplicates are refused by the schema, before any rule is asked. */
function compare(
  verdicts: readonly (readonly Refusal[])[],
  judged: readonly Record<string, unknown>[],
): number {
  let different = 0;
  for (const [index, verdict] of verdicts.entries()) {
    const spec = judged[index] ?? {};
    const theirs = verdict.map(({ at, message }) => `${at.replace(/\[\d+\]/g, '[]')}: ${ruleIn(message)}`);
    if (verdict.some(({ type }) => type === 'FieldValueDuplicate')) continue;
    if (inOrder(theirs) === inOrder(refusals(spec))) continue;
    different += 1;
    if (different <= 3)
      console.log('DIFFERENT', JSON.stringify({ spec, theirs, ours: refusals(spec) }, null, 2));
  }
  return different;
}

const check = program();
let wrong = 0;
for (const { path } of await crdFiles()) {
  const judged = path.includes('virtualips') ? fc.sample(specs, SPECS) : [];
  const objects = judged.map((spec) => ({
    apiVersion: 'kube-vrrp.io/v1alpha1',
    kind: 'VirtualIP',
    metadata: { name: 'web' },
    spec,
  }));
  const { definition, verdicts } = ask(check, path, objects);
  const different = compare(verdicts, judged);
  wrong += tellDefinition(path, definition) + different;
  if (judged.length > 0)
    console.log(`  ${String(judged.length)} VirtualIPs judged, ${String(different)} of them differently`);
}
process.exitCode = wrong === 0 ? 0 : 1;
