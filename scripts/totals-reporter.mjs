/**
 * A reporter for node's test runner that writes nothing but its closing counts and the failed tests, as JSON:
 * `{"counts":{"tests":2,"pass":1,"fail":1,…},"failures":["test/unit/a.test.ts: a title"]}`.
 *
 * @param {AsyncIterable<{ type: string, data: { nesting?: number, message?: string, name?: string, file?: string,
 *   details?: { type?: string } } }>} events
 */
export default async function* totals(events) {
  /** @type {Record<string, number>} */
  const counts = {};
  /** @type {string[]} */
  const failures = [];
  for await (const { type, data } of events) {
    if (type === 'test:diagnostic' && data.nesting === 0) {
      const line = /^(tests|pass|fail|cancelled|skipped|todo) (\d+)$/.exec(data.message ?? '');
      if (line?.[1] !== undefined) counts[line[1]] = Number(line[2]);
    }
    // A suite fails because its tests do.
    if (type === 'test:fail' && data.details?.type !== 'suite') {
      const file = (data.file ?? '').replace(`${process.cwd()}/`, '');
      failures.push(data.name === data.file ? file : `${file}: ${data.name ?? ''}`);
    }
  }
  yield JSON.stringify({ counts, failures });
}
