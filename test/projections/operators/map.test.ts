import { expect } from 'chai';
import { map } from '../../../src/projections/operators/map.ts';
import { fakeInformer, node, pod, track } from '../../../src/testing/informers/index.ts';
import { identity } from '../../../src/projections/identity.ts';
import { checked, rowWiseSuite } from './row-wise.suite.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

rowWiseSuite({
  name: 'map',
  operator: map(({ metadata, n }) => ({ metadata, n: checked(n) * 2 })),
  shows: (n) => checked(n) * 2,
  present: [1, 2],
  absent: undefined,
});

describe('map()', () => {
  for (const [what, row, reason] of [
    ['undefined', undefined, 'the projection returned undefined'],
    ['null', null, 'the projection returned null'],
    ['a promise', Promise.resolve(1), 'the projection returned a promise; it must return the row itself'],
    // oxlint-disable-next-line unicorn/no-thenable
    ['what is like a promise', { then: () => {} }, 'the projection returned a promise; it must return the row itself'],
    [
      'another name',
      { metadata: { namespace: 'shop', name: 'db' } },
      'the projection moved the row shop/web to shop/db; map keeps namespace and name',
    ],
    [
      'another namespace',
      { metadata: { namespace: 'store', name: 'web' } },
      'the projection moved the row shop/web to store/web; map keeps namespace and name',
    ],
    [
      'no namespace',
      { metadata: { name: 'web' } },
      'the projection moved the row shop/web to web; map keeps namespace and name',
    ],
  ] as const) {
    it(`has no row if the projection returns ${what}, and makes the other rows`, () => {
      const pods = fakeInformer(pod('shop/ok'), pod('shop/web'));
      const rows = pods.pipe(map((p): unknown => (p.metadata?.name === 'web' ? row : { metadata: identity(p) })));
      const events = track(rows);
      events.expect('ADDED shop/ok');
      expect([...rows.errors.values()].map(({ message }) => message)).to.deep.equal([
        `pods | map: no row for shop/web: ${reason}`,
      ]);
      pods.delete('shop/ok');
      events.expect('DELETED shop/ok');
    });
  }

  it('accepts rows of any type, without metadata', () => {
    const events = track(fakeInformer(node('n1')).pipe(map((n) => n.kind?.length)), (length) => length);
    events.expect('ADDED n1 4');
  });

  it('reports a projection that changes its object as the error of its row', () => {
    const pods = fakeInformer(pod('shop/web'), pod('shop/ok'));
    const rows = pods.pipe(
      map((p) => {
        // @ts-expect-error: the objects of a collection are readonly
        if (p.metadata?.name === 'web') delete p.metadata.labels;
        // @ts-expect-error: the objects of a collection are readonly
        if (p.metadata?.name === 'web') p.metadata.labels = { touched: 'yes' };
        return p;
      }),
    );
    track(rows).expect('ADDED shop/ok');
    expect(rows.errors.get('shop/web')?.cause).to.be.instanceOf(TypeError);
  });

  it('emits nothing when the row is deep-equal to the one before', () => {
    const pods = fakeInformer(pod('shop/web', { node: 'n1' }));
    const events = track(pods.pipe(map((p) => ({ metadata: identity(p), node: p.spec?.nodeName }))));
    events.clear();
    pods.modify(pod('shop/web', { node: 'n1', ip: '10.0.0.1' }));
    events.expect();
    pods.modify(pod('shop/web', { node: 'n2', ip: '10.0.0.1' }));
    events.expect('MODIFIED shop/web');
  });

  it('adds the text of its projection to the lineage', () => {
    const { lineage } = nodeOf(fakeInformer(pod('a/a')).pipe(map((p) => p.kind)));
    expect(lineage?.steps).to.deep.equal([{ operator: 'map', text: '(p) => p.kind' }]);
  });
});
