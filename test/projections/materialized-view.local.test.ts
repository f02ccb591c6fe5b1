import { expect } from 'chai';
import { ExpiredError } from '../../src/projections/errors.ts';
import type { WatchCursor } from '../../src/projections/watch-cursor.ts';
import { ScriptedSource, thing } from './scripted-source.ts';
import { NOW, tensOfOwn, viewOf } from './view-rig.ts';

/** The events of a watch, without versions: they are places in the log. */
function read(cursor: WatchCursor): string[] {
  const events: string[] = [];
  for (let entry = cursor.next()?.entry; entry !== undefined; entry = cursor.next()?.entry) {
    const { before, after } = entry;
    const type = after === undefined ? 'DELETED' : before === undefined ? 'ADDED' : 'MODIFIED';
    events.push(`${type} ${(after ?? before)?.key} ${String((after ?? before)?.object['n'])}`);
  }
  return events;
}

const setUp = (random = 0.5, now = NOW) => {
  const source = ScriptedSource.at(10, thing('a/x', 5, 40), thing('a/y', 6, 40));
  const view = viewOf(tensOfOwn(source), { random: () => random, clock: { now: () => now } });
  return { source, view };
};

describe('MaterializedView of scheme local', () => {
  describe('rule 1: a position is a place in the log of this instance', () => {
    it('increases strictly, one position for each entry', () => {
      const { source, view } = setUp();
      const watch = view.watchFrom(view.position);
      const begin = view.position;
      source.relist(20, thing('a/x', 15, 50), thing('a/z', 16, 60));
      source.put('a/x', 21, 70);
      const positions = [begin];
      for (let entry = watch.next()?.entry; entry !== undefined; entry = watch.next()?.entry)
        positions.push(entry.position);
      expect(positions).to.have.length(5);
      expect(positions.toSorted((a, b) => Number(a - b))).to.deep.equal(positions);
      expect(new Set(positions).size).to.equal(5);
      expect(positions.at(-1)).to.equal(view.position);
    });

    it('starts above all earlier instances', () => {
      const earlier = setUp();
      for (let version = 11; version < 60; version += 1) earlier.source.put('a/x', version, version * 10);
      expect(setUp(0, NOW + 1).view.position > earlier.view.position).to.equal(true);
    });
  });

  describe('rule 2: a row has the position of its last log entry', () => {
    it('gives a list the last position that was handed out', () => {
      const { source, view } = setUp();
      const listed = view.position;
      expect(view.get('a/x')?.position).to.equal(listed);
      source.put('a/x', 11, 50);
      expect(view.get('a/x')?.position).to.equal(view.position);
      expect(view.get('a/x')?.object.metadata.resourceVersion).to.equal(String(view.position));
      expect(view.get('a/y')?.position).to.equal(listed);
      expect(view.position > listed).to.equal(true);
    });
  });

  describe('rule 3: a watch resumes from a position of this instance', () => {
    it('receives exactly the later changes, even from the middle of one relist', () => {
      const { source, view } = setUp();
      const watch = view.watchFrom(view.position);
      source.relist(20, thing('a/x', 15, 50), thing('a/z', 16, 60));
      const first = watch.next()?.entry;
      const rest = read(watch);
      expect(rest).to.have.length(2);
      expect(read(view.watchFrom(first?.position ?? 0n))).to.deep.equal(rest);
    });

    it('refuses a position of an earlier or later instance', () => {
      const [one, other] = [setUp(0.1), setUp(0.2)];
      for (const [view, position] of [
        [one.view, other.view.position],
        [other.view, one.view.position],
      ] as const) {
        expect(() => view.watchFrom(position)).to.throw(ExpiredError);
        expect(() => view.snapshotAt(position)).to.throw(ExpiredError);
        expect(view.isAhead(position)).to.equal(false);
      }
    });

    it('refuses a position that it has not handed out yet', () => {
      const { view } = setUp();
      expect(() => view.watchFrom(view.position + 65_536n)).to.throw(ExpiredError);
    });
  });

  describe('rule 4: a relist is the difference', () => {
    it('delivers the difference as ordinary events, and keeps the watches open', () => {
      const { source, view } = setUp();
      const watch = view.watchFrom(view.position);
      source.relist(20, thing('a/x', 15, 50), thing('a/z', 16, 60), thing('a/y', 6, 41));
      expect(read(watch)).to.deep.equal(['MODIFIED a/x 5', 'ADDED a/z 6']);
      source.relist(30);
      expect(read(watch).toSorted()).to.deep.equal(['DELETED a/x 5', 'DELETED a/y 4', 'DELETED a/z 6']);
      expect(watch.ended).to.equal(undefined);
    });
  });
});
