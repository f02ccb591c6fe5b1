import { expect } from 'chai';
import { addIndex, type Collection } from '../../../src/informers/collection/index.ts';
import { nodeOf, sourceNodesOf } from '../../../src/informers/collection/collection-node.ts';
import { fromDeltas } from '../../../src/projections/operators/from-deltas.ts';
import { leftJoin } from '../../../src/projections/operators/left-join.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';

describe('nodeOf()', () => {
  it('returns the collection itself, whatever made it', () => {
    const pods = fakeInformer(pod('shop/web'));
    const rows = pods.pipe(map(({ kind }) => ({ kind })));
    const external = fromDeltas('pods', pods.deltas$);
    for (const collection of [pods, rows, external]) expect(nodeOf<unknown>(collection)).to.equal(collection);
  });

  it('throws for an object that only looks like a collection', () => {
    const { name, deltas$ } = fakeInformer(pod('shop/web'));
    for (const stranger of [{ name, deltas$ }, undefined, null, 'pods']) {
      expect(() => nodeOf(stranger as Collection<unknown>)).to.throw(TypeError, 'is not a collection of kubefacet');
    }
  });
});

describe('addIndex()', () => {
  it('makes objects available under the values of the index', () => {
    const pods = fakeInformer(pod('shop/web', { node: 'n1' }), pod('shop/db', { node: 'n2' }));
    addIndex(pods, 'node', ({ spec }) => [spec?.nodeName ?? '']);
    expect(pods.byIndex('node', 'n1')).to.deep.equal([pods.get('shop/web')]);
  });
});

describe('sourceNodesOf()', () => {
  it('returns each source once, also those with the same name', () => {
    const [here, there] = [fakeInformer(pod('shop/web')), fakeInformer(pod('shop/web'))];
    const rows = here.pipe(map(({ metadata }) => ({ metadata })));
    const joined = rows.pipe(
      leftJoin(
        there,
        () => 'shop/web',
        ({ metadata }) => ({ metadata }),
      ),
    );
    const subscription = joined.deltas$.subscribe();
    expect(sourceNodesOf([joined, rows, here].map((collection) => nodeOf<unknown>(collection)))).to.deep.equal([
      here,
      there,
    ]);
    expect(nodeOf(joined).sources()).to.have.length(2);
    subscription.unsubscribe();
  });
});
