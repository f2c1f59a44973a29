import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';

/*
 * Who may import whom. A module is a path from the root of the repository (`src/values/prefix.ts`), a package (`yaml`)
 * or a module of Node.js (`node:fs`). Types count like values: a type that a layer must not know is a dependency too.
 */

/** Files under `of`, `except` those, import nothing but modules that start with one of `only`. */
type Allowed = Readonly<{
  of: readonly string[];
  except?: readonly string[];
  only: readonly string[];
  because: string;
}>;

/** Modules that start with one of `modules` are imported by files under `by`, and by no other file of src/. */
type Reserved = Readonly<{ modules: readonly string[]; by: readonly string[]; because: string }>;

type Import = Readonly<{ file: string; module: string }>;

const AGENT = 'src/node-agent/';
const KERNEL = [`${AGENT}sockets/`, `${AGENT}addresses/`, `${AGENT}host/`];
const CONTROL = [`${AGENT}control/`, `${AGENT}desired/`, `${AGENT}report/`];

/** Functions of their arguments, useful to both processes of the agent. */
const PURE = [
  `${AGENT}addresses/lease.ts`,
  `${AGENT}tracking/effective-priority.ts`,
  `${AGENT}tracking/rise-fall.ts`,
];

const ALLOWED: readonly Allowed[] = [
  {
    of: ['src/values/'],
    only: ['src/values/'],
    because: 'everything may use the values, so they use nothing',
  },
  {
    of: ['src/api/'],
    only: ['src/api/', 'src/values/', 'typebox'],
    because: 'operator, agent and command line judge a VirtualIP alike, so nothing but the object counts',
  },
  {
    of: [`${AGENT}vrrp/`],
    only: [`${AGENT}vrrp/`, 'src/values/'],
    because: 'the protocol is a function of state, event and time, and runs in a simulation as on a host',
  },
  {
    of: [`${AGENT}ipc/`],
    only: [`${AGENT}ipc/`, `${AGENT}vrrp/`, 'src/values/'],
    because: 'it is what both processes know, so it knows neither of them',
  },
  {
    of: ['src/operator/decide/'],
    only: ['src/operator/decide/', 'src/api/', 'src/values/'],
    because: 'what is right for a cluster is decided from values, so that a test can have any cluster',
  },
  {
    of: [
      'src/operator/gather/',
      'src/operator/apply/',
      'src/operator/controllers/',
      'src/operator/operator.ts',
    ],
    only: ['src/operator/', 'src/platform/', 'src/api/', 'src/values/'],
    because:
      'the operator reaches the cluster through KubeApi and time through Clock only, so that a test can be both',
  },
  {
    of: PURE,
    only: [...PURE, `${AGENT}engine/ports.ts`, `${AGENT}ipc/`, `${AGENT}vrrp/`, 'src/values/', 'src/api/'],
    because: 'they are decided from arguments alone',
  },
  {
    of: [`${AGENT}engine/`],
    except: [`${AGENT}engine/control-process.ts`], // starts and restarts the other process
    only: [
      `${AGENT}engine/`,
      `${AGENT}vrrp/`,
      `${AGENT}ipc/`,
      `${AGENT}recording/`,
      'src/platform/',
      'src/values/',
      ...PURE,
    ],
    because: 'the engine reaches the host through its ports only, so that a test can be the host',
  },
  {
    of: KERNEL,
    only: [
      ...KERNEL,
      `${AGENT}engine/ports.ts`,
      `${AGENT}vrrp/`,
      `${AGENT}ipc/`,
      'src/platform/',
      'src/values/',
      ...['node:', 'raw-socket', 'netlink', 'koffi'],
    ],
    because: 'an adapter implements a port; it decides nothing and knows no configuration',
  },
  {
    of: ['src/platform/'],
    only: ['src/platform/', 'src/values/', 'node:', 'pino', 'prom-client', '@kubernetes/client-node'],
    because: 'both programs stand on it, so it knows neither',
  },
];

const RESERVED: readonly Reserved[] = [
  {
    modules: ['raw-socket', 'netlink', 'koffi'],
    by: KERNEL,
    because: 'native code can take the process down; it stays behind the ports',
  },
  {
    modules: KERNEL,
    // rescue.ts removes the addresses when the VRRP process has died.
    by: [...KERNEL, `${AGENT}main.ts`, `${AGENT}control/rescue.ts`],
    because: 'only the composition root of the VRRP process constructs adapters',
  },
  {
    modules: CONTROL,
    by: [...CONTROL, `${AGENT}tracking/`, `${AGENT}main.ts`, 'src/cli/'],
    because:
      'the VRRP process and the control process share no code but ipc/ and pure functions: one outlives the other',
  },
  {
    modules: ['src/platform/kube/'],
    by: ['src/platform/', ...CONTROL, `${AGENT}tracking/`, 'src/operator/', 'src/cli/'],
    because: 'the election is on the wire: the VRRP process does not know that there is an API server',
  },
  {
    modules: [`${AGENT}engine/`],
    by: [`${AGENT}engine/`, ...KERNEL, ...PURE, `${AGENT}main.ts`],
    because: 'the control process talks to the engine by messages',
  },
  {
    modules: ['commander', 'src/cli/'],
    by: ['src/cli/'],
    because: 'the command line is one way to start the program, and the program does not know it',
  },
  {
    modules: ['prom-client', 'pino'],
    by: [`${AGENT}control/`, 'src/operator/http/', 'src/platform/'],
    because: 'metrics and log lines are made where nothing waits for an advert',
  },
  {
    modules: ['@kubernetes/client-node'],
    by: ['src/platform/kube/kubeconfig.ts'],
    because: 'it takes 0.8 s and 80 MiB to load, which only those pay who bring a kubeconfig file',
  },
  {
    modules: ['src/operator/'],
    by: ['src/operator/', 'src/cli/'],
    because: 'operator and agent meet in api/ alone',
  },
  {
    modules: [AGENT],
    by: [AGENT, 'src/cli/'],
    because: 'operator and agent meet in api/ alone',
  },
  {
    modules: ['test/', 'lab/', 'demo/', 'scripts/', 'bench/', 'node:test'],
    by: [],
    because: 'what ships does not know its tests',
  },
];

/** What does not ship, where it is bound as well. */
const OUTSIDE: readonly Allowed[] = [
  {
    of: ['bench/'],
    except: ['bench/scale/'],
    only: [
      ...['bench/', 'lab/', 'src/values/', 'test/support/', 'scripts/missing-privilege.ts'],
      'src/platform/kube/resources.ts', // the names by which it asks an API server
      ...['node:', 'commander', 'koffi'],
    ],
    because: 'it measures programs from outside: what a program thinks of itself is no measurement',
  },
  {
    of: ['bench/scale/'],
    only: [
      ...['bench/', 'lab/', 'scripts/missing-privilege.ts', 'src/api/', 'src/platform/'],
      // Of the agents it simulates: how they report, and the types of what they report on.
      ...[`${AGENT}report/`, `${AGENT}desired/known-routers.ts`, `${AGENT}ipc/messages.ts`],
      ...['node:', 'commander', 'yaml'],
    ],
    because: 'it measures the operator from outside; its agents speak to the API server as the real ones do',
  },
  {
    of: ['simulation/'],
    // These start it, share the work among processes, and write down what came of it.
    except: ['simulation/main.ts', 'simulation/workers.ts', 'simulation/report/'],
    only: [
      ...['simulation/', `${AGENT}engine/`, `${AGENT}vrrp/`, `${AGENT}ipc/`, 'src/values/'],
      ...[`${AGENT}addresses/lease.ts`, `${AGENT}addresses/arrival.ts`, 'src/platform/errors.ts'],
    ],
    because: 'a seed decides everything: there is no clock, no chance and no host but the simulated ones',
  },
];

const sourcesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => posix.join(folder, file))
    .sort();

const importsOf = (files: readonly string[]): readonly Import[] =>
  files.flatMap((file) => importedModules(file, readFileSync(file, 'utf8')));

const sources = sourcesBelow('src');
const imports = importsOf(sources);

/** Everything `file` imports: statically, dynamically, by `require`, or by `createRequire` on the spot. */
function importedModules(file: string, text: string): readonly Import[] {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  const required = [...text.matchAll(/createRequire\([^)]*\)\(['"]([^'"]+)['"]\)/g)].map(
    ([, name]) => name ?? '',
  );
  return [...importedFiles.map(({ fileName }) => fileName), ...required].map((name) => ({
    file,
    module: moduleNamed(name, file),
  }));
}

/** A file without its imports of types, which compiling removes (`verbatimModuleSyntax`: those and no others). */
const withoutTypes = (text: string): string => text.replace(/^(import|export) type [^;]*;/gm, '');

function moduleNamed(name: string, importer: string): string {
  if (name.startsWith('.')) return posix.join(posix.dirname(importer), name).replace(/\.js$/, '.ts');
  return builtinModules.includes(name) ? `node:${name}` : name;
}

/** A prefix that ends in a letter names one module and what is below it: `netlink` is not `netlink-of-somebody`. */
const isUnder = (module: string, prefixes: readonly string[]): boolean =>
  prefixes.some((prefix) =>
    /[/:]$/.test(prefix) ? module.startsWith(prefix) : module === prefix || module.startsWith(`${prefix}/`),
  );

const strangers = (rule: Allowed, all: readonly Import[]): readonly Import[] =>
  all.filter(
    ({ file, module }) =>
      isUnder(file, rule.of) && !isUnder(file, rule.except ?? []) && !isUnder(module, rule.only),
  );

const trespassers = (rule: Reserved, all: readonly Import[]): readonly Import[] =>
  all.filter(
    ({ file, module }) => isUnder(module, rule.modules) && !isUnder(file, rule.by) && !isUnder(module, PURE),
  );

const lines = (found: readonly Import[]): string =>
  found.map(({ file, module }) => `\n  ${file} imports ${module}`).join('');

/** As people call them. */
const short = (names: readonly string[]): string =>
  names.map((name) => name.replace(AGENT, '').replace('src/', '') || 'node-agent/').join(', ');

for (const rule of ALLOWED) {
  test(`${short(rule.of)} imports only what it may: ${rule.because}`, () => {
    const found = strangers(rule, imports);
    assert.equal(found.length, 0, `${rule.because}, but${lines(found)}`);
  });
}

for (const rule of OUTSIDE) {
  test(`${short(rule.of)} imports only what it may: ${rule.because}`, () => {
    const all = importsOf(rule.of.flatMap(sourcesBelow));
    assert.ok(all.length > 0, 'nothing to look at');
    const found = strangers(rule, all);
    assert.equal(found.length, 0, `${rule.because}, but${lines(found)}`);
  });
}

for (const rule of RESERVED) {
  test(`${short(rule.modules)} is imported only where it may be: ${rule.because}`, () => {
    const found = trespassers(rule, imports);
    assert.equal(found.length, 0, `${rule.because}, but${lines(found)}`);
  });
}

test('every package that src/ loads is a runtime dependency, and every runtime dependency is loaded', () => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object };
  const loaded = sources
    .flatMap((file) => importedModules(file, withoutTypes(readFileSync(file, 'utf8'))))
    .map(({ module }) => module)
    .filter((module) => !/^(src\/|node:)/.test(module));
  const names = loaded.map((module) => /^(@[^/]+\/)?[^/]+/.exec(module)?.[0] ?? module);
  assert.deepEqual([...new Set(names)].sort(), Object.keys(dependencies).sort());
});

test('modules of Node.js are imported by their node: name', () => {
  const found = sources.flatMap((file) =>
    ts
      .preProcessFile(readFileSync(file, 'utf8'), true, true)
      .importedFiles.filter(
        ({ fileName }) => builtinModules.includes(fileName) && !fileName.startsWith('node:'),
      )
      .map(({ fileName }) => ({ file, module: fileName })),
  );
  assert.equal(found.length, 0, lines(found));
});

test('every rule speaks of folders and files that exist', () => {
  const named = [
    ...ALLOWED.flatMap(({ of, except = [] }) => [...of, ...except]),
    ...RESERVED.flatMap(({ by }) => by),
  ];
  const missing = named.filter((name) => !sources.some((file) => isUnder(file, [name])));
  assert.deepEqual([...new Set(missing)], [], 'a moved folder takes its rule along');
});

test('the reader of imports sees types, re-exports, import() and require()', () => {
  const text = `
    import type { A } from './a.js';
    import { b } from '../values/b.js';
    export * from 'yaml';
    // import 'commented';
    const c = await import('node:fs');
    const d = createRequire(import.meta.url)('koffi'); const e = require('netlink');`;
  assert.deepEqual(
    importedModules('src/api/x.ts', text).map(({ module }) => module),
    ['src/api/a.ts', 'src/values/b.ts', 'yaml', 'node:fs', 'netlink', 'koffi'],
  );
});

test('a rule finds the import that breaks it, and only that one', () => {
  const good = { file: 'src/values/prefix.ts', module: 'src/values/result.ts' };
  const bad = { file: 'src/values/prefix.ts', module: 'netlink/route' };
  const near = { file: 'src/values/prefix.ts', module: 'netlink-of-somebody' };
  const only = { of: ['src/values/'], only: ['src/values/'], because: '' };
  assert.deepEqual(strangers(only, [good, bad]), [bad]);
  const reserved = { modules: ['netlink'], by: ['src/node-agent/addresses/'], because: '' };
  assert.deepEqual(trespassers(reserved, [good, bad, near]), [bad]);
});
