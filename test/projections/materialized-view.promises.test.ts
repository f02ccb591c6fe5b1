import { expect } from 'chai';
import { map as rxMap, merge } from 'rxjs';
import type { Collection, DeltaBatch, DeltaOperator } from '../../src/informers/collection/index.ts';
import { identity } from '../../src/projections/identity.ts';
import type { MaterializedView } from '../../src/projections/materialized-view.ts';
import { map } from '../../src/projections/operators/map.ts';
import type { Row } from '../../src/projections/row.ts';
import type { WatchCursor } from '../../src/projections/watch-cursor.ts';
import { ScriptedSource, thing } from './scripted-source.ts';
import { readAll, rowsOf, shown, sourceVersion, tens, tensOfOwn, tensView, viewOf } from './view-rig.ts';

const listed = (view: MaterializedView, position: bigint): string[] =>
  Array.from(view.snapshotAt(position).range(''), shown);

/** The content of a row: everything but its version. */
const contentOf = ({ object }: Row): object => ({ ...object, metadata: { ...object.metadata, resourceVersion: '' } });

/** Applies the events of a watch to rows by key. */
function follow(rows: Map<string, Row>, cursor: WatchCursor): void {
  for (let entry = cursor.next()?.entry; entry !== undefined; entry = cursor.next()?.entry) {
    if (entry.after !== undefined) rows.set(entry.after.key, entry.after);
    else if (entry.before !== undefined) rows.delete(entry.before.key);
  }
}

/** A history without relists. */
function* history(source: ScriptedSource): Generator<void> {
  const keys = ['a/x', 'a-b/x', 'a/y', 'b/x'];
  for (let version = 11; version < 60; version += 1) {
    const key = keys[version % 4]!;
    if (version % 7 === 0 && source.get(key) !== undefined) source.delete(key, version);
    else if (version % 11 === 0) source.bookmark(version);
    else source.put(key, version, ((version * 17) % 50) - 5);
    yield;
  }
}

type Id = { readonly metadata: ReturnType<typeof identity>; readonly n: number };

/** Pairs the numbers of a key in two collections. */
function beside(other: Collection<Id>): DeltaOperator<Id, Omit<Id, 'n'> & { readonly pair: string }> {
  return (batches$) => {
    const pairs = new Map<string, [number?, number?]>();
    const side = (index: 0 | 1) =>
      rxMap((batch: DeltaBatch<Id>) =>
        batch.derive(
          batch.changes.map(({ key, object: { metadata, n } }) => {
            const pair = pairs.get(key) ?? [];
            pair[index] = n;
            pairs.set(key, pair);
            return { type: 'PUT', key, object: { metadata, pair: pair.join(' ') } } as const;
          }),
        ),
      );
    return merge(batches$.pipe(side(0)), other.deltas$.pipe(side(1)));
  };
}

describe('The promises to clients', () => {
  for (const [scheme, projection] of [
    ['upstream', tens],
    ['local', tensOfOwn],
  ] as const) {
    it(`1 (${scheme}). A list at L and the watch from L lead to any later list`, () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40), thing('b/y', 7, 10));
      const view = viewOf(projection(source));
      const clients: { rows: Map<string, Row>; watch: WatchCursor }[] = [];
      for (const _ of history(source)) {
        const { position, rows } = view.snapshot();
        clients.push({
          rows: new Map(Array.from(rows.range(''), (row) => [row.key, row])),
          watch: view.watchFrom(position),
        });
        for (const client of clients) {
          follow(client.rows, client.watch);
          const mine = [...client.rows.values()].map(shown).toSorted();
          expect(mine).to.deep.equal(rowsOf(view).toSorted());
          client.watch.bookmark(0n);
          expect(client.watch.position).to.equal(view.position);
        }
      }
    });

    it(`2 (${scheme}). Initial events come from one snapshot, and later events follow it`, () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = viewOf(projection(source));
      const { position, rows } = view.snapshot();
      const watch = view.watchFrom(position);
      source.put('a/y', 11, 50);
      // The rows are read later, but they are still the state at the position.
      expect(Array.from(rows.range(''), ({ key }) => key)).to.deep.equal(['a/x']);
      expect(watch.position).to.equal(position);
      expect(readAll(watch)).to.have.length(1);
    });

    it(`3 (${scheme}). Versions within a watch never decrease, and a bookmark is never ahead of an unsent event`, () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = viewOf(projection(source));
      const watch = view.watchFrom(view.position);
      let sent = view.position;
      let step = 0;
      for (const _ of history(source)) {
        step += 1;
        const bookmark = watch.bookmark(sent);
        if (bookmark !== undefined) {
          expect(bookmark >= sent).to.equal(true);
          sent = bookmark;
        }
        if (step % 3 > 0) continue;
        for (let entry = watch.next()?.entry; entry !== undefined; entry = watch.next()?.entry) {
          expect(entry.position > sent).to.equal(true);
          expect(watch.bookmark(sent) ?? 0n).to.satisfy((position: bigint) => position <= view.position);
          sent = entry.position;
        }
      }
      expect(step).to.equal(49);
    });

    it(`6 (${scheme}). The log is bounded: positions older than its entries are expired, and slower watchers end`, () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = viewOf(projection(source), { log: { entries: 3 } });
      const positions = [view.position];
      const slow = view.watchFrom(view.position);
      for (let version = 11; version < 20; version += 1) {
        source.put('a/x', version, version * 10);
        positions.push(view.position);
      }
      expect(slow.next()?.entry).to.equal(undefined);
      expect(slow.ended).to.equal('too slow');
      positions.forEach((position, index) => {
        if (index < positions.length - 4) expect(() => view.watchFrom(position)).to.throw('too old resource version');
        else expect(readAll(view.watchFrom(position))).to.have.length(positions.length - 1 - index);
      });
    });

    it(`8 (${scheme}). An unchanged row causes no event`, () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = viewOf(projection(source));
      const watch = view.watchFrom(view.position);
      const rows = [...view.snapshot().rows.range('')];
      source.put('a/x', 11, 41);
      source.put('a/y', 12, -3);
      expect(readAll(watch)).to.deep.equal([]);
      expect([...view.snapshot().rows.range('')]).to.deep.equal(rows);
      source.relist(20, thing('a/x', 15, 45));
      expect(readAll(watch)).to.deep.equal([]);
      // A relist gives the row of an upstream view the version of its object, because it may have been different in between.
      const relisted = [...view.snapshot().rows.range('')];
      expect(relisted.map(contentOf)).to.deep.equal(rows.map(contentOf));
      if (scheme === 'upstream') expect(relisted.map(shown)).to.deep.equal(['a/x=4@15']);
      else expect(relisted).to.deep.equal(rows);
    });

    it(`9 (${scheme}). All pages come from one snapshot, until it expires`, () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40), thing('b/x', 6, 10), thing('c/x', 7, 10));
      const view = viewOf(projection(source), { log: { entries: 60 } });
      const pages: { position: bigint; rows: string[] }[] = [];
      for (const _ of history(source)) {
        const { position, rows } = view.snapshot();
        pages.push({ position, rows: Array.from(rows.range(''), shown) });
        for (const { position: at, rows: then } of pages) {
          expect(listed(view, at)).to.deep.equal(then);
          const [first] = view.snapshotAt(at).range('');
          const rest = first === undefined ? [] : Array.from(view.snapshotAt(at).range('', `${first.key}\0`), shown);
          expect(rest).to.deep.equal(then.slice(1));
        }
      }
      for (let version = 60; version < 130; version += 1) source.put('a/x', version, version * 10);
      expect(() => view.snapshotAt(pages[0]?.position ?? 0n)).to.throw('too old resource version');
    });

    it(`10 (${scheme}). A change contains the row before it, for watchers that select rows`, () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = viewOf(projection(source));
      const watch = view.watchFrom(view.position);
      source.put('a/x', 11, 50);
      const entry = watch.next()?.entry;
      expect([entry?.before?.object['n'], entry?.after?.object['n']]).to.deep.equal([4, 5]);
      const departed = view.encoder.at(entry!.before!, entry!.position);
      expect(departed.object).to.deep.include({ n: 4 });
      expect(departed.object.metadata.resourceVersion).to.equal(String(entry?.position));
    });
  }

  it("5. A version newer than the view's is recognised, and cannot be read yet", () => {
    const faster = tensView(ScriptedSource.at(12, thing('a/x', 5, 40)));
    const source = ScriptedSource.at(10, thing('a/x', 5, 40));
    const view = tensView(source);
    expect(view.isAhead(faster.position)).to.equal(true);
    expect(() => view.snapshotAt(faster.position)).to.throw(RangeError, 'is ahead of');
    source.bookmark(12);
    expect(view.isAhead(faster.position)).to.equal(false);
    expect(listed(view, faster.position)).to.deep.equal(['a/x=4@5']);
  });

  it('7. One upstream event causes at most one event for each row, on any number of paths', () => {
    const source = ScriptedSource.at(10, thing('a/x', 5, 40));
    const ids = source.pipe(map(({ metadata, n }) => ({ metadata: identity({ metadata }), n })));
    const doubled = ids.pipe(
      map((row) => row),
      map((row) => ({ ...row, n: row.n * 2 })),
    );
    const view = viewOf(ids.pipe(beside(doubled)));
    const watch = view.watchFrom(view.position);
    source.put('a/x', 11, 50);
    const entry = watch.next()?.entry;
    expect([entry?.before?.object['pair'], entry?.after?.object['pair']]).to.deep.equal(['40 80', '50 100']);
    expect(watch.next()?.entry).to.equal(undefined);
  });

  it('12. A version of a row that is not above one seen before never comes with other content, on any replica', () => {
    const objects = [thing('a/x', 5, 40), thing('a/y', 6, 40)];
    const [fast, slow] = [ScriptedSource.at(10, ...objects), ScriptedSource.at(10, ...objects)];
    const [other, view] = [tensView(fast), tensView(slow)];
    const before = view.position;
    // The row shows 4, then 5, then 4 again. One replica receives the events, the other one a list after them.
    fast.put('a/x', 12, 50);
    const seen = shown(other.get('a/x')!);
    fast.put('a/x', 14, 40);
    slow.relist(14, thing('a/x', 14, 40), thing('a/y', 6, 40));
    const shownBy = [other, view, tensView(fast)].map((one) => shown(one.get('a/x')!));
    expect([seen, ...shownBy]).to.deep.equal(['a/x=5@12', 'a/x=4@14', 'a/x=4@14', 'a/x=4@14']);
    expect(listed(view, before), 'before the span').to.deep.equal(['a/x=4@5', 'a/y=4@6']);
    // The replicas accept the positions of each other, and judge the versions of rows of each other.
    expect(view.position).to.equal(other.position);
    expect(readAll(view.watchFrom(other.position))).to.deep.equal([]);
    for (const [one, two] of [
      [view, other],
      [other, view],
    ] as const) {
      expect(one.stateSince(one.get('a/x')!, two.get('a/x')!.position)).to.equal('unchanged');
    }
    expect(view.stateSince(view.get('a/x')!, 12n << 20n)).to.equal('unknown');
    expect(view.stateSince(view.get('a/x')!, 15n << 20n)).to.equal('ahead');
  });

  it('12. A row that was written with an unknown version is sent again once, when the frontier next moves', () => {
    const source = ScriptedSource.at(10, thing('a/x', 5, 40), thing('a/y', 6, 40));
    const view = tensView(source);
    const watch = view.watchFrom(view.position);
    view.resend('a/x');
    view.resend('a/x');
    view.resend('a/missing');
    expect(readAll(watch)).to.deep.equal([]);
    source.put('a/y', 11, 50);
    expect(readAll(watch)).to.deep.equal(['MODIFIED a/y=5@11', 'MODIFIED a/x=4@11']);
    expect(view.get('a/x')?.position).to.equal(view.position);
    source.bookmark(12);
    expect(readAll(watch)).to.deep.equal([]);
    view.resend('a/x');
    source.bookmark(13);
    expect(readAll(watch)).to.deep.equal(['MODIFIED a/x=4@13']);
    // A row that the same event changes is not sent twice.
    view.resend('a/x');
    source.put('a/x', 14, 60);
    expect(readAll(watch)).to.deep.equal(['MODIFIED a/x=6@14']);
  });

  it('11. Versions never decrease, after a restart or between replicas of an upstream view', () => {
    const source = ScriptedSource.at(10, thing('a/x', 5, 40));
    let last = 0n;
    const restarts: MaterializedView[] = [];
    for (const _ of history(source)) {
      restarts.push(tensView(source));
      for (const view of restarts) {
        expect(view.position >= last).to.equal(true);
        last = view.position;
      }
    }
    expect(sourceVersion(last)).to.equal(59);
    const slower = tensView(ScriptedSource.at(12, thing('a/x', 5, 40)));
    // A client with a position of the other replicas waits here. It never receives older content as new.
    expect([slower.isAhead(last), readAll(slower.watchFrom(last))]).to.deep.equal([true, []]);
  });
});
