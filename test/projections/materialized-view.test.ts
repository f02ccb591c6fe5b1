import { expect } from 'chai';
import { NotReadyError } from '../../src/projections/errors.ts';
import { MaterializedView } from '../../src/projections/materialized-view.ts';
import { map } from '../../src/projections/operators/map.ts';
import { tap } from '../../src/projections/operators/tap.ts';
import { ScriptedSource, thing } from './scripted-source.ts';
import { NOW, readAll, rowsOf, tens, tensOfOwn, tensView, VIEW, viewOf } from './view-rig.ts';
import { nodeOf } from '../../src/informers/collection/collection-node.ts';

describe('MaterializedView', () => {
  for (const [scheme, projection] of [
    ['upstream', tens],
    ['local', tensOfOwn],
  ] as const) {
    it(`of scheme ${scheme} returns when it has logged the last change up to a position`, () => {
      let now = NOW;
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = viewOf(projection(source), { clock: { now: () => now } });
      const first = view.position;
      const positions = [50, 60].map((n, index) => {
        now += 1000;
        source.put('a/x', 11 + index, n);
        return view.position;
      });
      // The log begins after the first state.
      expect([first, ...positions].map((position) => view.loggedAt(position))).to.deep.equal([
        undefined,
        NOW + 1000,
        NOW + 2000,
      ]);
      expect(view.loggedAt(first - 1n)).to.equal(undefined);
      source.gone();
      expect(() => view.loggedAt(first)).to.throw(NotReadyError);
    });

    describe(`of scheme ${scheme}, its readiness`, () => {
      it('begins with the first complete state; earlier reads throw', () => {
        const source = new ScriptedSource();
        const view = viewOf(projection(source));
        const readers = [
          () => view.position,
          () => view.snapshot(),
          () => view.get('a/x'),
          () => view.watchFrom(0n),
          () => view.snapshotAt(0n),
          () => view.isAhead(0n),
        ];
        for (const read of readers) expect(read).to.throw(NotReadyError, 'the first complete state has not arrived');
        source.message = 'forbidden';
        expect(() => view.snapshot()).to.throw(NotReadyError, 'things: forbidden');
        source.relist(10);
        expect([view.ready, rowsOf(view)]).to.deep.equal([true, []]);
      });

      it('ends with all watches when the source is gone, and reports the time since then', () => {
        let now = NOW;
        const source = ScriptedSource.at(10, thing('a/x', 5, 40));
        const view = viewOf(projection(source), { clock: { now: () => now } });
        const watch = view.watchFrom(view.position);
        now += 5000;
        source.gone();
        now += 700;
        expect([view.ready, view.size, watch.ended, watch.next()?.entry]).to.deep.equal([
          false,
          0,
          'not ready',
          undefined,
        ]);
        expect(() => view.snapshot())
          .to.throw(NotReadyError)
          .with.property('notReadyFor', 700);
      });

      it('returns with a new state, and all earlier positions are expired', () => {
        const source = ScriptedSource.at(10, thing('a/x', 5, 40));
        const view = viewOf(projection(source));
        const before = view.position;
        source.put('a/x', 11, 50);
        const later = view.position;
        source.gone();
        source.relist(20, thing('a/x', 15, 60), thing('a/y', 16, 10));
        expect(Array.from(view.snapshot().rows.range(''), ({ object }) => object['n'])).to.deep.equal([6, 1]);
        for (const position of [before, later]) {
          expect(() => view.watchFrom(position)).to.throw('too old resource version');
          expect(() => view.snapshotAt(position)).to.throw('too old resource version');
        }
        expect(view.position > later).to.equal(true);
        expect(readAll(view.watchFrom(view.position))).to.deep.equal([]);
      });

      it('continues while the connection to upstream is lost', () => {
        const source = ScriptedSource.at(10, thing('a/x', 5, 40));
        const view = viewOf(projection(source));
        source.message = 'nothing has been heard';
        expect([view.ready, view.size, view.trouble]).to.deep.equal([true, 1, 'things: nothing has been heard']);
      });

      it('ends when the pipeline has failed, so that no bookmark covers an unsent change', () => {
        const source = ScriptedSource.at(10, thing('a/x', 5, 40));
        let luck = true;
        const view = viewOf(projection(source).pipe(tap(() => luck || expect.fail('no luck'))));
        const watch = view.watchFrom(view.position);
        let calls = 0;
        view.onChange(() => (calls += 1));
        luck = false;
        source.put('a/x', 12, 50);
        source.bookmark(14);
        expect([watch.ended, watch.next()?.entry, watch.bookmark(0n), calls]).to.deep.equal([
          'not ready',
          undefined,
          undefined,
          1,
        ]);
        expect(() => view.snapshot()).to.throw(NotReadyError, 'an operator failed: no luck');
        expect(view.ready).to.equal(false);
      });

      it('ends with stop() and begins again with start()', () => {
        const source = ScriptedSource.at(10, thing('a/x', 5, 40));
        const view = viewOf(projection(source));
        view.start();
        const watch = view.watchFrom(view.position);
        const readiness: boolean[] = [];
        view.onChange(() => readiness.push(view.ready));
        view.stop();
        expect([watch.ended, view.ready, view.watchers]).to.deep.equal(['closed', false, 0]);
        source.put('a/x', 12, 50);
        expect(readiness).to.deep.equal([false]);
        view.start();
        expect([view.ready, view.size]).to.deep.equal([true, 1]);
        expect(readiness).to.deep.equal([false, true]);
      });
    });

    describe(`of scheme ${scheme}, its listeners`, () => {
      it('are notified once for each tick that changes rows, after all changes are applied', () => {
        const source = ScriptedSource.at(10, thing('a/x', 5, 40));
        const view = viewOf(projection(source));
        const watch = view.watchFrom(view.position);
        const notified: unknown[] = [];
        const stop = view.onChange(() => {
          const events = readAll(watch);
          const { position } = view.snapshot();
          notified.push([events.length, view.position === position, watch.bookmark(watch.position) === position]);
        });
        source.put('a/x', 12, 50);
        source.put('a/x', 13, 51);
        source.bookmark(14);
        source.put('a/y', 15, 51);
        stop();
        source.put('a/y', 16, 61);
        expect(notified).to.deep.equal([
          [1, true, true],
          [1, true, true],
        ]);
      });

      it('are all notified even if one throws, and the writer receives the error', () => {
        const source = ScriptedSource.at(10);
        const view = viewOf(projection(source));
        const notified: string[] = [];
        view.onChange(() => expect.fail('no luck'));
        view.onChange(() => notified.push('second'));
        expect(() => source.put('a/x', 12, 50)).to.throw(AggregateError);
        expect([notified, view.size]).to.deep.equal([['second'], 1]);
      });
    });
  }

  it('never shows a position before the rows that belong to it', () => {
    const source = ScriptedSource.at(10, thing('a/x', 5, 40));
    const seen: string[] = [];
    // This subscriber is notified before the view, because it has subscribed first.
    source.deltas$.subscribe(
      (batch) => batch.cause.type === 'EVENT' && seen.push(`${view.position === before} ${rowsOf(view).join()}`),
    );
    const view = tensView(source);
    const before = view.position;
    source.put('a/x', 12, 50);
    expect(seen).to.deep.equal(['true a/x=4@5']);
    expect([view.position > before, rowsOf(view)]).to.deep.equal([true, ['a/x=5@12']]);
  });

  it('keeps its collection running only between start() and stop()', () => {
    const source = ScriptedSource.at(10, thing('a/x', 5, 40));
    const rows = tens(source);
    const view = new MaterializedView(rows, VIEW);
    expect(() => nodeOf(rows).size).to.throw('is not running');
    view.start();
    expect([nodeOf(rows).size, view.sources().length]).to.deep.equal([1, 1]);
    view.stop();
    expect(() => nodeOf(rows).size).to.throw('is not running');
  });

  it('counts rows, changes and watchers', () => {
    const source = ScriptedSource.at(10, thing('a/x', 5, 40));
    const view = tensView(source);
    const watch = view.watchFrom(view.position);
    source.put('a/y', 11, 50);
    source.relist(20);
    source.put('a/z', 21, 50);
    expect([view.size, view.watchers, watch.ended]).to.deep.equal([1, 0, 'relist']);
    expect(view.changes).to.equal(2);
    expect(view.get('a/z')?.key).to.equal('a/z');
    expect(view.get('a/x')).to.equal(undefined);
  });

  it('reports errors of the projection and rows that the resource refuses', () => {
    const source = ScriptedSource.at(10, thing('a/x', 5, 13), thing('a/y', 6, 50), thing('a/z', 7, 60));
    const rows = tens(source).pipe(map((row) => (row.n === 5 ? { ...row, kind: 'Other' } : row)));
    const view = viewOf(rows);
    expect([...view.errors.keys()].toSorted()).to.deep.equal(['a/x', 'a/y']);
    source.put('a/x', 11, 10);
    expect([...view.errors.keys()]).to.deep.equal(['a/y']);
    source.gone();
    expect(view.errors.size).to.equal(0);
  });

  describe('reached()', () => {
    const ahead = (view: MaterializedView, versions: number): bigint => view.position + (BigInt(versions) << 20n);

    it('is true immediately for a known position and for a position of another view', async () => {
      const view = tensView(ScriptedSource.at(10));
      const never = new AbortController().signal;
      expect(await view.reached(view.position, never)).to.equal(true);
      expect(await view.reached(view.position + 1n, never)).to.equal(true);
      const local = viewOf(tensOfOwn(ScriptedSource.at(10)));
      expect(await local.reached(local.position + 65_536n, never)).to.equal(true);
    });

    it('waits for the frontier, which can move without a change of rows', async () => {
      const source = ScriptedSource.at(10);
      const view = tensView(source);
      const order: string[] = [];
      const waited = view
        .reached(ahead(view, 2), new AbortController().signal)
        .then((yes) => order.push(`reached ${yes}`));
      source.bookmark(11);
      await new Promise(setImmediate);
      order.push('bookmark 12');
      source.bookmark(12);
      await waited;
      expect(order).to.deep.equal(['bookmark 12', 'reached true']);
    });

    it('is false if the signal is aborted first', async () => {
      const view = tensView(ScriptedSource.at(10));
      const controller = new AbortController();
      const waited = view.reached(ahead(view, 2), controller.signal);
      controller.abort();
      expect(await waited).to.equal(false);
      expect(await view.reached(ahead(view, 2), controller.signal)).to.equal(false);
    });

    it('rejects if the view goes down while it waits', async () => {
      const source = ScriptedSource.at(10);
      const view = tensView(source);
      const waited = view.reached(ahead(view, 2), new AbortController().signal);
      source.gone();
      const error: unknown = await waited.catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(NotReadyError);
    });
  });
});
