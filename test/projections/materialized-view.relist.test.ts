import { expect } from 'chai';
import { ExpiredError } from '../../src/projections/errors.ts';
import { ScriptedSource, thing } from './scripted-source.ts';
import { readAll, rowsOf, sourceVersion, tensView } from './view-rig.ts';

describe('MaterializedView of scheme upstream, when upstream is listed again', () => {
  describe('rule 6: a relist skips a span that nobody knows', () => {
    const relisted = (...things: Parameters<ScriptedSource['relist']> extends [unknown, ...infer T] ? T : never) => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40), thing('a/y', 6, 40));
      const view = tensView(source);
      const watch = view.watchFrom(view.position);
      const begin = view.position;
      source.relist(20, ...things);
      return { source, view, watch, begin };
    };

    it('and when more than one row has changed, the log starts anew and watches end', () => {
      const { source, view, watch, begin } = relisted(thing('a/x', 15, 50), thing('a/y', 16, 50));
      expect(watch.ended).to.equal('relist');
      expect(sourceVersion(view.position)).to.equal(20);
      // As a process that has just started has them.
      expect(rowsOf(view)).to.deep.equal(['a/x=5@15', 'a/y=5@16']);
      expect(rowsOf(tensView(source))).to.deep.equal(rowsOf(view));
      expect(() => view.watchFrom(begin)).to.throw(ExpiredError);
      source.put('a/x', 21, 60);
      expect([readAll(watch), watch.bookmark(0n), view.watchers]).to.deep.equal([[], undefined, 0]);
      expect(readAll(view.watchFrom(view.position))).to.deep.equal([]);
    });

    it('and when one has, watches go on with one event at the version of the list', () => {
      const { view, watch, begin } = relisted(thing('a/x', 15, 50), thing('a/y', 16, 41));
      expect(readAll(watch)).to.deep.equal(['MODIFIED a/x=5@20']);
      expect(rowsOf(view)).to.deep.equal(['a/x=5@20', 'a/y=4@6']);
      expect(readAll(view.watchFrom(begin))).to.deep.equal(['MODIFIED a/x=5@20']);
    });

    it('also when the one has gone, or has come', () => {
      const left = relisted(thing('a/x', 5, 40));
      expect(readAll(left.watch)).to.deep.equal(['DELETED a/y=4@20']);
      const come = relisted(thing('a/x', 5, 40), thing('a/y', 6, 40), thing('a/z', 15, 10));
      expect(readAll(come.watch)).to.deep.equal(['ADDED a/z=1@20']);
    });

    it('and when none has, they go on with a bookmark at most', () => {
      const { watch, view, begin } = relisted(thing('a/x', 5, 40), thing('a/y', 16, 41));
      expect(readAll(watch)).to.deep.equal([]);
      expect(watch.bookmark(begin)).to.equal(view.position);
      expect(view.watchFrom(begin).ended).to.equal(undefined);
    });

    it('and a re-created object counts for two, also where nothing but the uid shows it', () => {
      const { watch, view, begin } = relisted(thing('a/x', 5, 40), thing('a/y', 16, 40, 'another uid'));
      expect(watch.ended).to.equal('relist');
      expect(() => view.watchFrom(begin)).to.throw(ExpiredError);
      const fresh = tensView(ScriptedSource.at(20, thing('a/x', 5, 40), thing('a/y', 16, 40, 'another uid')));
      expect(view.get('a/y')?.object).to.deep.equal(fresh.get('a/y')?.object);
    });

    it('and one that was re-created and is gone from the view is one', () => {
      const { watch } = relisted(thing('a/x', 5, 40), thing('a/y', 16, -1, 'another uid'));
      expect(readAll(watch)).to.deep.equal(['DELETED a/y=4@20']);
    });

    it('and watches that are ended get nothing that comes after', () => {
      const { source, watch } = relisted();
      source.put('a/x', 21, 50);
      source.bookmark(22);
      expect([watch.ended, watch.next()?.entry, watch.bookmark(0n)]).to.deep.equal(['relist', undefined, undefined]);
    });
  });

  describe('rule 7: a position inside a skipped span is answered 410', () => {
    it('for watches, exact lists and continue tokens alike', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = tensView(source);
      const at = (version: number): bigint => view.position + (BigInt(version - sourceVersion(view.position)) << 20n);
      source.relist(20, thing('a/x', 15, 50));
      for (const version of [11, 15, 19]) {
        expect(() => view.watchFrom(at(version))).to.throw(ExpiredError);
        expect(() => view.snapshotAt(at(version))).to.throw(ExpiredError);
      }
      expect(readAll(view.watchFrom(at(10)))).to.deep.equal(['MODIFIED a/x=5@20']);
      expect(readAll(view.watchFrom(at(20)))).to.deep.equal([]);
      expect([...view.snapshotAt(at(10)).range('')][0]?.object['n']).to.equal(4);
    });

    it('and a watch ahead of the frontier ends when a relist comes, however few rows have changed', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = tensView(source);
      const ahead = view.watchFrom(view.position + (5n << 20n));
      const there = view.watchFrom(view.position);
      source.relist(20, thing('a/x', 5, 40));
      expect([ahead.ended, there.ended]).to.deep.equal(['relist', undefined]);
    });

    it('and a watch that has a bookmark of the frontier does not', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = tensView(source);
      const watch = view.watchFrom(view.position);
      source.bookmark(12);
      watch.bookmark(0n);
      source.relist(20, thing('a/x', 5, 50));
      expect(readAll(watch)).to.deep.equal(['MODIFIED a/x=5@20']);
    });
  });

  describe('what upstream should not do', () => {
    it('a new list of the same version that shows something else reaches also those who have that version', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40), thing('a/y', 6, 40));
      const view = tensView(source);
      const [open, ahead] = [view.watchFrom(view.position), view.watchFrom(view.position + 1_048_576n)];
      const told = view.position;
      source.relist(10, thing('a/x', 8, 50));
      expect([view.position, rowsOf(view)]).to.deep.equal([told, ['a/x=5@10']]);
      expect(readAll(open)).to.deep.equal(['DELETED a/y=4@10', 'MODIFIED a/x=5@10']);
      expect(readAll(view.watchFrom(told))).to.deep.equal(['DELETED a/y=4@10', 'MODIFIED a/x=5@10']);
      expect(ahead.ended).to.equal('relist');
    });

    it("an event below the frontier reaches also those who have the frontier's version", () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = tensView(source);
      const told = view.position;
      source.put('a/x', 9, 50);
      expect(rowsOf(view)).to.deep.equal(['a/x=5@10']);
      expect(readAll(view.watchFrom(told))).to.deep.equal(['MODIFIED a/x=5@10']);
    });

    it('a source without versions is not served, and does no harm', () => {
      const source = new ScriptedSource();
      const view = tensView(source);
      source.relist(undefined, thing('a/x', 5, 40));
      expect([view.ready, view.trouble]).to.deep.equal([
        false,
        'things | filter | map cannot be served: things has no version yet',
      ]);
      source.relist(10, thing('a/x', 5, 40));
      expect([view.ready, view.trouble]).to.deep.equal([true, undefined]);
    });

    it('versions that leave no room for the fingerprint end the service, and the watches', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = tensView(source);
      const watch = view.watchFrom(view.position);
      source.bookmark(2 ** 43);
      expect([view.ready, watch.ended]).to.deep.equal([false, 'not ready']);
      expect(view.trouble).to.contain('above 2^43');
    });
  });
});
