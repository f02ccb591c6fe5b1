/**
 * The members of `Collection`, and the types that `pipe` accepts and infers. The compiler checks most of it: a line under `@ts-expect-error` that compiles fails the build.
 */
import { expect } from 'chai';
import { debounceTime, distinctUntilChanged, filter as rxFilter, map as rxMap, startWith, tap as rxTap } from 'rxjs';
import type { Collection, DeltaBatch, DerivedBatch } from '../../../src/informers/collection/index.ts';
import { DerivedBatch as DerivedBatchClass } from '../../../src/informers/collection/index.ts';
import type { V1Node, V1Pod } from '../../../src/informers/wire-type.ts';
import { identity } from '../../../src/projections/identity.ts';
import { at } from '../../../src/projections/operators/at.ts';
import { derive } from '../../../src/projections/operators/derive.ts';
import { filter } from '../../../src/projections/operators/filter.ts';
import { flatMap } from '../../../src/projections/operators/flat-map.ts';
import { groupBy } from '../../../src/projections/operators/group-by.ts';
import { join } from '../../../src/projections/operators/join.ts';
import { leftJoin } from '../../../src/projections/operators/left-join.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { recomputeEvery } from '../../../src/projections/operators/recompute-every.ts';
import { tap } from '../../../src/projections/operators/tap.ts';
import { reducer } from '../../../src/projections/reducers/reducer.ts';
import { fakeInformer, node, pod } from '../../../src/testing/informers/index.ts';

/** Compiles if the two types are the same. */
type Same<A, B> = [A, B] extends [B, A] ? true : false;
const same = <A, B>(yes: Same<A, B>): unknown => yes;

const created = (p: V1Pod): string | undefined => p.metadata?.creationTimestamp;
/** A reducer with a mutable value. */
const mutableTags = reducer({
  initial: () => 0,
  read: (p: V1Pod) => p.kind,
  add: (count) => count + 1,
  remove: (count) => count - 1,
  result: (count) => [`${count}`],
});

describe('Collection', () => {
  it('has the eight members that users need', () => {
    type Members = 'name' | 'hasSynced' | 'errors' | 'deltas$' | 'get' | 'list' | 'byIndex' | 'pipe';
    expect(same<keyof Collection<V1Pod>, Members>(true)).to.equal(true);
  });
});

describe('pipe()', () => {
  const pods: Collection<V1Pod> = fakeInformer(pod('shop/web', { node: 'n1' }), pod('shop/db'));

  it('infers the parameter of each function from the step before', () => {
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

  it('narrows the type by the predicate of a filter', () => {
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

  it('accepts an operator of the user that emits batches of derive()', () => {
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

  it('rejects an operator of RxJS that would lose deltas', () => {
    const kind = map((p: V1Pod) => p.kind);
    const wrong: (() => unknown)[] = [
      // @ts-expect-error: map of RxJS emits something else than a batch
      () => pods.pipe(rxMap((batch) => batch.changes.length)),
      // @ts-expect-error: or the batch that it received
      () => pods.pipe(rxMap((batch) => batch)),
      // @ts-expect-error: filter of RxJS drops whole batches
      () => pods.pipe(rxFilter((batch) => batch.changes.length > 1)),
      // @ts-expect-error: so does debounceTime
      () => pods.pipe(debounceTime(100)),
      // @ts-expect-error: and distinctUntilChanged
      () => pods.pipe(distinctUntilChanged()),
      // @ts-expect-error: tap of RxJS emits the batch that it received
      () => pods.pipe(rxTap(() => {})),
      // @ts-expect-error: an object made by hand is not a batch
      () => pods.pipe(startWith({ changes: [] })),
      // @ts-expect-error: the second step is checked, too
      () => pods.pipe(kind, debounceTime(100)),
    ];
    expect(wrong).to.have.length(8);
  });

  it('distinguishes received batches from derived ones, which only derive() makes', () => {
    const batch = {} as DeltaBatch<V1Pod>;
    // @ts-expect-error: a received batch is not a derived one
    const out: DerivedBatch<V1Pod> = batch;
    // @ts-expect-error: a derived batch is not a received one
    const back: DeltaBatch<V1Pod> = {} as DerivedBatch<V1Pod>;
    // @ts-expect-error: the constructor is private
    expect(() => new DerivedBatchClass([])).to.not.throw();
    expect([out, back]).to.have.length(2);
  });

  it('rejects a projection that changes its input', () => {
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

  it('rejects a projection of another type, and an asynchronous predicate', () => {
    // @ts-expect-error: pods have no replicas
    pods.pipe(map((p) => p.spec?.replicas));
    // @ts-expect-error: a promise is always truthy
    pods.pipe(filter(async (p) => p.kind === 'Pod'));
    const kind = map((p: V1Pod) => p.kind ?? '');
    // @ts-expect-error: the second step receives a string
    pods.pipe(kind, kind);
    expect(pods.hasSynced).to.equal(true);
  });

  it('does not take an asynchronous projection', () => {
    const nodes: Collection<V1Node> = fakeInformer(node('n1'));
    const keyOf = (p: V1Pod): string | undefined => p.spec?.nodeName;
    const wrong: (() => unknown)[] = [
      // @ts-expect-error: a promise is not a row
      () => pods.pipe(map(async (p) => ({ metadata: identity(p) }))),
      // @ts-expect-error: a promise is not a row
      () => pods.pipe(recomputeEvery(1000, async (p) => ({ metadata: identity(p) }))),
      // @ts-expect-error: a promise is not a row
      () => pods.pipe(at(created, async (p) => ({ metadata: identity(p) }))),
      // @ts-expect-error: a promise is not a row
      () => pods.pipe(derive({ nodes }, async (p) => ({ metadata: identity(p) }))),
      // @ts-expect-error: a promise is not a row
      () => pods.pipe(join(nodes, keyOf, async (p) => ({ metadata: identity(p) }))),
      // @ts-expect-error: a promise is not a row
      () => pods.pipe(leftJoin(nodes, keyOf, async (p) => ({ metadata: identity(p) }))),
      // @ts-expect-error: a promise is not a list of rows
      () => pods.pipe(flatMap(async (p) => [{ metadata: identity(p) }])),
    ];
    expect(wrong).to.have.length(7);
  });

  it('does not take a step that changes the rows of the step before', () => {
    const nodes: Collection<V1Node> = fakeInformer(node('n1'));
    const tagged = (p: V1Pod) => ({ metadata: identity(p), tags: ['x'] });
    const change = map((row: { tags: string[] }) => row.tags.push('y'));
    const mapped = pods.pipe(map(tagged));
    const flat = pods.pipe(flatMap((p) => [tagged(p)]));
    const timed = pods.pipe(recomputeEvery(1000, tagged));
    const due = pods.pipe(at(created, tagged));
    const derived = pods.pipe(derive({ nodes }, tagged));
    const outer = pods.pipe(leftJoin(nodes, () => 'n1', tagged));
    const inner = pods.pipe(join(nodes, () => 'n1', tagged));
    const groups = pods.pipe(groupBy(() => 'all', { tags: mutableTags }));
    const wrong: (() => unknown)[] = [
      // @ts-expect-error: rows are readonly
      () => mapped.pipe(filter((row) => row.tags.push('y') > 1)),
      // @ts-expect-error: rows are readonly
      () => mapped.pipe(change),
      // @ts-expect-error: rows are readonly
      () => flat.pipe(change),
      // @ts-expect-error: rows are readonly
      () => timed.pipe(change),
      // @ts-expect-error: rows are readonly
      () => due.pipe(change),
      // @ts-expect-error: rows are readonly
      () => derived.pipe(change),
      // @ts-expect-error: rows are readonly
      () => outer.pipe(change),
      // @ts-expect-error: rows are readonly
      () => inner.pipe(change),
      // @ts-expect-error: rows are readonly
      () => groups.pipe(change),
    ];
    expect(wrong).to.have.length(9);
  });
});
