import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/*
 * Runs on the client: fetches a page again and again, each time over a new connection, and writes one line per try: the
 * page, or nothing when there was no answer in time.
 */

const PATIENCE = 200;
const PAUSE = 25;

/** The page at `url`; null when it did not come within {@link PATIENCE} milliseconds. */
function ask(url: string): Promise<string | null> {
  return new Promise((resolve) => {
    let page = '';
    const asked = request(url, { agent: false, signal: AbortSignal.timeout(PATIENCE) }, (response) => {
      response
        .setEncoding('utf8')
        .on('data', (text: string) => (page += text))
        .on('end', () => {
          resolve(page.trim());
        });
    });
    asked.on('error', () => {
      resolve(null);
    });
    asked.end();
  });
}

const url = process.argv[2] ?? '';
for (;;) {
  const page = await ask(url);
  process.stdout.write(`${page ?? ''}\n`);
  await sleep(PAUSE);
}
