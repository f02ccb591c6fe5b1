import { expect } from 'chai';
import { ExpiredError } from '../../src/projections/errors.ts';
import { map } from '../../src/projections/operators/map.ts';
import { identity } from '../../src/projections/identity.ts';
import { ScriptedSource, thing } from './scripted-source.ts';
import { readAll, rowsOf, sourceVersion, tens, tensOfOwn, tensView, viewOf } from './view-rig.ts';

describe('MaterializedView of scheme upstream', () => {
  it('is used for filter, map and tap over a source with unique versions, and for nothing else', () => {
    const source = ScriptedSource.at(10);
    expect(viewOf(source).scheme).to.equal('upstream');
    expect(viewOf(tens(source)).scheme).to.equal('upstream');
    expect(viewOf(tensOfOwn(source)).scheme).to.equal('local');
    for (const versions of ['repeated', 'none'] as const) {
      expect(viewOf(tens(new ScriptedSource(versions))).scheme).to.equal('local');
    }
  });

  describe('rule 1: a position proves itself', () => {
    it("is portable between replicas of the same code, in the order of the source's versions", () => {
      const one = tensView(ScriptedSource.at(10, thing('a/x', 5, 40)));
      const other = tensView(ScriptedSource.at(12, thing('a/x', 5, 40)));
      expect(sourceVersion(one.position)).to.equal(10);
      expect(one.position < other.position && other.position < 2n ** 63n).to.equal(true);
      expect(one.watchFrom(other.position).ended).to.equal(undefined);
    });

    it('is expired in a view of other rows', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const { position } = tensView(source);
      const others = [
        tensView(source, { revision: '2' }),
        tensView(source, { definition: 'with another column' }),
        viewOf(tens(source).pipe(map((row) => row))),
      ];
      for (const view of others) {
        expect(sourceVersion(view.position)).to.equal(10);
        expect(() => view.watchFrom(position)).to.throw(ExpiredError, `too old resource version: ${position}`);
        expect(() => view.snapshotAt(position)).to.throw(ExpiredError);
        expect(view.rejectedPositions).to.equal(2);
      }
      // Only when a view has reached a position, it can see that the position comes from other code.
      const ahead = others.map((view) => view.watchFrom(position + (5n << 20n)));
      source.bookmark(14);
      expect(ahead.map(({ ended }) => ended)).to.deep.equal([undefined, undefined, undefined]);
      source.bookmark(15);
      expect(ahead.map(({ ended }) => ended)).to.deep.equal(['expired', 'expired', 'expired']);
    });
  });

  describe('rule 2: a row has the version of the event that changed it', () => {
    it('gives a list the version of the frontier', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40), thing('a/y', 7, 40));
      const view = tensView(source);
      source.put('a/x', 12, 50);
      source.bookmark(20);
      expect(rowsOf(view)).to.deep.equal(['a/x=5@12', 'a/y=4@7']);
      expect(sourceVersion(view.position)).to.equal(20);
    });

    it('gives a row the version of its object in a process that started later', () => {
      const view = tensView(ScriptedSource.at(20, thing('a/x', 15, 55), thing('a/y', 7, 40)));
      expect(rowsOf(view)).to.deep.equal(['a/x=5@15', 'a/y=4@7']);
    });
  });

  describe('rule 3: a row that leaves is DELETED at the version of the event, with its last content', () => {
    for (const [what, write] of [
      ['leaves the filter', (source: ScriptedSource) => source.put('a/x', 12, -1)],
      ['is deleted', (source: ScriptedSource) => source.delete('a/x', 12)],
      ['can no longer be projected', (source: ScriptedSource) => source.put('a/x', 12, 13)],
    ] as const) {
      it(`when it ${what}`, () => {
        const source = ScriptedSource.at(10, thing('a/x', 5, 40));
        const view = tensView(source);
        const watch = view.watchFrom(view.position);
        write(source);
        expect(readAll(watch)).to.deep.equal(['DELETED a/x=4@12']);
        expect(rowsOf(view)).to.deep.equal([]);
      });
    }

    it('omits and reports an object that cannot be projected', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = tensView(source);
      source.put('a/x', 12, 13);
      const later = tensView(ScriptedSource.at(12, thing('a/x', 12, 13)));
      for (const each of [view, later]) {
        expect(each.size).to.equal(0);
        expect(each.errors.get('a/x')?.message).to.contain('no row for a/x: 13 is bad');
      }
      source.put('a/x', 14, 20);
      expect([rowsOf(view), view.errors.size]).to.deep.equal([['a/x=2@14'], 0]);
    });

    it('omits and reports a row that the resource refuses', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40), thing('a/y', 6, 50));
      const view = viewOf(
        source.pipe(map(({ metadata, n }) => (n > 40 ? { n } : { metadata: identity({ metadata }), n }))),
      );
      const watch = view.watchFrom(view.position);
      expect(rowsOf(view)).to.deep.equal(['a/x=40@5']);
      expect(view.errors.get('a/y')?.message).to.contain('things | map: no row for a/y: a row needs metadata');
      source.put('a/x', 11, 41);
      source.put('a/y', 12, 1);
      expect(readAll(watch)).to.deep.equal(['DELETED a/x=40@11', 'ADDED a/y=1@12']);
      expect([...view.errors.keys()]).to.deep.equal(['a/x']);
      source.delete('a/x', 13);
      expect(view.errors.size).to.equal(0);
    });
  });

  describe('rule 4: a change that leaves the row equal is no event', () => {
    it('keeps the version of the row, while the frontier moves', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = tensView(source);
      const watch = view.watchFrom(view.position);
      source.put('a/x', 12, 41);
      source.put('a/y', 14, -5);
      expect(readAll(watch)).to.deep.equal([]);
      expect(rowsOf(view)).to.deep.equal(['a/x=4@5']);
      expect(sourceVersion(view.position)).to.equal(14);
      expect(sourceVersion(watch.bookmark(watch.position) ?? 0n)).to.equal(14);
    });
  });

  describe('rule 5: a watch resumes after its position', () => {
    it('receives all later entries', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = tensView(source);
      const begin = view.position;
      source.put('a/y', 12, 10);
      const middle = view.position;
      source.put('a/x', 14, 50);
      expect(readAll(view.watchFrom(begin))).to.deep.equal(['ADDED a/y=1@12', 'MODIFIED a/x=5@14']);
      expect(readAll(view.watchFrom(middle))).to.deep.equal(['MODIFIED a/x=5@14']);
      expect(readAll(view.watchFrom(view.position))).to.deep.equal([]);
    });

    it('is expired when the log has dropped a later entry', () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = tensView(source, { log: { entries: 1 } });
      const begin = view.position;
      source.put('a/x', 12, 50);
      const middle = view.position;
      source.put('a/x', 14, 60);
      expect(() => view.watchFrom(begin)).to.throw(ExpiredError, `too old resource version: ${begin} (${middle})`);
      expect(readAll(view.watchFrom(middle))).to.deep.equal(['MODIFIED a/x=6@14']);
      expect(() => tensView(source).watchFrom(begin)).to.throw(ExpiredError);
    });

    it('ends as expired when a list of upstream is older than its position', async () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const asked: string[] = [];
      const latest = 12;
      const checking = Object.assign(source, {
        hasReached: (version: string): Promise<boolean> => {
          asked.push(version);
          return Promise.resolve(Number(version) <= latest);
        },
      });
      const view = tensView(checking);
      const at = (version: number): bigint => view.position + (BigInt(version - 10) << 20n);
      const [now, reachable, lost] = [10, 12, 13].map((version) => view.watchFrom(at(version)));
      let woken = 0;
      lost?.listen(() => (woken += 1));
      await view.existsUpstream(at(12));
      await Promise.resolve();
      expect([now, reachable, lost].map((watch) => watch?.ended)).to.deep.equal([undefined, undefined, 'expired']);
      expect([asked.slice(0, 2), woken]).to.deep.equal([['12', '13'], 1]);
      expect([await view.existsUpstream(at(12)), await view.existsUpstream(at(13))]).to.deep.equal([true, false]);
    });

    it('ends as expired when upstream is restored to a version between the frontier and its position while it waits', async () => {
      let latest = 15;
      const source = Object.assign(ScriptedSource.at(10, thing('a/x', 5, 40)), {
        hasReached: (version: string): Promise<boolean> => Promise.resolve(Number(version) <= latest),
      });
      const view = tensView(source);
      const at = (version: number): bigint => view.position + (BigInt(version - 10) << 20n);
      const [near, far, late] = [at(13), at(15), at(14)];
      const watches = [near, far].map((position) => view.watchFrom(position));
      await view.checkAhead();
      expect(watches.map(({ ended }) => ended)).to.deep.equal([undefined, undefined]);
      // No relist follows: the restored upstream is not older than the frontier.
      latest = 13;
      source.bookmark(11);
      await view.existsUpstream(far);
      await Promise.resolve();
      expect(watches.map(({ ended }) => ended)).to.deep.equal([undefined, 'expired']);
      latest = 15;
      await view.checkAhead();
      watches.push(view.watchFrom(late));
      latest = 12;
      await view.checkAhead();
      expect(watches.map(({ ended }) => ended)).to.deep.equal(['expired', 'expired', 'expired']);
    });

    it('ends as expired when the view reaches its position with other rows, and counts the position', () => {
      const faster = tensView(ScriptedSource.at(12, thing('a/x', 12, 90)));
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = tensView(source);
      const watch = view.watchFrom(faster.position);
      source.put('a/x', 12, 50);
      expect([watch.ended, readAll(watch), view.rejectedPositions]).to.deep.equal(['expired', [], 1]);
    });

    it('receives no event while it is ahead of the frontier, and bookmarks of its own position', () => {
      const faster = tensView(ScriptedSource.at(14, thing('a/x', 14, 60)));
      const source = ScriptedSource.at(10, thing('a/x', 5, 40));
      const view = tensView(source);
      const watch = view.watchFrom(faster.position);
      source.put('a/x', 12, 50);
      source.put('a/x', 14, 60);
      expect([readAll(watch), watch.bookmark(faster.position)]).to.deep.equal([[], faster.position]);
      source.put('a/x', 15, 70);
      expect(readAll(watch)).to.deep.equal(['MODIFIED a/x=7@15']);
    });
  });
});
