import { expect } from 'chai';
import fc from 'fast-check';
import type { Collection } from '../../../src/informers/collection/index.ts';
import { purityGuard } from '../../../src/informers/collection/index.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { identity } from '../../../src/projections/identity.ts';
import { incremental } from '../../../src/projections/incremental.ts';
import { filter } from '../../../src/projections/operators/filter.ts';
import { flatMap } from '../../../src/projections/operators/flat-map.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { pod } from '../../../src/testing/informers/index.ts';
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
  return expect.fail('the check found nothing');
};

describe('checkProjection()', () => {
  it('lets a right projection pass', async () => {
    await checkProjection(
      (source) =>
        source.pipe(
          filter(({ spec }) => spec?.nodeName !== undefined),
          map((one) => ({ metadata: identity(one), node: one.spec?.nodeName, uid: one.metadata?.uid })),
        ),
      [pods],
    );
  });

  it('takes rows that may fail, if it is said so', async () => {
    const projection = (source: Collection<V1Pod>) => source.pipe(map((one) => ({ node: one.spec!.nodeName!.length })));
    await checkProjection(projection, [pods], { errorsAllowed: true });
    expect(await rejection(projection)).to.match(/no row for shop\/[abc]: Cannot read properties of undefined/);
  });

  it('finds an operator that forgets to remove, with the shortest history', async () => {
    const found = await rejection((source) =>
      source.pipe(
        incremental<V1Pod, string>('forgetful', ({ main }) => {
          const names = new Set<string>();
          main(({ changes }) => changes.forEach(({ key }) => names.add(key)));
          return () => Array.from(names, (key) => ({ type: 'PUT', key, object: key }) as const);
        }),
      ),
    );
    expect(found).to.match(/seed: -?\d+, path: "/);
    expect(found).to.match(
      /the rows differ from those recomputed, at shop\/[abc], after\n(put|replace) source 1 \{.*\}\n(delete|replace|gone)/,
    );
  });

  it('finds a function that is not pure', async () => {
    let calls = 0;
    expect(
      await rejection((source) => source.pipe(map(() => ({ calls: (calls += 1) }))), { errorsAllowed: true }),
    ).to.contain('the function of map is not pure');
  });

  it('finds a function that changes what it is given', async () => {
    const mutating = (source: Collection<V1Pod>) =>
      source.pipe(
        map((one) => {
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

  it('finds what goes on running when nobody subscribes any more', async () => {
    const leaking = (source: Collection<V1Pod>): Collection<V1Pod> => {
      source.deltas$.subscribe();
      return source.pipe(map((one) => one));
    };
    expect(await rejection(leaking)).to.contain('1 subscriptions of sources are left when nobody subscribes any more');
  });

  it('replays a failure by its seed and path', async () => {
    const wrong = (source: Collection<V1Pod>) => source.pipe(map((): unknown => undefined));
    const [, seed, path] = /seed: (-?\d+), path: "([\d:]+)"/.exec(await rejection(wrong)) ?? [];
    expect(await rejection(wrong, { seed: Number(seed), path: path! })).to.match(/failed after 1 tests/);
  });

  it('leaves the purity guard as it was', async () => {
    const before = purityGuard(false);
    await checkProjection((source) => source.pipe(map((one) => one)), [pods], { runs: 1 });
    expect(purityGuard(before)).to.equal(false);
  });
});
