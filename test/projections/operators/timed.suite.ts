/**
 * The tests of every operator that makes rows from objects and the time: random histories of its source and its clock. After every step the
 * rows are compared with rows that are computed from scratch.
 * @module
 */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Collection } from '../../../src/informers/collection/index.ts';
import { purityGuard } from '../../../src/testing/projections/purity-guard.ts';
import {
  type FakeClock,
  fakeClock,
  type FakeInformer,
  fakeInformer,
  track,
} from '../../../src/testing/informers/index.ts';
import { type Value, value } from '../../conformance/observed-source.ts';
import { BAD, type Expected } from './operator.suite.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

/** The start of the clocks in these tests. It is not a multiple of any interval. */
export const START = 1_000_000_007;

/** A change of a source, or an amount of time that passes. */
export interface Step {
  readonly type: 'put' | 'recreate' | 'delete' | 'relist' | 'replace' | 'gone' | 'advance';
  readonly name: string;
  readonly n: number;
  readonly milliseconds: number;
}

export const steps: fc.Arbitrary<Step> = fc.record({
  type: fc.oneof(
    { weight: 10, arbitrary: fc.constant('put' as const) },
    { weight: 8, arbitrary: fc.constant('advance' as const) },
    { weight: 4, arbitrary: fc.constant('delete' as const) },
    { weight: 1, arbitrary: fc.constantFrom('recreate', 'relist', 'replace', 'gone') },
  ),
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  n: fc.constantFrom(-2, -1, 0, 1, 2, 3, BAD),
  milliseconds: fc.oneof(fc.nat(12), fc.nat(250)),
});

let uids = 0;

/** Applies a step. The first write to a source that is gone is a list. */
export function take(source: FakeInformer<Value>, clock: FakeClock, { type, name, n, milliseconds }: Step): void {
  if (type === 'advance') {
    clock.advance(milliseconds);
    return;
  }
  if (!source.hasSynced && type !== 'gone') source.replace();
  const there = source.get(name) !== undefined;
  if (type === 'put') {
    if (there) source.modify(value(name, n));
    else source.add(value(name, n));
  } else if (type === 'recreate') {
    uids += 1;
    if (there) source.modify({ metadata: { name, uid: `other-${uids}` }, n: source.get(name)!.n });
  } else if (type === 'delete') {
    if (there) source.delete(name);
  } else if (type === 'relist') {
    source.relist();
  } else if (type === 'replace') {
    source.replace(...source.list().filter((object) => object.metadata.name > name), value(name, n));
  } else {
    source.gone();
  }
}

export const sorted = (map: Iterable<readonly [string, unknown]>): unknown =>
  [...map].toSorted(([a], [b]) => (a < b ? -1 : 1));

/** Returns the rows that result from the batches of a collection. Each delta must fit the rows before it. */
export function replayed<R>(rows: Collection<R>, show: (row: R) => unknown): ReadonlyMap<string, unknown> {
  const contents = new Map<string, unknown>();
  rows.deltas$.subscribe(({ changes }) => {
    expect(new Set(changes.map(({ key }) => key)).size, 'one delta for each key').to.equal(changes.length);
    for (const delta of changes) {
      expect(delta.type === 'ADDED', `${delta.type} ${delta.key}`).to.equal(!contents.has(delta.key));
      if (delta.type === 'DELETED') contents.delete(delta.key);
      else contents.set(delta.key, show(delta.object));
    }
  });
  return contents;
}

/** An operator that makes rows of objects and the time. */
export interface TimedRig<R> {
  readonly name: string;
  readonly build: (source: Collection<Value>, clock: FakeClock) => Collection<R>;
  readonly show: (row: R) => unknown;
  readonly expected: (source: ReadonlyMap<string, Value>, now: number) => Expected;
}

/** Declares the tests of a rig. */
export function timedSuite<R>({ name, build, show, expected }: TimedRig<R>): void {
  describe(`${name}, as time passes`, () => {
    let before = false;
    beforeEach(() => {
      before = purityGuard(true);
    });
    afterEach(() => void purityGuard(before));

    it('equals rows computed from scratch after any history', () => {
      fc.assert(
        fc.property(fc.array(steps, { maxLength: 40 }), (history) => {
          const clock = fakeClock(START);
          const source = fakeInformer(value('a', 1), value('b', 0));
          const rows = build(source, clock);
          const contents = replayed(rows, show);
          for (const step of history) {
            take(source, clock, step);
            const { rows: right, errors = [] } = expected(new Map(source.entries()), clock.now());
            expect(sorted(Array.from(nodeOf(rows).entries(), ([key, row]) => [key, show(row)] as const))).to.deep.equal(
              sorted(right),
            );
            expect(sorted(contents)).to.deep.equal(sorted(right));
            expect([...rows.errors.keys()].toSorted()).to.deep.equal([...errors].toSorted());
            expect(clock.waiting, 'timers').to.be.at.most(1);
          }
        }),
        { numRuns: 200 },
      );
    });

    it('has no timer after the last subscriber', () => {
      const clock = fakeClock(START);
      const rows = build(fakeInformer(value('a', 1), value('b', 2)), clock);
      const events = track(rows);
      expect(clock.waiting).to.equal(1);
      events.stop();
      expect(clock.waiting).to.equal(0);
    });
  });
}
