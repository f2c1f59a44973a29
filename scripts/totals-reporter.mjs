/**
 * A reporter for node's test runner that writes nothing but its closing counts, as JSON: `{"tests":2,"pass":2,…}`.
 * @param {AsyncIterable<{ type: string, data: { nesting?: number, message?: string } }>} events
 */
export default async function* totals(events) {
  /** @type {Record<string, number>} */
  const counts = {};
  for await (const { type, data } of events) {
    if (type !== 'test:diagnostic' || data.nesting !== 0) continue;
    const line = /^(tests|pass|fail|cancelled|skipped|todo) (\d+)$/.exec(data.message ?? '');
    if (line?.[1] !== undefined) counts[line[1]] = Number(line[2]);
  }
  yield JSON.stringify(counts);
}
