/**
 * What `pipe` takes and infers. Most of it is checked by the compiler: a line under `@ts-expect-error` that compiles fails the build.
 */
import { expect } from 'chai';
import { debounceTime, distinctUntilChanged, filter as rxFilter, map as rxMap, startWith, tap as rxTap } from 'rxjs';
import type { Collection, DeltaBatch, DerivedBatch } from '../../../src/informers/collection/index.ts';
import { DerivedBatch as DerivedBatchClass } from '../../../src/informers/collection/index.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { identity } from '../../../src/projections/identity.ts';
import { filter } from '../../../src/projections/operators/filter.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { tap } from '../../../src/projections/operators/tap.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';

/** Compiles if the two types are the same. */
type Same<A, B> = [A, B] extends [B, A] ? true : false;
const same = <A, B>(yes: Same<A, B>): unknown => yes;

describe('pipe()', () => {
  const pods: Collection<V1Pod> = fakeInformer(pod('shop/web', { node: 'n1' }), pod('shop/db'));

  it('infers the parameter of every function from the step before', () => {
    const rows = pods.pipe(
      filter((p) => p.spec?.nodeName !== undefined),
      tap((batch) => batch.changes.map(({ object }) => object.status?.phase)),
      map((p) => ({ metadata: identity(p), node: p.spec?.nodeName })),
      filter((row) => row.node !== 'n2'),
      map((row) => ({ metadata: row.metadata, length: row.node?.length ?? 0 })),
    );
    same<typeof rows, Collection<{ metadata: ReturnType<typeof identity>; length: number }>>(true);
    rows.deltas$.subscribe();
    expect(rows.list().map(({ length }) => length)).to.deep.equal([2]);
    // @ts-expect-error: there is no such field in a row
    rows.list().map(({ node }) => node);
  });

  it('narrows by the predicate of a filter', () => {
    type Scheduled = V1Pod & { spec: { nodeName: string } };
    const scheduled = pods.pipe(filter((p): p is Scheduled => p.spec?.nodeName !== undefined));
    same<typeof scheduled, Collection<Scheduled>>(true);
    const names = pods.pipe(
      filter((p): p is Scheduled => p.spec?.nodeName !== undefined),
      map((p) => p.spec.nodeName.length),
    );
    same<typeof names, Collection<number>>(true);
    expect(scheduled.name).to.equal('pods | filter');
  });

  it("takes an operator of one's own that answers with derive()", () => {
    const names = pods.pipe(
      rxMap((batch) =>
        batch.derive(batch.changes.map(({ key }) => ({ type: 'PUT', key, object: key.length }) as const)),
      ),
      map((length) => length + 1),
    );
    same<typeof names, Collection<number>>(true);
    names.deltas$.subscribe();
    expect(names.list()).to.deep.equal([9, 8]);
  });

  it('does not take an rxjs operator that would lose deltas', () => {
    const kind = map((p: V1Pod) => p.kind);
    const wrong: (() => unknown)[] = [
      // @ts-expect-error: an rxjs map answers with something else than a batch
      () => pods.pipe(rxMap((batch) => batch.changes.length)),
      // @ts-expect-error: nor with the batch that it got
      () => pods.pipe(rxMap((batch) => batch)),
      // @ts-expect-error: an rxjs filter drops whole batches
      () => pods.pipe(rxFilter((batch) => batch.changes.length > 1)),
      // @ts-expect-error: so does debounceTime
      () => pods.pipe(debounceTime(100)),
      // @ts-expect-error: and distinctUntilChanged
      () => pods.pipe(distinctUntilChanged()),
      // @ts-expect-error: rxjs has a tap of its own
      () => pods.pipe(rxTap(() => {})),
      // @ts-expect-error: a batch made by hand is none
      () => pods.pipe(startWith({ changes: [] })),
      // @ts-expect-error: after a right step it is wrong as well
      () => pods.pipe(kind, debounceTime(100)),
    ];
    expect(wrong).to.have.length(8);
  });

  it('does not take batches for one another, nor let anybody but derive() make one', () => {
    const batch = {} as DeltaBatch<V1Pod>;
    // @ts-expect-error: what comes in is not what goes out
    const out: DerivedBatch<V1Pod> = batch;
    // @ts-expect-error: and the other way round
    const back: DeltaBatch<V1Pod> = {} as DerivedBatch<V1Pod>;
    // @ts-expect-error: the constructor is private
    expect(() => new DerivedBatchClass([])).to.not.throw();
    expect([out, back]).to.have.length(2);
  });

  it('does not take a projection that changes its input', () => {
    const readsArrays = map((p: V1Pod) => p.spec?.containers.map(({ name }) => name) ?? []);
    const wrong: (() => unknown)[] = [
      () =>
        pods.pipe(
          map((p) => {
            // @ts-expect-error: objects of an informer are readonly
            p.metadata!.labels = {};
            return p;
          }),
        ),
      // @ts-expect-error: their arrays are readonly too
      () => pods.pipe(map((p) => p.spec?.containers.sort())),
      // @ts-expect-error: at every depth
      () => pods.pipe(filter((p) => delete p.spec?.containers[0]?.env)),
      () => pods.pipe(readsArrays),
    ];
    expect(wrong).to.have.length(4);
  });

  it('does not take a projection of another object, or an asynchronous predicate', () => {
    // @ts-expect-error: pods have no replicas
    pods.pipe(map((p) => p.spec?.replicas));
    // @ts-expect-error: a promise is always truthy
    pods.pipe(filter(async (p) => p.kind === 'Pod'));
    const kind = map((p: V1Pod) => p.kind ?? '');
    // @ts-expect-error: the second step gets a string
    pods.pipe(kind, kind);
    expect(pods.hasSynced).to.equal(true);
  });
});
