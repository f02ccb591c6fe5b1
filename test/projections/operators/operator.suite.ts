/**
 * The tests of every operator with state: the obligatory cases, and 200 random histories of all its sources. After every step of a history
 * the rows are compared with rows that are computed from scratch.
 * @module
 */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Collection } from '../../../src/informers/collection/index.ts';
import { purityGuard } from '../../../src/testing/projections/purity-guard.ts';
import { type FakeInformer, fakeInformer, track } from '../../../src/testing/informers/index.ts';
import { type Value, value } from '../../conformance/observed-source.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

/** The expected rows and errors. */
export interface Expected {
  /** The results of {@link OperatorRig.show}, by key. */
  readonly rows: ReadonlyMap<string, unknown>;
  /** The keys under which errors are reported. */
  readonly errors?: Iterable<string>;
}

/** An operator, applied to sources of numbers. */
export interface OperatorRig<R> {
  readonly name: string;
  /** The number of sources. */
  readonly sources: number;
  readonly build: (...sources: Collection<Value>[]) => Collection<R>;
  readonly show: (row: R) => unknown;
  /** Computes the rows from the objects of the sources, without the operator. */
  readonly expected: (...sources: ReadonlyMap<string, Value>[]) => Expected;
  /** Names of objects. Default a to d. */
  readonly names?: readonly string[];
  /** Numbers of objects. Default -2 to 3, and {@link BAD}. */
  readonly numbers?: readonly number[];
}

/** The number for which functions of a rig may throw. */
export const BAD = 13;

interface Write {
  readonly type: 'put' | 'delete' | 'relist' | 'replace' | 'gone' | 'resubscribe';
  readonly source: number;
  readonly name: string;
  readonly n: number;
}

type Histories = Pick<OperatorRig<unknown>, 'sources' | 'names' | 'numbers'>;

const NAMES = ['a', 'b', 'c', 'd'];
const NUMBERS = [-2, -1, 0, 1, 2, 3, BAD];

function writes({ sources, names = NAMES, numbers = NUMBERS }: Histories): fc.Arbitrary<Write> {
  return fc.record({
    type: fc.oneof(
      { weight: 12, arbitrary: fc.constant('put' as const) },
      { weight: 5, arbitrary: fc.constant('delete' as const) },
      {
        weight: 1,
        arbitrary: fc.constantFrom('relist' as const, 'replace' as const, 'gone' as const, 'resubscribe' as const),
      },
    ),
    source: fc.nat(sources - 1),
    name: fc.constantFrom(...names),
    n: fc.constantFrom(...numbers),
  });
}

function apply(source: FakeInformer<Value>, { type, name, n }: Write): void {
  if (!source.hasSynced && type !== 'gone') source.replace();
  if (type === 'put') {
    if (source.get(name) === undefined) source.add(value(name, n));
    else source.modify(value(name, n));
  } else if (type === 'delete') {
    if (source.get(name) !== undefined) source.delete(name);
  } else if (type === 'relist') {
    source.relist();
  } else if (type === 'replace') {
    const kept = source.list().filter((object) => object.metadata.name > name);
    source.replace(...kept, value(name, n));
  } else if (type === 'gone') {
    source.gone();
  }
}

const sorted = (map: Iterable<readonly [string, unknown]>): unknown =>
  [...map].toSorted(([a], [b]) => (a < b ? -1 : 1));

/** Declares the tests of a rig. */
export function operatorSuite<R>(rig: OperatorRig<R>): void {
  const { name, build, show } = rig;
  const values = (): FakeInformer<Value>[] =>
    Array.from({ length: rig.sources }, (_, index) => {
      const source = fakeInformer<Value>();
      for (const [at, each] of (rig.names ?? ['a', 'b', 'c']).entries()) {
        const numbers = rig.numbers ?? [1, 2, 3];
        source.add(value(each, numbers[(at + index) % numbers.length]!));
      }
      return source;
    });
  const check = (rows: Collection<R>, sources: readonly FakeInformer<Value>[]): void => {
    const { rows: expectedRows, errors = [] } = rig.expected(...sources.map((source) => new Map(source.entries())));
    expect(sorted(Array.from(nodeOf(rows).entries(), ([key, row]) => [key, show(row)] as const))).to.deep.equal(
      sorted(expectedRows),
    );
    expect([...rows.errors.keys()].toSorted()).to.deep.equal([...new Set(errors)].toSorted());
  };

  describe(`${name}, for any changes of its sources`, () => {
    let before = false;
    beforeEach(() => {
      before = purityGuard(true);
    });
    afterEach(() => void purityGuard(before));

    it('has the rows of the objects that existed before the subscription', () => {
      const sources = values();
      const rows = build(...sources);
      track(rows);
      check(rows, sources);
    });

    it('gives a late subscriber the current rows, and emits nothing to other subscribers', () => {
      const sources = values();
      const rows = build(...sources);
      const early = track(rows);
      early.clear();
      const late = track(rows, (row) => JSON.stringify(show(row)) ?? '');
      early.expect();
      expect(late.events).to.have.length(nodeOf(rows).size);
    });

    it('is not synced before all of its sources are, and then emits one snapshot', () => {
      const sources = values();
      const last = sources.at(-1)!;
      last.gone();
      const rows = build(...sources);
      const events = track(rows);
      expect([rows.hasSynced, events.takeCauses()]).to.deep.equal([false, []]);
      last.replace(value('a', 1));
      expect([rows.hasSynced, events.takeCauses()]).to.deep.equal([true, ['SNAPSHOT']]);
      check(rows, sources);
    });

    it('emits nothing when the same objects are listed again', () => {
      const sources = values();
      const events = track(build(...sources));
      events.clear();
      for (const source of sources) source.relist();
      events.expect();
    });

    it('releases everything after the last subscriber, and starts again with the next', () => {
      const sources = values();
      const rows = build(...sources);
      track(rows).stop();
      expect(sources.map(({ statistics }) => statistics.subscribers)).to.deep.equal(sources.map(() => 0));
      expect(nodeOf(rows).statistics).to.include({ objects: 0, errors: 0 });
      for (const source of sources) source.replace(value('a', 2));
      track(rows);
      check(rows, sources);
    });

    it('reports the objects that each row is made of', () => {
      const sources = values();
      const rows = build(...sources);
      track(rows);
      for (const [key] of nodeOf(rows).entries()) {
        const origins = nodeOf(rows).originsOf(key);
        expect(origins, key).to.be.an('array').that.is.not.empty;
        for (const origin of origins ?? []) {
          expect(origin.collection.get(origin.key), `${origin.collection.name} ${origin.key}`).to.not.equal(undefined);
        }
      }
    });

    it('equals rows computed from scratch after any history', () => {
      fc.assert(
        fc.property(fc.array(writes(rig), { maxLength: 40 }), (history) => {
          const sources = values();
          const rows = build(...sources);
          const replayed = new Map<string, unknown>();
          rows.deltas$.subscribe(({ changes }) => {
            const keys = new Set(changes.map(({ key }) => key));
            expect(keys.size, 'one delta for each key').to.equal(changes.length);
            for (const delta of changes) {
              expect(delta.type === 'ADDED', `${delta.type} ${delta.key}`).to.equal(!replayed.has(delta.key));
              if (delta.type === 'DELETED') replayed.delete(delta.key);
              else replayed.set(delta.key, show(delta.object));
            }
          });
          for (const each of history) {
            apply(sources[each.source]!, each);
            check(rows, sources);
            expect(sorted(replayed)).to.deep.equal(
              sorted(Array.from(nodeOf(rows).entries(), ([key, row]) => [key, show(row)] as const)),
            );
          }
        }),
        { numRuns: 200 },
      );
    });
  });
}
