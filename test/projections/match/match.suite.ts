/**
 * The tests of every match: 200 random histories of both collections. After every step the rows are compared with those of all pairs.
 * @module
 */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Collection } from '../../../src/informers/collection/index.ts';
import { purityGuard } from '../../../src/testing/projections/purity-guard.ts';
import type { Cardinality, Match } from '../../../src/projections/match/match.ts';
import { join } from '../../../src/projections/operators/join.ts';
import { leftJoin } from '../../../src/projections/operators/left-join.ts';
import {
  type CustomObject,
  customObject,
  type FakeInformer,
  fakeInformer,
  type ObjectFields,
} from '../../../src/testing/informers/index.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

/** An object with fields for the match. */
export type Thing<Spec> = CustomObject<Spec>;

/** The fields of an object without its key. */
export interface Content<Spec> extends Pick<ObjectFields, 'labels' | 'uid' | 'ownerReferences'> {
  readonly spec?: Spec | undefined;
}

/** A match, and a predicate with the same meaning for one pair. */
export interface MatchRig<L, R, C extends Cardinality> {
  readonly name: string;
  readonly match: Match<Thing<L>, Thing<R>, C>;
  readonly left: fc.Arbitrary<Content<L>>;
  readonly right: fc.Arbitrary<Content<R>>;
  /** Whether two objects are partners, if neither of them is bad. */
  readonly belong: (left: Thing<L>, right: Thing<R>) => boolean;
  readonly leftIsBad?: (left: Thing<L>) => boolean;
  readonly rightIsBad?: (right: Thing<R>) => boolean;
}

const KEYS = ['shop/a', 'shop/b', 'shop/c', 'shop/d', 'store/a', 'node'];

type Write<L, R> = {
  readonly type: 'put' | 'delete' | 'relist' | 'replace' | 'gone';
  readonly key: string;
  /** Content that the match does not use, so that objects also change in other fields. */
  readonly note: string;
} & (
  | { readonly side: 'left'; readonly content: Content<L> }
  | { readonly side: 'right'; readonly content: Content<R> }
);

function write<L, R>({ left, right }: MatchRig<L, R, Cardinality>): fc.Arbitrary<Write<L, R>> {
  const common = {
    type: fc.oneof(
      { weight: 14, arbitrary: fc.constant('put' as const) },
      { weight: 5, arbitrary: fc.constant('delete' as const) },
      { weight: 1, arbitrary: fc.constantFrom('relist' as const, 'replace' as const, 'gone' as const) },
    ),
    key: fc.constantFrom(...KEYS),
    note: fc.constantFrom('x', 'y'),
  };
  return fc.oneof(
    fc.record({ ...common, side: fc.constant('left' as const), content: left }),
    fc.record({ ...common, side: fc.constant('right' as const), content: right }),
  );
}

function apply<Spec>(
  source: FakeInformer<Thing<Spec>>,
  { type, key, note }: Pick<Write<Spec, Spec>, 'type' | 'key' | 'note'>,
  { spec, ...fields }: Content<Spec>,
): void {
  const object = customObject('example.com/v1', 'Thing', key, spec, { ...fields, annotations: { note } });
  if (!source.hasSynced && type !== 'gone') source.replace();
  if (type === 'put') {
    if (source.get(key) === undefined) source.add(object);
    else source.modify(object);
  } else if (type === 'delete') {
    if (source.get(key) !== undefined) source.delete(key);
  } else if (type === 'relist') {
    source.relist();
  } else if (type === 'replace') {
    source.replace(...source.list().filter(({ metadata }) => metadata.name !== 'a' && metadata.name !== key), object);
  } else {
    source.gone();
  }
}

const sorted = <V>(entries: Iterable<readonly [string, V]>): (readonly [string, V])[] =>
  [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1));
/** All fields of an object that may change, without its version, which rows do not show. */
const face = ({ metadata: { namespace, name, uid, annotations } }: Thing<unknown>): string =>
  `${namespace ?? ''}/${name ?? ''} ${uid ?? ''} ${annotations?.['note'] ?? ''}`;

interface Row {
  readonly of: string;
  readonly partners: readonly string[];
}

/** Declares the tests of a rig. */
export function matchSuite<L, R, C extends Cardinality>(rig: MatchRig<L, R, C>): void {
  const { name, match, belong, leftIsBad = () => false, rightIsBad = () => false } = rig;

  const expectedRows = (
    lefts: Collection<Thing<L>>,
    rights: Collection<Thing<R>>,
    needed: boolean,
  ): (readonly [string, Row])[] => {
    const rows: (readonly [string, Row])[] = [];
    for (const [key, left] of nodeOf(lefts).entries()) {
      if (leftIsBad(left)) continue;
      const all = sorted(nodeOf(rights).entries()).filter(([, right]) => !rightIsBad(right) && belong(left, right));
      const partners = all.slice(0, match.cardinality === 'one' ? 1 : undefined).map(([, right]) => face(right));
      if (partners.length > 0 || !needed) rows.push([key, { of: face(left), partners }]);
    }
    return sorted(rows);
  };
  const row = (left: Thing<L>, partners: Thing<R> | undefined | readonly Thing<R>[]): Row => ({
    of: face(left),
    partners: partners === undefined ? [] : [partners].flat().map((one) => face(one)),
  });

  describe(`${name}, for any changes of both collections`, () => {
    let before = false;
    beforeEach(() => {
      before = purityGuard(true);
    });
    afterEach(() => void purityGuard(before));

    it('equals a comparison of all pairs', () => {
      let met = 0;
      fc.assert(
        fc.property(
          fc.array(write(rig as unknown as MatchRig<L, R, Cardinality>), { minLength: 5, maxLength: 25, size: 'max' }),
          (history) => {
            const lefts = fakeInformer<Thing<L>>();
            const rights = fakeInformer<Thing<R>>();
            const outer = lefts.pipe(leftJoin(rights, match, (left, partners) => row(left, partners)));
            const inner = lefts.pipe(join(rights, match, (left, partners) => row(left, partners)));
            const told = [outer, inner].map((rows) => {
              const replayed = new Map<string, Row>();
              rows.deltas$.subscribe(({ changes }) => {
                for (const { type, key, object } of changes) {
                  expect(type === 'ADDED', `${type} ${key}`).to.equal(!replayed.has(key));
                  if (type === 'DELETED') replayed.delete(key);
                  else replayed.set(key, object);
                }
              });
              return replayed;
            });
            for (const each of history) {
              if (each.side === 'left') apply(lefts, each, each.content);
              else apply(rights, each, each.content);
              const errors = [
                ...[...lefts.entries()].filter(([, left]) => leftIsBad(left)).map(([key]) => key),
                ...[...rights.entries()].filter(([, right]) => rightIsBad(right)).map(([key]) => key),
              ];
              for (const [index, rows] of [outer, inner].entries()) {
                const expected = expectedRows(lefts, rights, rows === inner);
                expect(sorted(nodeOf(rows).entries())).to.deep.equal(expected);
                expect(sorted(told[index] ?? [])).to.deep.equal(expected);
                expect([...rows.errors.keys()].toSorted()).to.deep.equal([...new Set(errors)].toSorted());
                for (const [key, { partners }] of expected) {
                  expect(nodeOf(rows).originsOf(key)).to.have.length(1 + partners.length);
                }
                if (rows === inner) met += expected.length;
              }
            }
          },
        ),
        { numRuns: 200 },
      );
      // Random histories have about 500 pairs. A suite without pairs would prove nothing.
      expect(met, 'pairs that the histories have made').to.be.above(100);
    });
  });
}
