import { expect } from 'chai';
import { ExpiredError } from '../../src/projections/errors.ts';
import { ScriptedSource, thing } from './scripted-source.ts';
import { readAll, rowsOf, shown, sourceVersion, tensOfOwn, tensView, viewOf } from './view-rig.ts';

describe('MaterializedView of scheme upstream, after a relist', () => {
  describe('rule 6: a relist skips a span of unknown changes', () => {
    const relisted = (...things: Parameters<ScriptedSource['relist']> extends [unknown, ...infer T] ? T : never) => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40), thing('a/y', 6, 40));
      const view = tensView(source);
      const watch = view.watchFrom(view.position);
      const begin = view.position;
      source.relist(20, ...things);
      return { source, view, watch, begin };
    };

    it('starts the log again and ends watches if more than one row has changed', () => {
      const { source, view, watch, begin } = relisted(thing('a/x', 15, 50), thing('a/y', 16, 50));
      expect(watch.ended).to.equal('relist');
      expect(sourceVersion(view.position)).to.equal(20);
      // The rows have the versions that a new process would give them.
      expect(rowsOf(view)).to.deep.equal(['a/x=5@15', 'a/y=5@16']);
      expect(rowsOf(tensView(source))).to.deep.equal(rowsOf(view));
      expect(() => view.watchFrom(begin)).to.throw(ExpiredError);
      source.put('a/x', 21, 60);
      expect([readAll(watch), watch.bookmark(0n), view.watchers]).to.deep.equal([[], undefined, 0]);
      expect(readAll(view.watchFrom(view.position))).to.deep.equal([]);
    });

    it('delivers one event at the version of the list if one row has changed', () => {
      const { view, watch, begin } = relisted(thing('a/x', 15, 50), thing('a/y', 16, 41));
      expect(readAll(watch)).to.deep.equal(['MODIFIED a/x=5@20']);
      // The row of a/y is equal, but its object has another version. In between, the row may have been different.
      expect(rowsOf(view)).to.deep.equal(['a/x=5@20', 'a/y=4@16']);
      expect(readAll(view.watchFrom(begin))).to.deep.equal(['MODIFIED a/x=5@20']);
    });

    it('delivers one event if one row was deleted or added', () => {
      const left = relisted(thing('a/x', 5, 40));
      expect(readAll(left.watch)).to.deep.equal(['DELETED a/y=4@20']);
      const come = relisted(thing('a/x', 5, 40), thing('a/y', 6, 40), thing('a/z', 15, 10));
      expect(readAll(come.watch)).to.deep.equal(['ADDED a/z=1@20']);
    });

    it('delivers at most a bookmark if no row has changed', () => {
      const { watch, view, begin } = relisted(thing('a/x', 5, 40), thing('a/y', 16, 41));
      expect(readAll(watch)).to.deep.equal([]);
      expect(watch.bookmark(begin)).to.equal(view.position);
      expect(view.watchFrom(begin).ended).to.equal(undefined);
    });

    it('counts a re-created object as two changes, even if only its uid differs', () => {
      const { watch, view, begin } = relisted(thing('a/x', 5, 40), thing('a/y', 16, 40, 'another uid'));
      expect(watch.ended).to.equal('relist');
      expect(() => view.watchFrom(begin)).to.throw(ExpiredError);
      const fresh = tensView(ScriptedSource.at(20, thing('a/x', 5, 40), thing('a/y', 16, 40, 'another uid')));
      expect(view.get('a/y')?.object).to.deep.equal(fresh.get('a/y')?.object);
    });

    it('counts a re-created object that has left the view as one change', () => {
      const { watch } = relisted(thing('a/x', 5, 40), thing('a/y', 16, -1, 'another uid'));
      expect(readAll(watch)).to.deep.equal(['DELETED a/y=4@20']);
    });

    it('delivers nothing to watches that have ended', () => {
      const { source, watch } = relisted();
      source.put('a/x', 21, 50);
      source.bookmark(22);
      expect([watch.ended, watch.next()?.entry, watch.bookmark(0n)]).to.deep.equal(['relist', undefined, undefined]);
    });
  });

  describe('rule 2: a relist gives an unchanged row the version of its object', () => {
    it('silently, and exact lists of earlier positions show the old version', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40), thing('a/y', 6, 40), thing('a/z', 7, 40));
      const view = tensView(source);
      const begin = view.position;
      const watch = view.watchFrom(begin);
      source.relist(20, thing('a/x', 15, 45), thing('a/y', 16, 41), thing('a/z', 7, 40));
      expect([readAll(watch), watch.ended]).to.deep.equal([[], undefined]);
      expect(rowsOf(view)).to.deep.equal(['a/x=4@15', 'a/y=4@16', 'a/z=4@7']);
      expect(rowsOf(view)).to.deep.equal(rowsOf(tensView(source)));
      expect(view.position).to.equal(tensView(source).position);
      const before = [...view.snapshotAt(begin).range('')].map(shown);
      expect(before).to.deep.equal(['a/x=4@5', 'a/y=4@6', 'a/z=4@7']);
      source.put('a/x', 21, 50);
      expect(readAll(watch)).to.deep.equal(['MODIFIED a/x=5@21']);
    });

    it('also when the log starts again', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40), thing('a/y', 6, 40), thing('a/z', 7, 40));
      const view = tensView(source);
      source.relist(20, thing('a/x', 15, 50), thing('a/y', 16, 50), thing('a/z', 17, 41));
      expect(rowsOf(view)).to.deep.equal(['a/x=5@15', 'a/y=5@16', 'a/z=4@17']);
    });

    it('and expires the positions before it if the old rows are larger than the log, without ending watches', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40), thing('a/y', 6, 40));
      const view = tensView(source, { log: { bytes: 100 } });
      const begin = view.position;
      const watch = view.watchFrom(begin);
      source.relist(20, thing('a/x', 15, 45), thing('a/y', 16, 41));
      expect([readAll(watch), watch.ended]).to.deep.equal([[], undefined]);
      expect(() => view.snapshotAt(begin)).to.throw(ExpiredError);
      source.put('a/x', 21, 50);
      expect(readAll(watch)).to.deep.equal(['MODIFIED a/x=5@21']);
    });
  });

  describe('an upstream that was restored from a backup', () => {
    it('starts the log at the lower version of the list, ends watches, and expires the lost positions', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = tensView(source);
      const watch = view.watchFrom(view.position);
      source.put('a/x', 20, 50);
      const lost = view.position;
      source.restore(12, thing('a/x', 5, 40));
      expect([watch.ended, sourceVersion(view.position), rowsOf(view)]).to.deep.equal(['relist', 12, ['a/x=4@5']]);
      expect(view.position).to.equal(tensView(source).position);
      const fresh = view.watchFrom(view.position);
      const ahead = view.watchFrom(lost);
      source.put('a/x', 20, 60);
      expect(readAll(fresh)).to.deep.equal(['MODIFIED a/x=6@20']);
      expect(ahead.ended).to.equal('expired');
      expect(() => view.watchFrom(lost)).to.throw(ExpiredError);
      expect(() => view.snapshotAt(lost)).to.throw(ExpiredError);
      expect(view.rejectedPositions).to.equal(3);
    });

    it('delivers the difference in scheme local', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = viewOf(tensOfOwn(source));
      const watch = view.watchFrom(view.position);
      source.restore(8, thing('a/x', 7, 50));
      expect([watch.next()?.row.object['n'], watch.ended]).to.deep.equal([5, undefined]);
    });
  });

  describe('rule 7: a position inside a skipped span is expired', () => {
    it('throws for watches, exact lists and continue tokens', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = tensView(source);
      const begin = view.position;
      const at = (version: number): bigint => begin + (BigInt(version - 10) << 20n);
      source.relist(20, thing('a/x', 15, 50));
      for (const version of [11, 15, 19]) {
        expect(() => view.watchFrom(at(version))).to.throw(ExpiredError);
        expect(() => view.snapshotAt(at(version))).to.throw(ExpiredError);
      }
      expect(readAll(view.watchFrom(at(10)))).to.deep.equal(['MODIFIED a/x=5@20']);
      expect(readAll(view.watchFrom(view.position))).to.deep.equal([]);
      expect(() => view.watchFrom(at(20))).to.throw(ExpiredError);
      expect([...view.snapshotAt(at(10)).range('')][0]?.object['n']).to.equal(4);
    });

    it('ends a watch ahead of the frontier at a relist, even if no row has changed', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = tensView(source);
      const ahead = view.watchFrom(view.position + (5n << 20n));
      const there = view.watchFrom(view.position);
      source.relist(20, thing('a/x', 5, 40));
      expect([ahead.ended, there.ended]).to.deep.equal(['relist', undefined]);
    });

    it('keeps a watch with a bookmark at the frontier', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = tensView(source);
      const watch = view.watchFrom(view.position);
      source.bookmark(12);
      watch.bookmark(0n);
      source.relist(20, thing('a/x', 5, 50));
      expect(readAll(watch)).to.deep.equal(['MODIFIED a/x=5@20']);
    });
  });

  describe('mistakes of upstream', () => {
    it('delivers the differences of a new list with the same version to watchers at that version', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40), thing('a/y', 6, 40));
      const view = tensView(source);
      const [open, ahead] = [view.watchFrom(view.position), view.watchFrom(view.position + 1_048_576n)];
      const before = view.position;
      source.relist(10, thing('a/x', 8, 50));
      expect([sourceVersion(view.position), rowsOf(view)]).to.deep.equal([10, ['a/x=5@10']]);
      expect(readAll(open)).to.deep.equal(['DELETED a/y=4@10', 'MODIFIED a/x=5@10']);
      expect(readAll(view.watchFrom(before))).to.deep.equal(['DELETED a/y=4@10', 'MODIFIED a/x=5@10']);
      expect(ahead.ended).to.equal('relist');
    });

    it('delivers an event below the frontier to watchers at the frontier', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = tensView(source);
      const before = view.position;
      source.put('a/x', 9, 50);
      expect(rowsOf(view)).to.deep.equal(['a/x=5@10']);
      expect(readAll(view.watchFrom(before))).to.deep.equal(['MODIFIED a/x=5@10']);
    });
  });
});
