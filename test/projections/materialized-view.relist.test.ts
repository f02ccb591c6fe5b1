import { expect } from 'chai';
import { ExpiredError } from '../../src/projections/errors.ts';
import { ScriptedSource, thing } from './scripted-source.ts';
import { readAll, rowsOf, sourceVersion, tensView } from './view-rig.ts';

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
