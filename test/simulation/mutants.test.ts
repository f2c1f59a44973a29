import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Tally } from '../../simulation/explore.js';
import type { Property } from '../../simulation/properties/violation.js';

/*
 * A simulator that never fails proves nothing. So the product is broken on purpose, one line at a time, and the simulator has to notice
 * within few seeds, by the property that the line is there for.
 */

type Mutant = Readonly<{
  title: string;
  file: string;
  /** What the file says, exactly once, and what it says then. */
  from: string;
  to: string;
  /** One of these is violated first. */
  found: readonly Property[];
}>;

const VRRP = 'src/node-agent/vrrp';
const ENGINE = 'src/node-agent/engine';

const MUTANTS: readonly Mutant[] = [
  {
    title: 'addresses that are never released',
    file: `${ENGINE}/held-addresses.ts`,
    from: 'await this.table.release(index, unwanted);',
    to: 'await Promise.resolve(unwanted);',
    found: ['heldInBackup', 'twoHolders', 'oneHolder'],
  },
  {
    title: 'a Skew_Time that favours the worst',
    file: `${VRRP}/timing.ts`,
    from: '((256 - priority) * unit) / 256',
    to: '(priority * unit) / 256',
    found: ['bestFirst', 'noGap'],
  },
  {
    title: 'a comparison of priorities the other way round',
    file: `${VRRP}/active.ts`,
    from: 'if (advert.priority > state.priority) return displaced',
    to: 'if (advert.priority < state.priority) return displaced',
    found: ['noFalseTakeover', 'oneHolder', 'noGap', 'twoHolders', 'stillness', 'bestFirst'],
  },
  {
    title: 'a lease that lasts for ever',
    file: 'src/node-agent/addresses/lease.ts',
    from: 'seconds: Math.max(1,',
    to: 'seconds: 9_999 * Math.max(1,',
    found: ['leaseEnds', 'successorAlone', 'oneHolder'],
  },
  {
    title: 'a Backup whose timer runs on although it hears the Active router',
    file: `${VRRP}/backup.ts`,
    from: 'advert.priority >= state.priority || !preempts(state)\n      ? accept(',
    to: 'advert.priority > 254 || !preempts(state)\n      ? accept(',
    found: ['noFalseTakeover', 'stillness'],
  },
  {
    title: 'a router that resigns and is gone at once',
    file: `${VRRP}/active.ts`,
    from: 'event.handover ? config.handover : null',
    to: 'event.handover ? null : null',
    found: ['noGap'],
  },
  {
    title: 'a Backup that takes a resignation for any advert',
    file: `${VRRP}/backup.ts`,
    from: 'const activeDownAt = after(now, skew);',
    to: 'const activeDownAt = after(now, (9 * skew) as Micros);',
    found: ['noGap', 'bestFirst', 'noFalseTakeover'],
  },
  {
    title: 'routers of equal priority that both stay Active',
    file: `${VRRP}/active.ts`,
    from: 'compareAddresses(sender, source) > 0;',
    to: 'compareAddresses(sender, source) > 9_999;',
    found: ['twoHolders', 'noStorm', 'oneHolder'],
  },
  {
    title: 'a receiver that takes what a router has forwarded',
    file: `${VRRP}/receive.ts`,
    from: 'return hopLimit === VRRP_HOP_LIMIT;',
    to: 'return hopLimit > 0;',
    found: ['noGap', 'noFalseTakeover', 'stillness', 'oneHolder'],
  },
  {
    title: 'a Backup that follows a preempting delay for ever',
    file: `${VRRP}/backup.ts`,
    from: 'if (now < preemptAt) return accept',
    to: 'if (preemptAt > 0) return accept',
    found: ['oneHolder', 'stillness'],
  },
  {
    title: 'a planned move that sends the neighbours to an address before it answers',
    file: `${ENGINE}/virtual-router.ts`,
    from: "state.takeover === 'activeDown' && state.active !== null;",
    to: "state.takeover !== 'activeDown';",
    found: ['neighbours'],
  },
  {
    title: 'a router that gives way after a partition, and leaves the neighbours with it',
    file: `${VRRP}/active.ts`,
    from: 'step(backup, ...effects) : step(backup, sendAdvert(state), ...effects);',
    to: 'step(backup, ...effects) : step(backup, ...effects);',
    found: ['neighbours'],
  },
  {
    title: 'a Backup that concludes from silence before it has read what waits',
    file: `${ENGINE}/engine.ts`,
    from: '      this.#hearAll();\n',
    to: '      void 0;\n',
    found: ['noFalseTakeover', 'stillness', 'bestFirst'],
  },
  {
    title: 'an Active router that lets adverts wait',
    file: `${VRRP}/router.ts`,
    from: "state.name !== 'Active' && state.answering === null;",
    to: 'state.answering === null;',
    found: ['bestFirst', 'twoHolders', 'noStorm', 'oneHolder'],
  },
];

const PORTION = 50;
const FEW = 1_000;

for (const { title, file, from, to, found } of MUTANTS)
  test(`the simulator notices ${title}`, async (t) => {
    mkdirSync('build/mutants', { recursive: true });
    const folder = mkdtempSync('build/mutants/');
    t.after(() => {
      rmSync(folder, { recursive: true });
    });
    for (const part of ['src', 'simulation']) cpSync(part, join(folder, part), { recursive: true });
    const before = readFileSync(join(folder, file), 'utf8');
    assert.equal(before.split(from).length, 2, `${file} says once: ${from}`);
    writeFileSync(join(folder, file), before.replace(from, to));

    const worker = fork(join(folder, 'simulation/worker.ts'), { execArgv: ['--import', 'tsx'] });
    t.after(() => {
      worker.disconnect();
    });
    const first = await firstFailure(worker);
    t.diagnostic(`seed ${String(first?.seed)}: ${String(first?.violation.property)}`);
    assert.ok(first !== null, `not within ${String(FEW)} seeds`);
    assert.ok(
      found.includes(first.violation.property),
      `${first.violation.property}: ${first.violation.seen}`,
    );
  });

async function firstFailure(worker: ChildProcess): Promise<Tally['failures'][number] | null> {
  for (let seed = 1; seed <= FEW; seed += PORTION) {
    const answered = once(worker, 'message');
    worker.send({ from: seed, to: seed + PORTION });
    const [tally] = (await answered) as [Tally];
    const [first] = tally.failures;
    if (first !== undefined) return first;
  }
  return null;
}
