import { expect } from 'chai';
import { ChangeLog } from '../../src/projections/change-log.ts';
import { FanOut } from '../../src/projections/fan-out.ts';
import { OrderedIndex } from '../../src/projections/ordered-map.ts';
import type { ViewFrontier, WatchCursor } from '../../src/projections/watch-cursor.ts';
import { row } from './view-rig.ts';

function setUp(entries = 100) {
  const log = new ChangeLog(10n, { entries, bytes: 1e9, age: 1e9, groupBytes: 0 }, 0);
  const index = new OrderedIndex();
  const cursors = new FanOut();
  let frontier = 10n;
  return {
    cursors,
    put(position: bigint, late = false): void {
      frontier = position;
      log.append(
        { before: undefined, after: row('a/a', position), place: position, position, digest: 0, late, at: 0 },
        () => index.snapshot(),
      );
      cursors.dispatch(log);
    },
    reach(position: bigint): void {
      frontier = position;
    },
    open(from: bigint): WatchCursor {
      const next = from > frontier ? undefined : log.after(from, 0);
      const current = (): ViewFrontier => ({ place: frontier, position: frontier });
      return cursors.open(log, { from, next, frontier: current, placeOf: (one) => one });
    },
  };
}

describe('WatchCursor', () => {
  it('reads the changes after its position, once and in order', () => {
    const { put, open } = setUp();
    put(11n);
    put(12n);
    const cursor = open(11n);
    put(13n);
    expect([cursor.next()?.entry.position, cursor.next()?.entry.position, cursor.next()?.entry]).to.deep.equal([
      12n,
      13n,
      undefined,
    ]);
    expect(cursor.position).to.equal(13n);
  });

  it('returns nothing until the log has reached its position', () => {
    const { put, open } = setUp();
    const cursor = open(12n);
    put(11n);
    put(12n);
    expect([cursor.next()?.entry, cursor.position]).to.deep.equal([undefined, 12n]);
    put(13n);
    expect(cursor.next()?.entry.position).to.equal(13n);
  });

  it('reads a late entry at its own position', () => {
    const { put, open } = setUp();
    const ahead = open(12n);
    put(12n);
    put(12n, true);
    expect([ahead.next()?.entry.late, ahead.next()?.entry]).to.deep.equal([true, undefined]);
  });

  it('has a bookmark at the frontier when everything is read, even if the frontier has not moved', () => {
    const { put, reach, open } = setUp();
    const cursor = open(10n);
    expect(cursor.bookmark(10n)).to.equal(10n);
    put(11n);
    reach(15n);
    expect(cursor.bookmark(10n)).to.equal(undefined);
    cursor.next()?.entry;
    expect(cursor.bookmark(11n)).to.equal(15n);
    expect(cursor.position).to.equal(15n);
    expect(cursor.bookmark(15n)).to.equal(15n);
  });

  it('has a bookmark at its own position while it is ahead of the log', () => {
    const { reach, open } = setUp();
    const cursor = open(20n);
    reach(15n);
    expect([cursor.bookmark(20n), cursor.position]).to.deep.equal([20n, 20n]);
  });

  it('ends as too slow when it falls behind the log, and reads nothing more', () => {
    const { put, open, cursors } = setUp(2);
    const cursor = open(10n);
    put(11n);
    put(12n);
    expect(cursor.ended).to.equal(undefined);
    put(13n);
    expect([cursor.next()?.entry, cursor.ended, cursor.bookmark(10n), cursors.size]).to.deep.equal([
      undefined,
      'too slow',
      undefined,
      0,
    ]);
  });

  it('stays ended, with the first reason', () => {
    const { put, open, cursors } = setUp();
    const cursor = open(10n);
    put(11n);
    expect(cursors.size).to.equal(1);
    cursor.end('relist');
    cursor.end('closed');
    expect([cursor.ended, cursor.next()?.entry, cursor.bookmark(10n), cursors.size]).to.deep.equal([
      'relist',
      undefined,
      undefined,
      0,
    ]);
  });
});

describe('FanOut, ending cursors', () => {
  it('ends the cursors beyond a position, or all of them', () => {
    const { put, open, cursors } = setUp();
    const [behind, there, ahead] = [open(10n), open(11n), open(12n)];
    put(11n);
    cursors.endBeyond(11n, 'relist');
    expect([behind.ended, there.ended, ahead.ended]).to.deep.equal([undefined, undefined, 'relist']);
    cursors.endAll('not ready');
    expect([behind.ended, there.ended, ahead.ended]).to.deep.equal(['not ready', 'not ready', 'relist']);
  });
});
