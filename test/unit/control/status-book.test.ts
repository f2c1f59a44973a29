import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StatusBook } from '../../../src/node-agent/control/status-book.js';
import { router, told } from './agent-view.fixture.js';

const one = router({ key: 'one/IPv4' });
const two = router({ key: 'two/IPv4' });

describe('the status, told bit by bit', () => {
  it('keeps what is not told again', () => {
    const book = new StatusBook();
    book.take(told([one, two]));
    const changed = router({ key: 'two/IPv4', state: 'Active' });
    const { status, isNews } = book.take({ ...told([changed]), whole: false, time: 7 });
    assert.deepEqual(status.routers, [one, changed]);
    assert.equal(status.time, 7);
    assert.equal(isNews, true);
  });

  it('forgets routers that are gone, and all that a whole status does not name', () => {
    const book = new StatusBook();
    book.take(told([one, two]));
    assert.deepEqual(book.take({ ...told([]), whole: false, gone: ['one/IPv4'] }).status.routers, [two]);
    assert.deepEqual(book.take(told([one])).status.routers, [one]);
  });

  it('tells a sign of life from news', () => {
    const book = new StatusBook();
    assert.equal(book.take(told([one])).isNews, true);
    const nothing = { ...told([]), whole: false };
    assert.equal(book.take(nothing).isNews, false);
    assert.equal(book.take({ ...nothing, revision: 'another' }).isNews, true);
  });
});
