import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { validate } from '../../../src/cli/validate.js';
import { vip } from '../desired/documents.js';

let directory = '';

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'kube-vrrp-validate-'));
});

after(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** The path of a new file with this text. */
function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const answer = (files: readonly string[], nodeName: string | null = null, standardInput = '') => {
  const { status, text } = validate({
    files,
    nodeName,
    standardInput: new TextEncoder().encode(standardInput),
  });
  return { status, text: text.replaceAll(`${directory}/`, '') };
};

describe('kube-vrrp validate', () => {
  it('counts what is valid', () => {
    const one = file('one.yaml', vip('web', '192.0.2.100/24', 51));
    const two = file(
      'two.yaml',
      `${vip('db', '192.0.2.101/24', 52)}---\n${vip('dns', '192.0.2.102/24', 53)}`,
    );
    assert.deepEqual(answer([one, two]), {
      status: 0,
      text: 'one.yaml: 1 VirtualIP valid\ntwo.yaml: 2 VirtualIPs valid\n',
    });
  });

  it('names every problem and warning with its place, and exits with 1', () => {
    const path = file('bad.yaml', vip('web', '"2001:db8::100"', 300, 'prority: 5'));
    assert.deepEqual(answer([path], 'edge-1'), {
      status: 1,
      text: [
        'bad.yaml:7:9: spec.vrid: must be a whole number from 1 to 255, is 300',
        'bad.yaml:8:12: spec.prority: is not a field that exists (did you mean priority?)',
        'bad.yaml:6:15: spec.addresses[0]: warning: is the first IPv6 address and not a link-local one, which RFC 9568 ' +
          '§5.2.9 asks for; keepalived and FRR accept it (put a link-local address such as fe80::100/64 before it if a ' +
          'router on the segment is strict)',
        'bad.yaml: 2 problems',
        '',
      ].join('\n'),
    });
  });

  it('sees conflicts between files', () => {
    const one = file('one.yaml', vip('web', '192.0.2.100/24', 51));
    const two = file('two.yaml', vip('db', '192.0.2.101/24', 51));
    const { status, text } = answer([one, two]);
    assert.equal(status, 1);
    assert.match(
      text,
      /^two.yaml:7:9: spec.vrid: 51 is the VRID of web \(.*one.yaml:4\) on the interface of their subnet/,
    );
  });

  it('exits with 2 when a file cannot be read, and judges the others all the same', () => {
    const bad = file('bad.yaml', vip('web', '192.0.2.100', 0));
    const { status, text } = answer([join(directory, 'missing.yaml'), bad, directory]);
    assert.equal(status, 2);
    assert.match(text, /^missing.yaml:1:1: does not exist$/m);
    assert.match(text, /^bad.yaml:7:9: spec.vrid: /m);
    assert.match(text, /:1:1: is a directory; name the files in it$/m);
  });

  it('reads the standard input', () => {
    assert.deepEqual(answer(['-'], null, vip('web', '192.0.2.100', 51)), {
      status: 0,
      text: '-: 1 VirtualIP valid\n',
    });
    assert.equal(answer(['-'], null, 'spec: [').status, 1);
  });

  it('counts a file that is named twice once', () => {
    const one = file('one.yaml', vip('web', '192.0.2.100/24', 51));
    assert.deepEqual(answer([one, one]), { status: 0, text: 'one.yaml: 1 VirtualIP valid\n' });
  });

  it('tells what a node would run', () => {
    const path = file(
      'one.yaml',
      vip(
        'web',
        '192.0.2.100/24',
        51,
        'advertisementInterval: 100ms',
        'nodes: [{name: edge-1, priority: 254, interface: bond0}]',
        'track: {probes: [{httpGet: {port: 80}, weight: -100}, {tcpSocket: {port: 53}}]}',
      ),
    );
    assert.equal(
      answer([path], 'edge-1').text,
      [
        'one.yaml: 1 VirtualIP valid',
        'edge-1 would run 1 virtual router and 2 probes:',
        '  web/IPv4: VRID 51, priority 254, VRRPv3 every 100ms, on bond0, multicast, 192.0.2.100/24',
        '  probe web/http://127.0.0.1:80/: every 1s, timeout 500ms, weight -100',
        '  probe web/tcp://127.0.0.1:53: every 1s, timeout 500ms, leaves the election while it fails',
        '',
      ].join('\n'),
    );
  });

  it('never prints a password', () => {
    const secret = 'authentication: {type: Password, password: s3cret-x}';
    const path = file('one.yaml', vip('web', '192.0.2.100/24', 51, 'vrrpVersion: 2', secret));
    assert.equal(answer([path], 'edge-1').status, 0);
    assert.ok(!answer([path], 'edge-1').text.includes('s3cret-x'));
  });

  it('is a command of the program, with these exit statuses', () => {
    const run = (input: string, ...args: string[]) => {
      const { status, stdout } = spawnSync(
        process.execPath,
        ['--import', 'tsx', 'src/cli/main.ts', 'validate', ...args],
        { input, encoding: 'utf8' },
      );
      return [status, stdout];
    };
    assert.deepEqual(run(vip('web', '192.0.2.100', 51), '-'), [0, '-: 1 VirtualIP valid\n']);
    assert.equal(run('spec: [', '-')[0], 1);
    assert.equal(run('', join(directory, 'missing.yaml'))[0], 2);
  });
});

describe('the examples for standalone agents', () => {
  const examples = readdirSync('examples/standalone');

  it('are those that the documentation speaks of', () => {
    assert.deepEqual(examples, [
      'vip-dual-stack.yaml',
      'vip-full.yaml',
      'vip-unicast.yaml',
      'vip-v2-password.yaml',
      'vip.yaml',
    ]);
  });

  for (const name of examples)
    it(`${name} is valid without a warning`, () => {
      assert.deepEqual(
        validate({ files: [`examples/standalone/${name}`], nodeName: null, standardInput: new Uint8Array() }),
        {
          status: 0,
          text: `examples/standalone/${name}: 1 VirtualIP valid\n`,
        },
      );
    });

  it('in full shows every field that a standalone agent uses', async () => {
    const { specSchema } = await import('../../../src/api/v1alpha1/schema/spec-schema.js');
    const text = readFileSync('examples/standalone/vip-full.yaml', 'utf8');
    const elsewhere = ['nodeSelector', 'authentication', 'onCordon'];
    for (const field of Object.keys(specSchema.properties))
      assert.equal(new RegExp(`^  ${field}:`, 'm').test(text), !elsewhere.includes(field), field);
  });
});
