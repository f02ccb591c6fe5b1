import { expect } from 'chai';
import { filter } from '../../../src/projections/operators/filter.ts';
import { fakeInformer, pod, track } from '../../../src/testing/informers/index.ts';
import { checked, rowWiseSuite } from './row-wise.suite.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

rowWiseSuite({
  name: 'filter',
  operator: filter(({ n }) => checked(n) > 0),
  shows: (n) => (checked(n) > 0 ? n : undefined),
  present: [1, 2],
  absent: -1,
});

describe('filter()', () => {
  it('emits the same objects', () => {
    const pods = fakeInformer(pod('shop/web'));
    const all = pods.pipe(filter(() => true));
    all.deltas$.subscribe();
    expect(all.get('shop/web')).to.equal(pods.get('shop/web'));
  });

  it('leaves out an object for which the predicate returns a promise', () => {
    const pods = fakeInformer(pod('shop/web'));
    const predicate = (() => Promise.resolve(false)) as unknown as () => boolean;
    const events = track(pods.pipe(filter(predicate)));
    events.expect();
    expect(events.errors).to.deep.equal([
      'pods | filter: no row for shop/web: the predicate returned a promise; it must return the value itself',
    ]);
  });

  it('adds the text of its predicate to the lineage', () => {
    const { lineage } = nodeOf(fakeInformer(pod('a/a')).pipe(filter((p) => p.kind === 'Pod')));
    expect(lineage?.steps).to.deep.equal([{ operator: 'filter', text: "(p) => p.kind === 'Pod'" }]);
  });
});
