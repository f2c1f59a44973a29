import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** What a deterministic core may not touch: time, chance and the process come in as arguments (docs/architecture.md). */
const ambient = [
  ['Date', 'the time is an argument'],
  ['performance', 'the time is an argument'],
  ['setTimeout', 'a deadline is part of the state'],
  ['setInterval', 'a deadline is part of the state'],
  ['setImmediate', 'a deadline is part of the state'],
  ['queueMicrotask', 'the core is synchronous'],
  ['fetch', 'I/O is an effect, carried out by the engine'],
  ['process', 'I/O is an effect, carried out by the engine'],
  ['console', 'what happened is an effect, logged by the engine'],
  ['crypto', 'the core is deterministic'],
];

export default defineConfig(
  globalIgnores(['dist/', 'dist.new/', 'dist.old/', 'build/', 'coverage/', '.cache/', 'node_modules/']),
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Taste as numbers. A function beyond them is split, or says why not beside a disable comment.
      complexity: ['error', 12],
      'max-depth': ['error', 3],
      'max-params': ['error', 5],
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
      'no-param-reassign': 'error',
      'object-shorthand': 'error',
      'prefer-template': 'error',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/consistent-type-definitions': 'off', // unions are types, ports are interfaces
      '@typescript-eslint/no-redundant-type-constituents': 'off', // `Priority | 0` tells more than `number`
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      // A callback in one expression may return what it calls, void or not.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A literal `true` in a loop that ends by `return` is the plainest way to say so.
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
    },
  },
  {
    files: ['src/node-agent/vrrp/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...ambient.map(([name, message]) => ({ name, message: `${message}.` })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'The core is deterministic.' },
      ],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^(?!\\.)', message: 'The core imports values/ and itself, no packages, no node:*.' },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'lab/**/*.ts', 'demo/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // node:test's test() and describe() return promises that the runner awaits.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              package: 'node:test',
              name: ['test', 'it', 'describe', 'suite', 'before', 'after', 'beforeEach', 'afterEach'],
            },
          ],
        },
      ],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'max-lines': 'off',
      'max-params': 'off',
    },
  },
  {
    // These run as they are, without a compiler.
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly' } },
  },
);
