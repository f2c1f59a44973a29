import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KubeApiError } from '../../../../src/platform/kube/ports.js';
import { WatchLines, parseWatchEvent } from '../../../../src/platform/kube/watch-lines.js';

const isError = (reason: string, status: number) => (error: unknown) =>
  error instanceof KubeApiError && error.reason === reason && error.status === status;

test('however the bytes of a watch are cut, the same events come out', () => {
  const object = fc.record({
    name: fc.string({ minLength: 1, unit: 'binary' }),
    note: fc.string({ unit: 'grapheme' }),
  });
  fc.assert(
    fc.property(fc.array(object), fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (objects, sizes) => {
      const events = objects.map(({ name, note }) => ({
        type: 'MODIFIED',
        object: { metadata: { name, resourceVersion: '1' }, note },
      }));
      const bytes = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
      const lines = new WatchLines();
      const parsed = [];
      for (let from = 0; from < bytes.length;) {
        const size = sizes.next().value as number;
        parsed.push(...lines.add(bytes.subarray(from, from + size)).map(parseWatchEvent));
        from += size;
      }
      // JSON has no lone surrogates, UTF-8 neither.
      assert.deepEqual(parsed, JSON.parse(Buffer.from(JSON.stringify(events)).toString()));
      assert.equal(lines.isWithinLine, false);
    }),
  );
});

test('a line that has begun is known not to have ended', () => {
  const lines = new WatchLines();
  assert.deepEqual(lines.add(Buffer.from('{"type":"BOOK')), []);
  assert.equal(lines.isWithinLine, true);
  assert.deepEqual(lines.add(Buffer.from('MARK"}\r\n\n')), ['{"type":"BOOKMARK"}\r']);
  assert.equal(lines.isWithinLine, false);
});

test('a line that never ends does not fill the memory', () => {
  const lines = new WatchLines();
  const megabytes = Buffer.alloc(16 * 1024 * 1024, 'x');
  lines.add(megabytes);
  lines.add(megabytes);
  assert.throws(() => lines.add(Buffer.from('x')), isError('Malformed', 0));
});

test('whatever a line says, it is an event or a named error', () => {
  const anything = fc.oneof(
    fc.string(),
    fc.json(),
    fc.json().map((object) => `{"type":"ADDED","object":${object}}`),
  );
  fc.assert(
    fc.property(anything, (line) => {
      try {
        assert.ok(parseWatchEvent(line).type);
      } catch (error) {
        assert.ok(error instanceof KubeApiError, String(error));
      }
    }),
  );
});

test('an object without a name or a version is no event', () => {
  for (const line of [
    '{"type":"ADDED","object":{"metadata":{"name":"a"}}}',
    '{"type":"ADDED","object":{"metadata":{"resourceVersion":"1"}}}',
    '{"type":"ADDED","object":null}',
    '{"type":"RENAMED","object":{"metadata":{"name":"a","resourceVersion":"1"}}}',
    '{"type":"BOOKMARK","object":{"metadata":{}}}',
    'null',
    '[]',
    '{',
  ])
    assert.throws(() => parseWatchEvent(line), isError('Malformed', 0), line);
});

test('a line that cannot be read is not repeated in the error: it may be a piece of a Secret', () => {
  assert.throws(
    () => parseWatchEvent('{"data":{"password":"hunter2"'),
    (error: unknown) => !String(error).includes('hunter2'),
  );
});

test('the error that a watch reports keeps its reason', () => {
  const line = (status: object): string =>
    JSON.stringify({ type: 'ERROR', object: { kind: 'Status', ...status } });
  assert.throws(
    () => parseWatchEvent(line({ code: 410, reason: 'Gone', message: 'too old resource version: 1 (7)' })),
    isError('Expired', 410),
  );
  assert.throws(() => parseWatchEvent(line({ code: 410, reason: 'Expired' })), isError('Expired', 410));
  assert.throws(
    () => parseWatchEvent(line({ code: 500, reason: 'InternalError' })),
    isError('InternalError', 500),
  );
  assert.throws(() => parseWatchEvent(line({})), isError('InternalError', 500));
});
