import { expect } from 'chai';
import { ChangeLog } from '../../src/projections/change-log.ts';
import { FanOut } from '../../src/projections/fan-out.ts';
import type { Interest } from '../../src/projections/interest.ts';
import { OrderedIndex } from '../../src/projections/ordered-map.ts';
import { shardHash } from '../../src/projections/shard-hash.ts';
import type { ViewFrontier, WatchCursor } from '../../src/projections/watch-cursor.ts';
import { row } from './view-rig.ts';

/** An interest that counts its evaluations. */
const inNamespace = (namespace: string): Interest & { evaluations: number } => ({
  id: namespace,
  condition: { on: 'namespace', value: namespace },
  evaluations: 0,
  matches(one) {
    this.evaluations += 1;
    return one.namespace === namespace;
  },
});

function setUp(entries = 100, groupBytes = 1e6) {
  const log = new ChangeLog(10n, { entries, bytes: 1e9, age: 1e9, groupBytes }, 0);
  const index = new OrderedIndex();
  const fanOut = new FanOut(groupBytes);
  let position = 10n;
  return {
    log,
    fanOut,
    put(...keys: string[]): void {
      for (const key of keys) {
        position += 1n;
        log.append(
          { before: undefined, after: row(key, position), place: position, position, digest: 0, late: false, at: 0 },
          () => index.snapshot(),
        );
      }
      fanOut.dispatch(log);
      fanOut.wake();
    },
    open(interest?: Interest, from = position): WatchCursor {
      const frontier = (): ViewFrontier => ({ place: position, position });
      return fanOut.open(log, { from, next: log.after(from, 0), frontier, placeOf: (one) => one }, interest);
    },
  };
}

const keysOf = (cursor: WatchCursor): string[] => {
  const keys: string[] = [];
  for (let event = cursor.next(); event !== undefined; event = cursor.next()) keys.push(event.row.key);
  return keys;
};

describe('FanOut', () => {
  it('evaluates a change once for all watchers with the same interest, and not for others', () => {
    const { put, open } = setUp();
    const [shop, bank] = [inNamespace('shop'), inNamespace('bank')];
    const cursors = Array.from({ length: 50 }, () => open(shop));
    open(bank);
    put('shop/a', 'shop/b');
    expect([shop.evaluations, bank.evaluations]).to.deep.equal([2, 0]);
    for (const cursor of cursors) expect(keysOf(cursor)).to.deep.equal(['shop/a', 'shop/b']);
    expect(shop.evaluations).to.equal(2);
  });

  it('evaluates a change for the watchers of its shard only, with any number of shards and labels', () => {
    const { put, open } = setUp();
    const step = 2n ** 54n;
    let evaluations = 0;
    const read = new Set<string>();
    for (let n = 0n; n < 1024n; n += 1n) {
      const [from, to] = [n * step, (n + 1n) * step];
      const cursor = open({
        id: `shard ${n}`,
        condition: n % 2n === 0n ? undefined : { on: 'namespace', value: 'shop' },
        shard: { field: 'uid', ranges: [{ from, to }] },
        matches: (one) => {
          evaluations += 1;
          return from <= shardHash(one, 'uid') && shardHash(one, 'uid') < to;
        },
      });
      cursor.listen(() => {
        for (const key of keysOf(cursor)) {
          expect(read.has(key)).to.equal(false);
          read.add(key);
        }
      });
    }
    const keys = Array.from({ length: 100 }, (_, index) => `shop/${index}`);
    put(...keys);
    expect([evaluations, read.size]).to.deep.equal([100, 100]);
  });

  it('wakes each watcher that a tick concerns once, and no others', () => {
    const { put, open } = setUp();
    const woken: string[] = [];
    open(inNamespace('shop')).listen(() => woken.push('shop'));
    open(inNamespace('bank')).listen(() => woken.push('bank'));
    open().listen(() => woken.push('all'));
    put('shop/a', 'shop/b', 'zoo/c');
    expect(woken.sort()).to.deep.equal(['all', 'shop']);
  });

  it('wakes all watchers even if one throws', () => {
    const { put, open } = setUp();
    const woken: string[] = [];
    open().listen(() => {
      throw new Error('no');
    });
    open().listen(() => woken.push('second'));
    expect(() => put('shop/a')).to.throw(AggregateError);
    expect(woken).to.deep.equal(['second']);
  });

  it('lets a watcher that begins in the past catch up with its group', () => {
    const { put, open } = setUp();
    const first = open(inNamespace('shop'));
    put('shop/a', 'bank/b', 'shop/c');
    const late = open(inNamespace('shop'), 10n);
    const later = open(inNamespace('bank'), 10n);
    put('shop/d', 'bank/e');
    expect([first, late, later].map(keysOf)).to.deep.equal([
      ['shop/a', 'shop/c', 'shop/d'],
      ['shop/a', 'shop/c', 'shop/d'],
      ['bank/b', 'bank/e'],
    ]);
  });

  it('returns a bookmark to a watcher whose selection does not change', () => {
    const { put, open } = setUp();
    const cursor = open(inNamespace('shop'));
    put('bank/a');
    expect(cursor.bookmark(10n)).to.equal(11n);
  });

  it('ends and wakes a watcher that fell behind the log', () => {
    const { put, open, fanOut } = setUp(4);
    const [idle, slow, quiet] = [open(), open(inNamespace('shop')), open(inNamespace('bank'))];
    let woken = 0;
    slow.listen(() => (woken += 1));
    put('shop/a');
    for (let n = 0; n < 1100; n += 1) put(`zoo/${n}`);
    expect([idle.ended, slow.ended, quiet.ended]).to.deep.equal(['too slow', 'too slow', undefined]);
    expect([woken, fanOut.size, fanOut.groups]).to.deep.equal([2, 1, 1]);
  });

  it('ends all watchers when one tick changes more rows than the log keeps', () => {
    const { put, open } = setUp(4);
    const cursor = open(inNamespace('shop'));
    put('zoo/1', 'zoo/2', 'zoo/3', 'zoo/4', 'zoo/5', 'zoo/6');
    expect(cursor.ended).to.equal('too slow');
  });

  describe('with thousands of different selectors', () => {
    /** An interest in all rows but one, as `!a` is. Nothing about a row shows that it does not concern the interest. */
    const distinct = (id: string): Interest & { evaluations: number } => ({
      id,
      condition: undefined,
      evaluations: 0,
      matches(one) {
        this.evaluations += 1;
        return one.key !== id;
      },
    });
    const range = (count: number, prefix = 'shop/'): string[] =>
      Array.from({ length: count }, (_, index) => `${prefix}${index}`);

    it('keeps no more than the bound, and each watcher reads every change once', () => {
      const { put, open, fanOut } = setUp(20_000, 80_000);
      const cursors = range(2000).map((id) => ({ id, cursor: open(distinct(id)) }));
      let most = 0;
      for (const key of range(300)) {
        put(key);
        most = Math.max(most, fanOut.bytes);
      }
      expect(most).to.be.within(40_000, 80_000);
      for (const { id, cursor } of cursors) {
        const keys = range(300).filter((key) => key !== id);
        expect(keysOf(cursor)).to.deep.equal(keys);
        expect(keysOf(cursor)).to.deep.equal([]);
      }
    });

    it('keeps nothing for a group that is not read', () => {
      const { put, open, fanOut } = setUp(20_000);
      const stuck = open(distinct('a'));
      const reading = open(distinct('b'));
      let most = 0;
      for (const key of range(10_000)) {
        put(key);
        keysOf(reading);
        most = Math.max(most, fanOut.bytes);
      }
      // Two groups, with the changes between two sweeps.
      expect(most).to.be.at.most(2 * 2 * 1024 * 8);
      expect(keysOf(stuck)).to.have.length(500);
      expect(stuck.isBehind).to.equal(true);
    });

    it('keeps what a watcher has not read yet, and drops it when the watcher has read it', () => {
      const { put, open, fanOut } = setUp(20_000);
      const interest = distinct('a');
      const cursor = open(interest);
      for (const key of range(1024)) put(key);
      expect(fanOut.bytes).to.equal(1024 * 8);
      expect(keysOf(cursor)).to.have.length(1024);
      expect(interest.evaluations).to.equal(1024);
      for (const key of range(1024)) (put(key), keysOf(cursor));
      expect(fanOut.bytes).to.be.at.most(8);
    });

    it('ends a watcher that never reads when the log has dropped a change that concerns it', () => {
      const { put, open, fanOut } = setUp(1000, 8000);
      const cursor = open(distinct('a'));
      put(...range(900));
      expect(cursor.ended).to.equal(undefined);
      put(...range(200));
      expect([cursor.ended, fanOut.groups, fanOut.bytes]).to.deep.equal(['too slow', 0, 0]);
    });
  });

  it('keeps nothing of watchers that have gone', () => {
    const { put, open, fanOut } = setUp();
    const cursors = [open(), open(inNamespace('shop')), open(inNamespace('shop'))];
    put('shop/a');
    for (const cursor of cursors) cursor.end('closed');
    expect([fanOut.size, fanOut.groups]).to.deep.equal([0, 0]);
    put('shop/b');
    expect(keysOf(open())).to.deep.equal([]);
  });
});
