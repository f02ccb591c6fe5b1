import { expect } from 'chai';
import fc from 'fast-check';
import { debounceTime, filter as rxFilter, map as rxMap } from 'rxjs';
import type { Collection, DeltaOperator } from '../../../src/informers/collection/index.ts';
import { purityGuard } from '../../../src/testing/projections/purity-guard.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { identity } from '../../../src/projections/identity.ts';
import { incremental } from '../../../src/projections/incremental.ts';
import { coalesce } from '../../../src/projections/operators/coalesce.ts';
import { filter } from '../../../src/projections/operators/filter.ts';
import { flatMap } from '../../../src/projections/operators/flat-map.ts';
import { fromDeltas } from '../../../src/projections/operators/from-deltas.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { fakeClock, pod } from '../../../src/testing/informers/index.ts';
import { type ArbitraryOf, checkProjection, type CheckOptions } from '../../../src/testing/projections/index.ts';

const pods: ArbitraryOf<V1Pod> = fc
  .record({ name: fc.constantFrom('a', 'b', 'c'), node: fc.constantFrom('n1', 'n2', undefined), ready: fc.boolean() })
  .map(({ name, node, ready }) => pod(`shop/${name}`, { node, ready }));

const rejection = async (
  projection: (source: Collection<V1Pod>) => Collection<unknown>,
  options?: CheckOptions,
): Promise<string> => {
  try {
    await checkProjection(projection, [pods], { runs: 60, ...options });
  } catch (error) {
    const { cause, message } = error as Error;
    return `${message}\n${cause instanceof Error ? cause.message : ''}`;
  }
  return expect.fail('the check found no failure');
};

describe('checkProjection()', () => {
  it('passes for a correct projection', async () => {
    await checkProjection(
      (source) =>
        source.pipe(
          filter(({ spec }) => spec?.nodeName !== undefined),
          map((one) => ({ metadata: identity(one), node: one.spec?.nodeName, uid: one.metadata?.uid })),
        ),
      [pods],
    );
  });

  it('accepts rows that fail if errorsAllowed is set', async () => {
    const projection = (source: Collection<V1Pod>) =>
      source.pipe(map((one) => ({ metadata: identity(one), node: one.spec!.nodeName!.length })));
    await checkProjection(projection, [pods], { errorsAllowed: true });
    expect(await rejection(projection)).to.match(/no row for shop\/[abc]: Cannot read properties of undefined/);
  });

  // A fixed seed: from one start in 25, fast-check ends at a history that is one step longer.
  it('finds an operator that never removes rows, and reports the shortest history', async () => {
    const forgetful = (source: Collection<V1Pod>): Collection<string> =>
      source.pipe(
        incremental<V1Pod, string>('forgetful', ({ main }) => {
          const names = new Set<string>();
          main(({ changes }) => changes.forEach(({ key }) => names.add(key)));
          return () => Array.from(names, (key) => ({ type: 'PUT', key, object: key }) as const);
        }),
      );
    const found = await rejection(forgetful, { anyRows: true, seed: 2 });
    expect(found).to.match(/seed: -?\d+, path: "/);
    expect(found).to.match(
      /the rows differ from those recomputed, at (shop\/[abc]): '\1' is not undefined, after\n(put|replace) source 1 \{.*\}\n(delete|replace|gone)/,
    );
  });

  it('finds a function that is not pure', async () => {
    let calls = 0;
    expect(
      await rejection((source) => source.pipe(map(() => ({ calls: (calls += 1) }))), { errorsAllowed: true }),
    ).to.contain('the function of map is not pure');
  });

  it('finds a function that reads the clock, and names the operators to use instead', async () => {
    const found = await rejection((source) =>
      source.pipe(map((one) => ({ metadata: identity(one), status: { seen: new Date(Date.now()).toISOString() } }))),
    );
    expect(found).to.match(
      /map is not pure: in two calls with the same arguments, status\.seen was '20\S+Z' and then '20\S+Z'; .*use recomputeEvery or expireAfter/,
    );
  });

  it('reports the actual and the expected value for an operator that depends on its history', async () => {
    const counting = (source: Collection<V1Pod>): Collection<unknown> => {
      let batches = 0;
      const counted: DeltaOperator<V1Pod, unknown> = rxMap((batch) => {
        batches += 1;
        return batch.derive(
          batch.changes.map(({ type, key, object }) =>
            type === 'DELETED' ? { type: 'REMOVE', key } : { type: 'PUT', key, object: { ...object, batches } },
          ),
        );
      });
      return source.pipe(counted);
    };
    expect(await rejection(counting)).to.match(
      /the rows differ from those recomputed, at shop\/[abc]\.batches: \d+ is not \d+, after\n/,
    );
  });

  for (const [what, operator] of [
    ['never emits', rxFilter(() => false)],
    ['emits later', debounceTime(5)],
  ] as const) {
    it(`finds an operator that ${what}, in the middle of a pipeline`, async () => {
      const silent = (source: Collection<V1Pod>): Collection<unknown> =>
        source.pipe(
          filter(() => true),
          operator as unknown as DeltaOperator<V1Pod, V1Pod>,
          map((one) => one),
        );
      expect(await rejection(silent)).to.match(
        /source 1 \| filter \| operator has emitted nothing for its input: is its operator one of RxJS, or one that emits later .*, after\n/,
      );
    });
  }

  it('finds a collection that is never synced', async () => {
    const silent = (source: Collection<V1Pod>) => fromDeltas('silent', source.deltas$.pipe(rxFilter(() => false)));
    expect(await rejection(silent)).to.contain(
      'silent is not synced although all its sources are: is its operator one',
    );
  });

  it('finds an operator that emits but holds rows back', async () => {
    const fast = (source: Collection<V1Pod>) => source.pipe(coalesce(1000, { clock: fakeClock() }));
    expect(await rejection(fast)).to.contain('the rows differ from those recomputed');
  });

  it('names an operator of RxJS as the mistake', async () => {
    const names = rxMap((one: V1Pod) => one.metadata!.name) as unknown as DeltaOperator<V1Pod, string>;
    expect(await rejection((source) => source.pipe(names))).to.contain('is this an operator of RxJS?');
  });

  for (const [what, row, message] of [
    ['a number', () => 5, 'is 5, not an object'],
    ['an array', () => [], 'is [], not an object'],
    ['an object without metadata', () => ({ name: 'a' }), 'has no metadata; metadata: identity(object) gives it'],
    ['an object without a name', () => ({ metadata: { labels: {} } }), 'has no metadata.name'],
    [
      'an object with a namespace that is not a string',
      () => ({ metadata: { name: 'a', namespace: 5 } }),
      'has a metadata.namespace',
    ],
    ['an object with another name', () => ({ metadata: { name: 'z' } }), 'has the metadata of z'],
  ] as const) {
    it(`finds a row that cannot be served: ${what}`, async () => {
      // `map` refuses another name itself, so the test uses an operator without checks.
      const operator: DeltaOperator<V1Pod, unknown> = rxMap((batch) =>
        batch.derive(
          batch.changes.map(({ type, key }) =>
            type === 'DELETED' ? { type: 'REMOVE', key } : { type: 'PUT', key, object: row() },
          ),
        ),
      );
      const projection = (source: Collection<V1Pod>): Collection<unknown> => source.pipe(operator);
      const found = await rejection(projection);
      expect(found).to.match(/the row shop\/[abc] (is|has)/);
      expect(found).to.contain(message).and.to.contain('; `anyRows: true` allows it, after');
      await checkProjection(projection, [pods], { anyRows: true });
    });
  }

  it('finds a function that changes its argument', async () => {
    const mutating = (source: Collection<V1Pod>) =>
      source.pipe(
        map((one) => {
          // @ts-expect-error: the objects of a collection are readonly
          one.metadata!.labels = { seen: 'yes' };
          return one;
        }),
      );
    expect(await rejection(mutating, { errorsAllowed: true })).to.match(/read only property|not extensible/);
  });

  it('finds rows whose keys collide', async () => {
    const colliding = (source: Collection<V1Pod>) => source.pipe(flatMap(() => [{ metadata: { name: 'one' } }]));
    expect(await rejection(colliding)).to.contain('make rows of the key one; keys must be unique');
  });

  it('finds a subscription that is left after all subscribers have unsubscribed', async () => {
    const leaking = (source: Collection<V1Pod>): Collection<V1Pod> => {
      source.deltas$.subscribe();
      return source.pipe(map((one) => one));
    };
    expect(await rejection(leaking)).to.contain(
      '1 subscriptions of sources are left after all subscribers have unsubscribed',
    );
  });

  it('repeats a failure with its seed and path', async () => {
    const wrong = (source: Collection<V1Pod>) => source.pipe(map((): unknown => undefined));
    const [, seed, path] = /seed: (-?\d+), path: "([\d:]+)"/.exec(await rejection(wrong)) ?? [];
    expect(await rejection(wrong, { seed: Number(seed), path: path! })).to.match(/failed after 1 tests/);
  });

  it('restores the purity guard', async () => {
    const before = purityGuard(false);
    await checkProjection((source) => source.pipe(map((one) => one)), [pods], { runs: 1 });
    expect(purityGuard(before)).to.equal(false);
  });
});
