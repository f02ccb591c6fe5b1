import { expect } from 'chai';
import type { DeltaOperator } from '../../src/informers/collection/index.ts';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import { leftSelectsRight } from '../../src/projections/match/label-selection.ts';
import { byValues } from '../../src/projections/match/by-values.ts';
import { distinctBy } from '../../src/projections/operators/distinct-by.ts';
import { groupBy } from '../../src/projections/operators/group-by.ts';
import { indexBy } from '../../src/projections/operators/index-by.ts';
import { leftJoin } from '../../src/projections/operators/left-join.ts';
import { topK } from '../../src/projections/operators/top-k.ts';
import { collect } from '../../src/projections/reducers/collect.ts';
import { fakeInformer, pod, track } from '../../src/testing/informers/index.ts';

/** What TypeScript would not let pass. */
const promised = (): never => Promise.resolve('a') as never;

describe('an operator whose function answers a promise', () => {
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
  for (const [what, operator, asked] of cases) {
    it(`makes no row of it: ${what}`, () => {
      const events = track(fakeInformer(pod('shop/web')).pipe(operator));
      events.expect();
      expect(events.errors.join()).to.contain(`the ${asked} returned a promise; it must return the value itself`);
    });
  }
});
