import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

/* The image, as far as its recipe tells; `make image` builds it, and the tests on a cluster run it. */

/** Instructions of the Dockerfile by stage, with lines that belong together joined. */
function stages(): readonly (readonly string[])[] {
  const instructions = readFileSync('Dockerfile', 'utf8')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const found: string[][] = [[]];
  for (const instruction of instructions) {
    if (instruction.startsWith('FROM ')) found.push([]);
    found.at(-1)?.push(instruction);
  }
  return found;
}

const last = (): readonly string[] => stages().at(-1) ?? [];

test('the image is made of official images of the Node.js that it promises', () => {
  assert.deepEqual(stages()[0], [
    'ARG BASE=docker.io/library/node:24-bookworm-slim',
    'ARG RUNTIME=docker.io/library/debian:bookworm-slim',
  ]);
});

test('nothing is run to make the last stage, so it holds no compiler, npm or package list', () => {
  assert.deepEqual(
    last().filter((instruction) => instruction.startsWith('RUN ')),
    [],
  );
  const copied = last().filter((instruction) => instruction.startsWith('COPY --from'));
  assert.deepEqual(copied, [
    'COPY --from=packages /usr/local/bin/node /usr/local/bin/node',
    'COPY --from=production /kube-vrrp/node_modules node_modules',
    'COPY --from=compiled /kube-vrrp/dist dist',
  ]);
});

test("the image's user is nobody, by number, so that a kubelet can tell", () => {
  assert.deepEqual(
    last().filter((instruction) => instruction.startsWith('USER ')),
    ['USER 65532:65532'],
  );
});

test('secrets are mounted, never copied or given as arguments', () => {
  for (const instruction of stages().flat())
    assert.doesNotMatch(instruction, /^(ENV|ARG) .*(token|password|npmrc|_auth|proxy)|COPY .*npmrc/i);
});

test('what is copied exists, and .dockerignore lets it in', () => {
  const letIn = readFileSync('.dockerignore', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  const sources = stages()
    .flat()
    .filter((instruction) => /^COPY (?!--from)/.test(instruction))
    .flatMap((instruction) => instruction.split(/\s+/).slice(1, -1));
  assert.deepEqual([...new Set(sources)].sort(), [...letIn].sort());
  for (const source of sources) assert.ok(existsSync(source), source);
});

const buildImage = (...argv: readonly string[]) =>
  spawnSync('scripts/build-image', argv, { encoding: 'utf8', timeout: 60_000 });

test('build-image explains itself, and what it does not understand', () => {
  const help = buildImage('--help');
  assert.equal(help.status, 0);
  for (const option of ['--output', '--tag', '--base', '--runtime']) assert.ok(help.stdout.includes(option));
  for (const [argv, complaint] of [
    [['--nope'], 'Unknown option: --nope; see scripts/build-image --help'],
    [['--tag'], '--tag needs a value; see scripts/build-image --help'],
    [['--tag', 'registry.example.com:5000/kube-vrrp'], /names no version: write registry/],
    [['--base', 'node:24'], /^--base and --runtime go together/],
  ] as const) {
    const { status, stderr } = buildImage(...argv);
    assert.equal(status, 2);
    if (typeof complaint === 'string') assert.equal(stderr.trim(), complaint);
    else assert.match(stderr, complaint);
  }
});
