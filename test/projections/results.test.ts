import { expect } from 'chai';
import fc from 'fast-check';
import type { DeltaOperator } from '../../src/informers/collection/index.ts';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import { leftSelectsRight } from '../../src/projections/match/label-selection.ts';
import { byValues } from '../../src/projections/match/equal-values.ts';
import { distinctBy } from '../../src/projections/operators/distinct-by.ts';
import { groupBy } from '../../src/projections/operators/group-by.ts';
import { indexBy } from '../../src/projections/operators/index-by.ts';
import { leftJoin } from '../../src/projections/operators/left-join.ts';
import { topK } from '../../src/projections/operators/top-k.ts';
import { collect } from '../../src/projections/reducers/collect.ts';
import { byValue, type Comparable, requireComparable } from '../../src/projections/results.ts';
import { fakeInformer, pod, track } from '../../src/testing/informers/index.ts';

/** A function that does not compile without the casts. */
const promised = (): never => Promise.resolve('a') as never;

describe('an operator with a function that returns a promise', () => {
  const others = fakeInformer(pod('shop/web'));
  const cases: readonly (readonly [string, DeltaOperator<V1Pod, unknown>, string])[] = [
    ['groupBy', groupBy(promised, {}), 'key function'],
    ['groupBy, in a reducer', groupBy(() => 'g', { all: collect(promised) }), 'function of the reducer'],
    ['indexBy', indexBy(promised), 'key function'],
    ['distinctBy', distinctBy(promised), 'key function'],
    ['topK, by', topK(1, { by: promised }), 'function by'],
    ['topK, within', topK(1, { by: () => 1, within: promised }), 'function within'],
    ['leftJoin, by key', leftJoin(others, promised, (left) => left), 'function of the match'],
    ['leftJoin, by values', leftJoin(others, byValues(promised, promised), (left) => left), 'function of the match'],
    ['leftJoin, by selector', leftJoin(others, leftSelectsRight(promised), (left) => left), 'function of the match'],
  ];
  for (const [what, operator, role] of cases) {
    it(`reports an error and makes no row: ${what}`, () => {
      const events = track(fakeInformer(pod('shop/web')).pipe(operator));
      events.expect();
      expect(events.errors.join()).to.contain(`the ${role} returned a promise; it must return the value itself`);
    });
  }
});

describe('byValue()', () => {
  it('orders numbers before strings before dates, and a number before an equal bigint', () => {
    const ordered: Comparable[] = [
      -Infinity,
      -1n,
      0,
      0n,
      0.5,
      1,
      1n,
      2 ** 53,
      2n ** 53n + 1n,
      '',
      'B',
      'a',
      new Date(-1),
      new Date(0),
    ];
    expect(ordered.toReversed().toSorted(byValue)).to.deep.equal(ordered);
  });

  it('is a total order', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true }).map((number) => requireComparable(number)),
      fc.integer({ min: -3, max: 3 }),
      fc.bigInt({ min: -3n, max: 3n }),
      fc.string({ maxLength: 2 }),
      fc.date({ noInvalidDate: true }),
    );
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        expect(Math.sign(byValue(a, b))).to.equal(0 - Math.sign(byValue(b, a)));
        if (byValue(a, b) === 0) expect(a).to.deep.equal(b);
        if (byValue(a, b) <= 0 && byValue(b, c) <= 0) expect(byValue(a, c)).to.be.at.most(0);
      }),
      { numRuns: 1000 },
    );
  });
});
