import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LARGEST_FILE, readYamlFile } from '../../../src/node-agent/desired/yaml-file.js';
import { formatFinding } from '../../../src/node-agent/desired/located-finding.js';
import { document, vip } from './documents.js';

const read = (text: string | Uint8Array) =>
  readYamlFile({ name: 'vip.yaml', bytes: typeof text === 'string' ? new TextEncoder().encode(text) : text });

const problems = (text: string | Uint8Array): string[] => read(text).problems.map(formatFinding);
const names = (text: string): string[] =>
  read(text).virtualIPs.map(({ virtualIP }) => virtualIP.metadata.name);

const WEB = vip('web', '192.0.2.100/24', 51);
const DB = vip('db', '192.0.2.101/24', 52);

describe('a file', () => {
  it('may hold several documents, and empty ones between them', () => {
    assert.deepEqual(names(`# comment\n---\n${WEB}---\n---\n# nothing\n---\n${DB}...\n`), ['web', 'db']);
  });

  it('may hold a List', () => {
    const indented = WEB.replaceAll('\n', '\n    ').trimEnd();
    assert.deepEqual(names(`apiVersion: v1\nkind: List\nitems:\n  - ${indented}\n`), ['web']);
    assert.deepEqual(read('{apiVersion: v1, kind: List, items: []}'), {
      virtualIPs: [],
      problems: [],
      warnings: [],
    });
  });

  it('may be JSON', () => {
    const [found] = read(WEB).virtualIPs;
    assert.deepEqual(names(JSON.stringify(found?.written)), ['web']);
  });

  it('may share parts by anchors and merge keys', () => {
    const text = vip(
      'web',
      '192.0.2.100',
      51,
      'nodes:',
      '  - &a {name: a, interface: eth1}',
      '  - {<<: *a, name: b}',
    );
    const [found] = read(text).virtualIPs;
    assert.deepEqual(found?.virtualIP.spec.nodes?.[1], { name: 'b', interface: 'eth1' });
  });

  it('that is empty is refused, so that an editor caught in the act takes nothing away', () => {
    for (const text of ['', '\n', '# VirtualIPs\n', '---\n---\n'])
      assert.match(problems(text)[0] ?? '', /^vip.yaml:1:1: holds no VirtualIP \(to run none on purpose/);
  });

  it('that is too large is refused unread', () => {
    assert.match(problems('#'.repeat(LARGEST_FILE + 1))[0] ?? '', /^vip.yaml:1:1: is larger than 1 MiB/);
  });

  it('that is not UTF-8 is refused', () => {
    assert.match(problems(Uint8Array.of(0x61, 0xff, 0x62))[0] ?? '', /^vip.yaml:1:1: is not UTF-8 text/);
    assert.match(problems(Buffer.from(WEB, 'utf16le'))[0] ?? '', /^vip.yaml:1:/);
  });
});

describe('a problem', () => {
  it('stands at the value that is wrong', () => {
    const text = document('web', 'addresses:', '  - 192.0.2.100/24', '  - 192.0.2.300/24', 'vrid: 300');
    assert.deepEqual(
      read(text).problems.map(({ line, column, path }) => [line, column, path]),
      [
        [9, 9, 'spec.vrid'],
        [8, 7, 'spec.addresses[1]'],
      ],
    );
  });

  it('stands at what surrounds a missing field', () => {
    const [problem] = read(
      document('web', 'vrid: 51', 'track:', '  probes:', '    - tcpSocket: {}'),
    ).problems.slice(-1);
    assert.equal(problem?.path, 'spec.track.probes[0].tcpSocket.port');
    assert.deepEqual([problem.line, problem.column], [9, 9]);
  });

  it('stands in its own document', () => {
    const [problem] = read(`${WEB}---\n${vip('db', '192.0.2.101', 0)}`).problems;
    assert.deepEqual([problem?.line, problem?.path], [15, 'spec.vrid']);
  });

  it('stands in its own item of a List', () => {
    const items = [WEB, vip('db', '192.0.2.101', 0)].map(
      (text) => `  - ${text.replaceAll('\n', '\n    ').trimEnd()}\n`,
    );
    const [problem] = read(`apiVersion: v1\nkind: List\nitems:\n${items.join('')}`).problems;
    assert.deepEqual([problem?.line, problem?.path], [17, 'spec.vrid']);
  });

  it('does not hide the VirtualIPs beside it', () => {
    assert.deepEqual(names(`${vip('db', '192.0.2.101', 0)}---\n${WEB}`), ['web']);
  });
});

describe('an object that is not a VirtualIP', () => {
  it('is named by its kind', () => {
    assert.deepEqual(problems('apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n'), [
      'vip.yaml:2:7: kind: is "ConfigMap", and a standalone agent reads only VirtualIP (keep other objects in other files)',
      'vip.yaml:1:13: apiVersion: is "v1", and must be kube-vrrp.io/v1alpha1',
    ]);
    assert.match(problems(WEB.replace('VirtualIP', 'VirtualIp'))[0] ?? '', /did you mean VirtualIP\?/);
    assert.match(
      problems(WEB.replace('v1alpha1', 'v1'))[0] ?? '',
      /^vip.yaml:1:13: apiVersion: is "kube-vrrp.io\/v1"/,
    );
  });

  it('is told what to write when it has no kind', () => {
    assert.deepEqual(problems('{metadata: {name: web}, spec: {addresses: [192.0.2.1], vrid: 5}}'), [
      'vip.yaml:1:1: apiVersion: is required and missing (write apiVersion: kube-vrrp.io/v1alpha1)',
      'vip.yaml:1:1: kind: is required and missing (write kind: VirtualIP)',
    ]);
  });
});

describe('a text that is not YAML', () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['with a bracket left open', 'a: [1, 2\nb: 3\n', /^vip.yaml:2:1: is not YAML: Flow sequence/],
    ['indented by a tab', 'a:\n\tb: c\n', /^vip.yaml:2:1: is not YAML: Tabs are not allowed/],
    ['with a quote left open', 'a: "b\n', /^vip.yaml:2:1: is not YAML: Missing closing "quote/],
    ['with a key twice', 'a: 1\nb: 2\na: 3\n', /^vip.yaml:3:1: has the key "a" twice/],
    ['with an alias of nothing', 'a: *b\n', /^vip.yaml:1:1: cannot be read: Unresolved alias/],
    ['with an anchor in itself', 'a: &a [*a]\n', /^vip.yaml:1:1: cannot be read: /],
    ['of a version to come', '%YAML 3\n---\na: b\n', /^vip.yaml:1:7: is not YAML: Unsupported YAML version/],
  ];
  for (const [title, text, expected] of cases)
    it(`${title} is refused at the place`, () => {
      assert.match(problems(text)[0] ?? '', expected);
      assert.deepEqual(read(text).virtualIPs, []);
    });

  it('and is made to exhaust memory or stack is refused', () => {
    const laughs = Array.from({ length: 9 }, (_, level) => {
      const above = level === 0 ? 'ha' : `*l${String(level - 1)}`;
      return `l${String(level)}: &l${String(level)} [${Array(9).fill(above).join(', ')}]\n`;
    });
    assert.match(problems(laughs.join(''))[0] ?? '', /Excessive alias count/);
    assert.match(
      problems('['.repeat(100_000))[0] ?? '',
      /^vip.yaml:1:65: is nested more than 64 levels deep/,
    );
    assert.match(problems('- '.repeat(100_000))[0] ?? '', /is nested more than 64 levels deep/);
    assert.match(problems(`[${'1,'.repeat(400_000)}]`)[0] ?? '', /has too many parts/);
  });
});

describe('any text', () => {
  const consistent = (text: string): void => {
    const { virtualIPs, problems: found, warnings } = read(text);
    assert.ok(virtualIPs.length + found.length > 0 || /items/.test(text), 'neither accepted nor refused');
    const lineCount = text.split(/\r\n?|\n/).length;
    for (const { line, column, problem } of [...found, ...warnings]) {
      assert.ok(Number.isInteger(line) && line >= 1 && line <= lineCount + 1, `line ${String(line)}`);
      assert.ok(Number.isInteger(column) && column >= 1, `column ${String(column)}`);
      assert.match(problem, /\S/);
    }
  };

  it('is accepted or refused with a place', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), consistent));
  });

  it('made of the parts of YAML is accepted or refused with a place', () => {
    const part = fc.constantFrom(
      ...[
        '- ',
        ': ',
        '\n',
        '\n  ',
        '{',
        '}',
        '[',
        ']',
        ',',
        '&a ',
        '*a',
        '"',
        "'",
        '|\n',
        '>\n',
        '#',
        '---\n',
        '...\n',
        '? ',
      ],
      ...[
        '!t ',
        '%YAML 1.2\n',
        '<<: ',
        'spec',
        'name',
        'kind',
        '~',
        '.nan',
        '0x1',
        '\t',
        '\r',
        '\u0000',
        '\ufeff',
      ],
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => consistent(parts.join(''))),
      { numRuns: 1_000 },
    );
  });

  it('that was a good file before somebody slipped is accepted or refused with a place', () => {
    const good = `${WEB}---\n${DB}`;
    const slip = fc.tuple(fc.nat(good.length), fc.nat(20), fc.string({ maxLength: 5 }));
    fc.assert(
      fc.property(slip, ([at, removed, inserted]) =>
        consistent(good.slice(0, at) + inserted + good.slice(at + removed)),
      ),
      { numRuns: 1_000 },
    );
  });

  it('of random octets is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assert.ok(read(bytes).problems.length > 0);
      }),
    );
  });
});
