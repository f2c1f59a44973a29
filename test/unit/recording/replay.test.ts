import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Finding, Replay } from '../../../src/node-agent/recording/replay.js';
import { recorded, takeover } from './recorded-router.fixture.js';
import { routerConfig } from '../../support/router-config.js';

function replayed(lines: readonly string[]): readonly Finding[] {
  const replay = new Replay();
  return lines.flatMap((line) => replay.feed(line));
}

const stepsOf = (findings: readonly Finding[]) => findings.filter((finding) => finding.kind === 'step');
const differing = (findings: readonly Finding[]) =>
  stepsOf(findings).filter(({ differences }) => differences.length > 0);

type Editable = { effects: unknown[]; after: { activeDownAt: number }; event: { kind: string } };

/** The lines, with the JSON of one of them edited. */
function edited(lines: readonly string[], index: number, edit: (line: Editable) => void): string[] {
  return lines.map((text, at) => {
    if (at !== index) return text;
    const line = JSON.parse(text) as Editable;
    edit(line);
    return JSON.stringify(line);
  });
}

describe('the replay of a recording', () => {
  it('finds every step as it was recorded when the program is the same', () => {
    const findings = replayed(recorded().lines);
    assert.deepEqual(
      findings.map(({ kind }) => kind),
      ['recording', 'router', ...takeover.map(() => 'step')],
    );
    assert.deepEqual(differing(findings), []);
  });

  it('goes through all the states, so that agreement means something', () => {
    const names = stepsOf(replayed(recorded().lines)).map(({ line }) => line.after.name);
    assert.deepEqual(new Set(names), new Set(['Backup', 'Active']));
  });

  it('agrees with any password, although the recording has only its mask', () => {
    const secret = routerConfig({ version: 2, authentication: { type: 'Password', password: 's3cret' } });
    assert.deepEqual(differing(replayed(recorded(takeover, secret).lines)), []);
  });

  it('names an effect that is missing now, by line and path', () => {
    const lines = edited(recorded().lines, 5, (line) => {
      line.effects.push({ kind: 'releaseAddresses' });
    });
    const [found, ...more] = differing(replayed(lines));
    assert.deepEqual(more, []);
    assert.equal(found?.lineNumber, 6);
    assert.deepEqual(
      found.differences.map(({ path, now }) => [path, now]),
      [[`effects[${String(found.line.effects.length - 1)}]`, undefined]],
    );
  });

  it('notices a deadline that is off by a microsecond, and does not blame the steps after it', () => {
    const lines = edited(recorded().lines, 3, (line) => {
      line.after.activeDownAt += 1;
    });
    const found = differing(replayed(lines));
    assert.deepEqual(
      found.map(({ lineNumber, differences }) => [lineNumber, differences.map(({ path }) => path)]),
      [[4, ['after.activeDownAt']]],
    );
  });

  it('names the line that cannot be read, and how many lines it stands for', () => {
    const lines = [...recorded().lines];
    lines[4] = lines[4]?.slice(0, 40) ?? '';
    const found = replayed(lines).filter(({ kind }) => kind === 'corrupt' || kind === 'gap');
    assert.deepEqual(found, [
      { kind: 'corrupt', lineNumber: 5, problem: 'not a JSON object' },
      { kind: 'gap', lineNumber: 6, missing: 1 },
    ]);
  });

  it('takes up the thread after lost lines where the next recorded state allows it', () => {
    const lines = recorded().lines.filter((_, index) => index !== 4 && index !== 5);
    const findings = replayed(lines);
    assert.deepEqual(
      findings.filter(({ kind }) => kind === 'gap'),
      [{ kind: 'gap', lineNumber: 5, missing: 2 }],
    );
    const wrong = differing(findings).map(({ lineNumber }) => lineNumber);
    assert.ok(
      wrong.every((lineNumber) => lineNumber === 5),
      String(wrong),
    );
  });

  it('reads several recordings in one file, each with its own numbers and routers', () => {
    const { lines } = recorded();
    const findings = replayed([...lines, ...lines]);
    assert.equal(findings.filter(({ kind }) => kind === 'recording').length, 2);
    assert.equal(stepsOf(findings).length, 2 * takeover.length);
    assert.deepEqual(differing(findings), []);
    assert.ok(findings.every(({ kind }) => kind !== 'gap' && kind !== 'corrupt'));
  });

  it('refuses lines before a header, routers that were not introduced, other formats and other versions', () => {
    const [header = '', router = '', step = ''] = recorded().lines;
    const problems = (lines: readonly string[]): readonly string[] =>
      replayed(lines).flatMap((finding) => (finding.kind === 'corrupt' ? [finding.problem] : []));
    assert.deepEqual(problems([router]), ['the header of the recording is missing before it']);
    assert.deepEqual(problems([header, step]), ['no "router" line for web/IPv4 before it']);
    assert.deepEqual(problems(['{"format":"pcap"}']), ['not a recording of kube-vrrp but "pcap"']);
    assert.deepEqual(problems([header.replace('"version":1', '"version":2')]), [
      'version 2 of the format; this program reads version 1',
    ]);
  });

  it('reports an event that this program does not know as a difference', () => {
    const lines = edited(recorded().lines, 3, (line) => {
      line.event.kind = 'sunspot';
    });
    const [found] = differing(replayed(lines));
    assert.deepEqual(
      found?.differences.find(({ path }) => path === 'error'),
      { path: 'error', recorded: undefined, now: 'unknown event sunspot' },
    );
  });

  it('throws at no line, whatever is in it', () => {
    const { lines } = recorded();
    const value = fc.oneof(fc.json(), fc.string(), fc.constantFrom(...lines));
    const mangled = fc
      .tuple(fc.constantFrom(...lines), fc.nat(), fc.nat(), fc.string())
      .map(([line, from, length, text]) => {
        const start = from % line.length;
        return line.slice(0, start) + text + line.slice(start + (length % 20));
      });
    fc.assert(
      fc.property(fc.array(fc.oneof(value, mangled)), (some) => {
        for (const finding of replayed([...lines.slice(0, 3), ...some])) assert.ok(finding.lineNumber > 0);
      }),
    );
  });
});
