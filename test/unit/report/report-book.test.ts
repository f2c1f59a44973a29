import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import type { Report } from '../../../src/node-agent/report/member-status.js';
import { type Errand, type Outcome, ReportBook } from '../../../src/node-agent/report/report-book.js';

const report = (state: Report['state'], changes: Partial<Report> = {}): Report => ({
  node: 'edge-1',
  state,
  because: 'startup',
  since: `since ${state}`,
  ...(state === 'Backup' && { active: { source: '192.0.2.9', priority: 200 } }),
  ...changes,
});
/** Has begun as Backup, and has heard nobody yet. */
const undecided = (changes: Partial<Report> = {}): Report => {
  const { active: _, ...rest } = report('Backup', changes);
  return rest;
};

const PERIOD = 10_000;

describe('the book of reports', () => {
  let book: ReportBook;
  let now: number;
  /** What was written, and when. */
  let written: string[];
  let outcome: Outcome;
  beforeEach(() => {
    book = new ReportBook(() => 1);
    now = 0;
    written = [];
    outcome = 'written';
  });

  const cover = (...names: readonly string[]): void => coverAfter(0, ...names);
  /** With so many milliseconds before the first word about them. */
  const coverAfter = (silence: number, ...names: readonly string[]): void =>
    book.cover(new Map(names.map((name) => [name, silence])), PERIOD, now);
  const line = ({ name, report: sent }: Errand): string =>
    `${String(now)} ${name} ${sent === null ? 'gone' : `${sent.state}${sent.priority === undefined ? '' : ` ${String(sent.priority)}`}`}`;
  /** Lets time pass; what is due is answered at once. */
  function passTo(time: number, retryAfter: number | null = null): void {
    for (let wake = book.wakeAt; wake !== null && wake <= time; wake = book.wakeAt) {
      now = Math.max(now, wake);
      const errands = book.take(now);
      assert.ok(errands.length > 0, `it woke at ${String(now)} for nothing`);
      for (const errand of errands) {
        written.push(line(errand));
        book.done(errand, outcome, now, retryAfter);
      }
    }
    now = time;
  }
  const news = (): readonly string[] => written.splice(0);

  it('writes who becomes Active almost at once, and who hands over after that', () => {
    cover('web');
    book.report('web', report('Backup'), now);
    passTo(1_000);
    assert.deepEqual(news(), ['100 web Backup']);
    book.report('web', report('Active'), now);
    passTo(1_050);
    assert.deepEqual(news(), ['1020 web Active']);
    book.report('web', report('Backup', { since: 'later' }), now);
    passTo(2_000);
    assert.deepEqual(news(), ['1150 web Backup']);
  });

  it('says first of a router that has just begun who is Active, not that nobody is known to be', () => {
    cover('web', 'mail', 'news');
    for (const name of ['web', 'mail', 'news']) book.report(name, undecided(), now);
    passTo(1_000);
    book.report('web', undecided({ priority: 90 }), now);
    passTo(2_000);
    assert.deepEqual(news(), []);
    book.report('web', report('Backup'), now);
    passTo(3_000);
    assert.deepEqual(news(), ['2100 web Backup']);
    book.report('mail', report('Active'), now);
    passTo(5_000);
    assert.deepEqual(news(), ['3020 mail Active', '4000 news Backup']);
  });

  it('tells at once what is wrong with a router that has just begun, and that one is not Active any more', () => {
    cover('web', 'mail');
    book.report('web', undecided(), now);
    book.report('web', undecided({ failing: ['uplink'] }), now);
    book.report('mail', report('Active'), now);
    passTo(1_000);
    book.report('mail', undecided({ since: 'later' }), now);
    passTo(2_000);
    assert.deepEqual(news(), ['20 mail Active', '100 web Backup', '1100 mail Backup']);
  });

  it('writes changes that come together once, as the last of them has it', () => {
    cover('web');
    for (const priority of [100, 90, 80]) book.report('web', report('Backup', { priority }), now);
    passTo(1_000);
    assert.deepEqual(news(), ['100 web Backup 80']);
  });

  it('writes an entry once a second at most while its state stays', () => {
    cover('web');
    for (let at = 0; at < 3_000; at += 10) {
      passTo(at);
      book.report('web', report('Backup', { priority: 1 + (at % 250) }), now);
    }
    assert.deepEqual(
      news().map((text) => text.split(' ')[0]),
      ['100', '1100', '2100'],
    );
  });

  it('writes nothing when nothing has changed but time, except for one heartbeat in a period, the oldest entry first', () => {
    cover('a', 'b');
    book.report('a', report('Backup'), now);
    passTo(1_000);
    book.report('b', report('Backup'), now);
    passTo(2_000);
    news();
    for (let at = 2_000; at < 4 * PERIOD; at += 1_000) {
      passTo(at);
      for (const name of ['a', 'b']) book.report(name, report('Backup'), now);
    }
    const first = 1_100 + PERIOD;
    assert.deepEqual(news(), [
      `${String(first)} a Backup`,
      `${String(first + PERIOD)} b Backup`,
      `${String(first + 2 * PERIOD)} a Backup`,
    ]);
  });

  it('needs no heartbeat while changes are written', () => {
    cover('a', 'b');
    book.report('b', report('Backup'), now);
    for (let at = 0; at < 3 * PERIOD; at += PERIOD / 2) {
      passTo(at);
      book.report('a', report('Backup', { priority: 1 + at / 1_000 }), now);
    }
    assert.deepEqual(news().filter((text) => text.includes(' b ')).length, 1);
  });

  it('goes on with its heartbeats while the server refuses one of the entries', () => {
    cover('bad', 'good');
    book.report('bad', report('Backup'), now);
    book.report('good', report('Backup'), now);
    const heard: number[] = [];
    for (let wake = book.wakeAt; wake !== null && wake <= 10 * PERIOD; wake = book.wakeAt) {
      now = Math.max(now, wake);
      for (const errand of book.take(now)) {
        if (errand.name === 'good') heard.push(now);
        book.done(errand, errand.name === 'bad' ? 'refused' : 'written', now);
      }
    }
    assert.deepEqual(
      heard,
      Array.from({ length: 10 }, (_, index) => 100 + index * PERIOD),
    );
  });

  it('asks again when the server does not know an object that is still there for us, as one that has just started', () => {
    cover('web', 'mail');
    outcome = 'gone';
    book.report('web', report('Active'), now);
    book.report('mail', report('Backup'), now);
    passTo(500);
    outcome = 'written';
    news();
    passTo(PERIOD / 2);
    assert.deepEqual(news(), ['1020 web Active', '1100 mail Backup']);
  });

  it('does not wake for what has to wait until a write is answered', () => {
    const wakeAt = (): number | null => book.wakeAt;
    const names = Array.from({ length: 20 }, (_, index) => `router-${String(index)}`);
    cover(...names);
    for (const name of names) book.report(name, report('Backup'), now);
    now = 200;
    const sent = book.take(now);
    assert.ok(sent.length > 0 && sent.length < names.length);
    assert.equal(wakeAt(), null);
    const [first, ...others] = sent;
    assert.ok(first !== undefined);
    book.done(first, 'away', now);
    for (const errand of others) book.done(errand, 'away', now);
    now = wakeAt() ?? Infinity;
    assert.equal(book.take(now).length, 1);
    assert.equal(wakeAt(), null);
  });

  it('repeats an entry on demand, once a second at most', () => {
    cover('web');
    book.report('web', report('Active'), now);
    passTo(500);
    news();
    for (let time = 0; time < 10; time++) book.repeat('web', now);
    passTo(1_500);
    assert.deepEqual(news(), ['1020 web Active']);
  });

  it('takes its entry out of what it has no part in any more, and forgets it', () => {
    cover('a', 'b');
    book.report('a', report('Backup'), now);
    passTo(500);
    news();
    cover('b');
    book.report('a', report('Active'), now);
    passTo(1_000);
    assert.deepEqual(news(), ['500 a gone']);
    assert.equal(book.wakeAt, null);
  });

  it('writes its entry again when it has a part again before the old one is taken out', () => {
    cover('a');
    book.report('a', report('Backup'), now);
    passTo(500);
    news();
    cover();
    cover('a');
    book.report('a', report('Backup'), now);
    passTo(1_000);
    assert.deepEqual(news(), ['600 a Backup']);
  });

  it('gives up on taking out an entry that the server insists on', () => {
    cover('a');
    book.report('a', report('Backup'), now);
    passTo(500);
    news();
    cover();
    outcome = 'refused';
    passTo(600_000);
    assert.deepEqual(news(), ['500 a gone', '1500 a gone', '3500 a gone']);
  });

  it('asks less and less often about an object that is gone while nobody has told us', () => {
    cover('web');
    outcome = 'gone';
    book.report('web', report('Backup'), now);
    passTo(PERIOD);
    assert.deepEqual(
      news().map((text) => text.split(' ')[0]),
      ['100', '1100', '3100', '7100'],
    );
    cover();
    passTo(10 * PERIOD);
    assert.deepEqual(news(), [`${String(PERIOD)} web gone`]);
  });

  it('asks a server that is away less often, at most every 4 s, with one write, and then writes the newest of each', () => {
    cover('a', 'b', 'c');
    outcome = 'away';
    for (const name of ['a', 'b', 'c']) book.report(name, report('Backup'), now);
    passTo(0);
    // All three were on their way when the server went.
    passTo(50_000);
    const times = news().map((text) => Number(text.split(' ')[0]));
    const gaps = times.slice(3).map((time, index) => time - (times[index + 2] ?? 0));
    assert.deepEqual(
      gaps,
      [...gaps].sort((a, b) => a - b),
    );
    assert.ok(times.length < 18, `${String(times.length)} attempts in 50 s`);
    for (const name of ['a', 'b', 'c']) book.report(name, report('Backup', { priority: 7 }), now);
    outcome = 'written';
    passTo(now + 61_000);
    const lines = news().map((text) => text.split(' ').slice(1).join(' '));
    assert.deepEqual(lines.slice(0, 3).sort(), ['a Backup 7', 'b Backup 7', 'c Backup 7']);
  });

  it('asks again soon when a server that was away for long does not know an object yet', () => {
    cover('web');
    outcome = 'away';
    book.report('web', report('Backup'), now);
    passTo(60_000);
    outcome = 'gone';
    news();
    while (news().length === 0) passTo(now + 1);
    const answeredAt = now;
    outcome = 'written';
    passTo(answeredAt + 1_000);
    assert.deepEqual(news(), [`${String(answeredAt + 1_000)} web Backup`]);
  });

  it('waits as long as the server asks for', () => {
    cover('web');
    outcome = 'away';
    book.report('web', report('Backup'), now);
    passTo(20_000, 30_000);
    assert.deepEqual(news(), ['100 web Backup']);
    outcome = 'written';
    passTo(40_000);
    assert.deepEqual(news(), ['30100 web Backup']);
  });

  it('lets one entry that is refused hold up no other', () => {
    cover('a', 'b');
    book.report('a', report('Backup'), now);
    outcome = 'refused';
    passTo(100);
    outcome = 'written';
    book.report('b', report('Backup'), now);
    passTo(900);
    assert.deepEqual(news(), ['100 a Backup', '200 b Backup']);
    passTo(1_200);
    assert.deepEqual(news(), ['1100 a Backup']);
  });

  it('has a few writes under way at a time, and none of them twice', () => {
    const names = Array.from({ length: 100 }, (_, index) => `v${String(index)}`);
    cover(...names);
    for (const name of names) book.report(name, report('Active'), now);
    const first = book.take(20);
    assert.equal(first.length, 8);
    assert.deepEqual(book.take(20), []);
    for (const errand of first) book.done(errand, 'written', 30);
    const second = book.take(30).map(({ name }) => name);
    assert.equal(second.length, 8);
    assert.equal(
      second.some((name) => first.some((errand) => errand.name === name)),
      false,
    );
  });

  it('writes what changed while the entry was on its way', () => {
    cover('web');
    book.report('web', report('Backup'), now);
    const [errand] = book.take(100);
    assert.ok(errand !== undefined);
    book.report('web', report('Active'), 110);
    assert.deepEqual(book.take(200), []);
    book.done(errand, 'written', 210);
    assert.deepEqual(
      book.take(210).map((next) => next.report?.state),
      ['Active'],
    );
  });

  describe('asked for silence', () => {
    it('tells first who is Active, the others long after that, and all later changes at once', () => {
      coverAfter(20_000, 'web', 'mail');
      book.report('web', report('Active'), now);
      book.report('mail', report('Backup'), now);
      passTo(60_100);
      const heartbeat = /^[345]1000 web/;
      assert.deepEqual(
        news().filter((text) => !heartbeat.test(text)),
        ['21000 web Active', '60000 mail Backup'],
      );
      book.report('mail', report('Active'), now);
      passTo(60_200);
      assert.deepEqual(news(), ['60120 mail Active']);
    });

    it('tells of a takeover when it is the turn of who is Active', () => {
      coverAfter(20_000, 'web', 'mail');
      for (const name of ['web', 'mail']) book.report(name, report('Backup'), now);
      passTo(5_000);
      book.report('web', report('Active'), now);
      passTo(30_000);
      book.report('mail', report('Active'), now);
      passTo(30_100);
      assert.deepEqual(news(), ['21000 web Active', '30020 mail Active']);
    });

    it('speaks at once where an earlier run has spoken', () => {
      coverAfter(20_000, 'web');
      book.report('web', report('Backup'), now);
      passTo(1_000);
      assert.deepEqual(news(), []);
      assert.equal(book.speakUp('web', now), true);
      passTo(1_200);
      assert.deepEqual(news(), ['1100 web Backup']);
      assert.equal(book.speakUp('web', now), false);
    });

    it('renews meanwhile what was told before', () => {
      cover('old');
      book.report('old', report('Backup'), now);
      passTo(1_000);
      book.cover(
        new Map([
          ['old', 0],
          ['new', 30_000],
        ]),
        PERIOD,
        now,
      );
      book.report('new', report('Backup'), now);
      passTo(35_000);
      assert.deepEqual(news(), [
        '100 old Backup',
        '10100 old Backup',
        '20100 old Backup',
        '30100 old Backup',
      ]);
    });

    it('says goodbye all the same', () => {
      coverAfter(20_000, 'web');
      book.report('web', report('Active'), now);
      book.close(now, Date.UTC(2026, 0, 1));
      passTo(100);
      assert.equal(news().length, 1);
    });
  });

  it('says goodbye everywhere at once, and once', () => {
    cover('a', 'b');
    for (const name of ['a', 'b']) book.report(name, report('Active'), now);
    passTo(1_000);
    news();
    book.close(now, Date.UTC(2026, 0, 1));
    passTo(1_500);
    assert.deepEqual(news(), ['1000 a Initialize', '1000 b Initialize']);
    assert.equal(book.busy, false);
  });
});
