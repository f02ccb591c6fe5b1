import { expect } from 'chai';
import { requireMilliseconds } from '../../src/projections/arguments.ts';
import { at } from '../../src/projections/operators/at.ts';
import { coalesce } from '../../src/projections/operators/coalesce.ts';
import { derive } from '../../src/projections/operators/derive.ts';
import { distinctBy } from '../../src/projections/operators/distinct-by.ts';
import { recomputeEvery } from '../../src/projections/operators/recompute-every.ts';
import { expireAfter } from '../../src/projections/operators/expire-after.ts';
import { filter } from '../../src/projections/operators/filter.ts';
import { flatMap } from '../../src/projections/operators/flat-map.ts';
import { fromDeltas } from '../../src/projections/operators/from-deltas.ts';
import { groupBy } from '../../src/projections/operators/group-by.ts';
import { indexBy } from '../../src/projections/operators/index-by.ts';
import { join } from '../../src/projections/operators/join.ts';
import { leftJoin } from '../../src/projections/operators/left-join.ts';
import { map } from '../../src/projections/operators/map.ts';
import { tap } from '../../src/projections/operators/tap.ts';
import { topK } from '../../src/projections/operators/top-k.ts';
import { union } from '../../src/projections/operators/union.ts';
import { count } from '../../src/projections/reducers/count.ts';
import { fakeInformer, pod } from '../../src/testing/informers/index.ts';

/** Removes the types, so that wrong arguments compile. */
const untyped = (operator: unknown): ((...args: unknown[]) => unknown) => operator as (...args: unknown[]) => unknown;

describe('a wrong argument of an operator', () => {
  const pods = fakeInformer(pod('shop/web'));
  const key = (): undefined => undefined;
  const match = 'a function or a match such as byName() or rightOwnsLeft() as match';

  for (const [operator, args, message] of [
    [map, [], 'map needs a function, not undefined'],
    [map, ['name'], 'map needs a function, not a string'],
    [filter, [null], 'filter needs a function, not null'],
    [tap, [], 'tap needs a function, not undefined'],
    [flatMap, [[]], 'flatMap needs a function, not an array'],
    [distinctBy, [], 'distinctBy needs a function, not undefined'],
    [indexBy, [], 'indexBy needs a function, not undefined'],
    [recomputeEvery, [1000], 'recomputeEvery needs a function as project, not undefined'],
    [at, [], 'at needs a function as instants, not undefined'],
    [at, [key], 'at needs a function as project, not undefined'],
    [expireAfter, [1000], 'expireAfter needs a function as since, not undefined'],
    [coalesce, [], 'coalesce needs a whole number of milliseconds from 1 to 2147483647, not undefined'],
    [topK, [3], 'topK needs an object as options, not undefined'],
    [topK, [3, {}], 'topK needs a function as by, not undefined'],
    [topK, [3, { by: key, within: 'a' }], 'topK needs a function as within, not a string'],
    [groupBy, [], 'groupBy needs a function as key, not undefined'],
    [groupBy, [key], 'groupBy needs an object as reducers, not undefined'],
    [groupBy, [key, { pods: count }], 'groupBy needs a reducer as pods, not a function'],
    [groupBy, [key, { pods: undefined }], 'groupBy needs a reducer as pods, not undefined'],
    [derive, [], 'derive needs an object as collections, not undefined'],
    [derive, [{ nodes: undefined }, key], 'derive needs a collection as nodes, not undefined'],
    [derive, [{ pods }], 'derive needs a function as make, not undefined'],
    [union, [], 'union needs an array as others, not undefined'],
    [union, [pods], 'union needs an array as others, not an object of another kind'],
    [union, [[pods, undefined]], 'union needs a collection as others[1], not undefined'],
    [fromDeltas, ['some'], 'fromDeltas needs an observable as deltas$, not undefined'],
    ...[join, leftJoin].flatMap(
      (operator) =>
        [
          [operator, [undefined, key, key], `${operator.name} needs a collection, not undefined`],
          [operator, [{}, key, key], `${operator.name} needs a collection, not an object of another kind`],
          [operator, [pods, undefined, key], `${operator.name} needs ${match}, not undefined`],
          [operator, [pods, key], `${operator.name} needs a function as combine, not undefined`],
        ] as const,
    ),
  ] as const) {
    it(`throws at once: ${message}`, () => {
      expect(() => untyped(operator)(...args)).to.throw(Error, message);
      if (operator !== coalesce) expect(() => untyped(operator)(...args)).to.throw(TypeError);
    });
  }
});

describe('requireMilliseconds()', () => {
  it('accepts whole numbers above zero, up to the maximum', () => {
    expect(requireMilliseconds('recomputeEvery', 5)).to.equal(5);
    expect(() => requireMilliseconds('recomputeEvery', 11, 10)).to.throw(
      RangeError,
      'recomputeEvery needs a whole number of milliseconds from 1 to 10, not 11',
    );
  });
});
