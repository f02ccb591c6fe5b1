/** The projections of the convergence test. */
import { identity } from '../../../src/projections/identity.ts';
import { byValues } from '../../../src/projections/match/equal-values.ts';
import { flatMap } from '../../../src/projections/operators/flat-map.ts';
import { groupBy } from '../../../src/projections/operators/group-by.ts';
import { join } from '../../../src/projections/operators/join.ts';
import { leftJoin } from '../../../src/projections/operators/left-join.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { union } from '../../../src/projections/operators/union.ts';
import { collect } from '../../../src/projections/reducers/collect.ts';
import { count } from '../../../src/projections/reducers/count.ts';
import { sum } from '../../../src/projections/reducers/sum.ts';
import type { Thing } from '../scripted-source.ts';
import { tens, tensOfOwn } from '../view-rig.ts';
import type { Projection } from './replica.ts';

/** Scheme `upstream`. */
export const rowwise: Projection = { sources: 1, of: (things) => tens(things) };

/** A custom operator, so scheme `local`. */
export const ownOperator: Projection = { sources: 1, of: (things) => tensOfOwn(things) };

/** Up to two rows for each thing. Things with 15 and 18 have one row with the same key. */
export const flattened: Projection = {
  sources: 1,
  of: (things) =>
    things.pipe(
      flatMap((one: Thing) => {
        if (one.n === 13) throw new Error('13 is bad');
        const { namespace, name } = identity(one);
        const row = (suffix: string) => ({
          metadata: { namespace, name: `${name}-${suffix}` },
          n: Math.floor(one.n / 10),
        });
        if (one.n < 0) return [];
        return one.n === 15 || one.n === 18
          ? [row('one'), { metadata: { namespace: 'a', name: 'shared' }, n: 1 }]
          : [row('one'), row('two')];
      }),
    ),
};

const checked = (n: number): number => {
  if (n === 13) throw new Error('13 is bad');
  return n;
};
const tensOf = (one: Thing | undefined): number => Math.floor((one?.n ?? -10) / 10);
const metadataOf = ({ metadata: { namespace, name } }: Thing): Thing['metadata'] =>
  ({ namespace, name }) as Thing['metadata'];

/** Each thing with the thing of the other source that its number selects. */
export const joined: Projection = {
  sources: 2,
  of: (things, others) =>
    things.pipe(
      leftJoin(
        others,
        ({ n }) => (n < 0 ? undefined : ['a-b/x', 'a/x', 'b/x'][n % 3]),
        (one, other) => ({ metadata: metadataOf(one), n: tensOf(one), other: tensOf(other) }),
      ),
    ),
};

/** Each thing that has partners, with all of them. Partners have the same tens. */
export const joinedToMany: Projection = {
  sources: 2,
  of: (things, others) =>
    things.pipe(
      join(
        others,
        byValues(
          (one) => String(tensOf(one)),
          ({ n }) => String(Math.floor(checked(n) / 10)),
        ),
        (one, partners) => ({
          metadata: metadataOf(one),
          n: partners.length,
          names: partners.map(({ metadata }) => metadata.name),
        }),
      ),
    ),
};

/** Things grouped by namespace and tens. */
export const grouped: Projection = {
  sources: 1,
  of: (things) =>
    things.pipe(
      groupBy(({ metadata: { namespace }, n }) => `${namespace}/tens-${Math.abs(Math.floor(checked(n) / 10))}`, {
        n: count(),
        total: sum(({ n }) => n),
        names: collect(({ metadata }) => metadata.name),
      }),
    ),
};

/** Three levels: groups of joined rows, joined with the rows that they group, and united with the groups. */
export const stacked: Projection = {
  sources: 2,
  of: (things, others) => {
    const pairs = things.pipe(
      leftJoin(
        others,
        ({ n }) => (n < 0 ? undefined : 'a/x'),
        (one, other) => ({ metadata: metadataOf(one), own: checked(one.n), other: tensOf(other) }),
      ),
    );
    const totals = pairs.pipe(
      groupBy(({ metadata: { namespace } }) => `${namespace}/total`, {
        n: count(),
        sum: sum(({ own, other }) => own + other),
      }),
    );
    const shares = pairs.pipe(
      leftJoin(
        totals,
        ({ metadata: { namespace } }) => `${namespace}/total`,
        ({ metadata, own }, total) => ({ metadata, n: total?.n ?? 0, share: `${own}/${total?.sum}` }),
      ),
    );
    return shares.pipe(union([totals.pipe(map(({ metadata, n }) => ({ metadata, n })))]));
  },
};
