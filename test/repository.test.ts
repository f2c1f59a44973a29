import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';

import { validateVirtualIP } from '../src/api/v1alpha1/validate.js';

/* What the repository says about itself is true. */

const read = (file: string): string => readFileSync(file, 'utf8');

const filesBelow = (folder: string, ending: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file))
    .sort();

const documents: readonly string[] = [
  ...readdirSync('.').filter((file) => file.endsWith('.md')),
  ...filesBelow('docs', '.md'),
  ...filesBelow('src', '.md'),
];

/** Targets of the Makefile that `make help` lists. */
const targets: readonly string[] = [...read('Makefile').matchAll(/^([a-z][a-z0-9-]*):.*## /gm)].map(
  ([, name]) => name ?? '',
);

/** Words that mean "this is not finished", as comments and messages use them. */
const UNFINISHED = /\b(TODO|FIXME|XXX|HACK|WIP|TBD)\b|not (yet )?implemented|for now\b|placeholder/i;

test('nothing in src/ is marked as unfinished', () => {
  const marked = filesBelow('src', '.ts').flatMap((file) =>
    read(file)
      .split('\n')
      .map((line, index) => ({ line, at: `${file}:${String(index + 1)}` }))
      .filter(({ line }) => UNFINISHED.test(line))
      .map(({ line, at }) => `${at} ${line.trim()}`),
  );
  assert.deepEqual(marked, []);
});

test('the marks of unfinished work are recognised', () => {
  for (const line of ['// TODO: later', "throw new Error('not implemented')", '// good enough for now'])
    assert.match(line, UNFINISHED);
  for (const line of ['const todos = 1;', '// RFC 9568 §6.4.2', 'the hackney carriage'])
    assert.doesNotMatch(line, UNFINISHED);
});

test('every target of the Makefile is in the README and in CONTRIBUTING, and explains itself', () => {
  assert.ok(targets.length >= 6, 'no targets found');
  for (const document of ['README.md', 'CONTRIBUTING.md'])
    for (const target of targets.filter((name) => name !== 'help'))
      assert.match(
        read(document),
        new RegExp(`make ${target}\\b`),
        `${document} does not mention make ${target}`,
      );
});

test('every make target that a document names exists', () => {
  for (const document of documents)
    for (const [mention, name = ''] of read(document).matchAll(/(?:`|[#$] )make ([a-z][a-z0-9-]*)/g))
      assert.ok(targets.includes(name), `${document} says ${mention}`);
});

test('the changelog names the commands that people start with', () => {
  const changelog = read('CHANGELOG.md');
  for (const command of [
    'make build',
    'make lint',
    'make test',
    'make demo',
    'kube-vrrp agent',
    'kube-vrrp validate',
  ])
    assert.ok(changelog.includes(command), `CHANGELOG.md does not mention ${command}`);
});

test('every link inside the documents leads to a file', () => {
  for (const document of documents)
    for (const [, target = ''] of read(document).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g))
      if (!/^[a-z]+:/.test(target))
        assert.ok(existsSync(join(dirname(document), target)), `${document} links to ${target}`);
});

test('every VirtualIP that a document shows is valid, for a standalone agent or in a cluster', () => {
  const shown = documents.flatMap((document) =>
    [...read(document).matchAll(/^( *)```yaml\n([\s\S]*?)^\1```/gm)]
      .flatMap(([, , text = '']) => parseAllDocuments(text).map((each) => each.toJS() as unknown))
      .map((value) => ({ document, value })),
  );
  const virtualIPs = shown.filter(({ value }) => (value as { kind?: string } | null)?.kind === 'VirtualIP');
  assert.ok(virtualIPs.length > 0, 'no document shows a VirtualIP');
  for (const { document, value } of virtualIPs) {
    const verdicts = (['standalone', 'cluster'] as const).map((where) => validateVirtualIP(value, where));
    assert.ok(
      verdicts.some(({ accepted }) => accepted !== null),
      `${document}: ${JSON.stringify(
        verdicts.map(({ problems }) => problems),
        null,
        2,
      )}`,
    );
  }
});

test('the README links to every page of docs/', () => {
  const readme = read('README.md');
  for (const page of filesBelow('docs', '.md'))
    assert.ok(readme.includes(`](${page})`), `README.md does not link to ${page}`);
});

test('docs/dependencies.md explains exactly the packages of package.json', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, object>;
  const sections = read('docs/dependencies.md').split(/^## /m);
  const rows = (heading: string): readonly string[] => {
    const section = sections.find((text) => text.startsWith(heading)) ?? '';
    return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name ?? '').sort();
  };
  assert.deepEqual(rows('At run time'), Object.keys(dependencies ?? {}).sort());
  assert.deepEqual(rows('For development'), Object.keys(devDependencies ?? {}).sort());
});
