import { expect } from 'chai';
import type { Collection } from '../../../../src/informers/collection/collection.ts';
import type { V1Pod } from '../../../../src/informers/wire-type.ts';
import { count, filter, flatMap, groupBy, leftJoin, map, union } from '../../../../src/projections/index.ts';
import { primaryOrigin, sourceTarget } from '../../../../src/server/write/through/source-object.ts';
import { fakeInformer, type FakeInformer, node, pod } from '../../../../src/testing/informers/index.ts';
import { keepRunning } from '../../../../src/informers/collection/collection.ts';

describe('sourceTarget()', () => {
  let pods: FakeInformer<V1Pod>;
  const nodes = fakeInformer(node('n1'));
  const end = new AbortController();

  beforeEach(() => {
    pods = fakeInformer(pod('shop/web', { node: 'n1' }));
  });
  after(() => end.abort());

  const running = <R>(rows: Collection<R>): Collection<unknown> => {
    keepRunning(rows, end.signal);
    return rows;
  };
  const meta = ({ metadata }: V1Pod) => ({ metadata: { name: metadata?.name, namespace: metadata?.namespace } });

  const PRIMARY: readonly [position: string, rows: () => Collection<unknown>, key: string][] = [
    ['of the source itself', () => pods, 'shop/web'],
    [
      'of filter and map',
      () =>
        pods.pipe(
          filter(() => true),
          map(meta),
        ),
      'shop/web',
    ],
    ['on the left of a join', () => pods.pipe(leftJoin(nodes, (one) => one.spec?.nodeName, meta)), 'shop/web'],
    [
      'under another key',
      () => pods.pipe(flatMap((one) => [{ metadata: { name: `${one.metadata?.name}-row`, namespace: 'shop' } }])),
      'shop/web-row',
    ],
    ['of a union', () => pods.pipe(union([fakeInformer(pod('shop/other'))])), 'shop/web'],
  ];
  for (const [position, rows, key] of PRIMARY) {
    it(`returns the object behind a row ${position}`, () => {
      const collection = running(rows());
      expect(primaryOrigin(collection, key)).to.deep.include({ key: 'shop/web' });
      const target = sourceTarget(collection, key, undefined);
      expect(target?.source).to.equal(pods);
      expect(target).to.deep.include({ isPrimary: true, version: pods.get('shop/web')?.metadata?.resourceVersion });
    });
  }

  it('throws for a row of a group unless the definition names the object', () => {
    const groups = running(
      pods.pipe(groupBy((one) => ({ namespace: 'shop', name: one.spec?.nodeName ?? '' }), { pods: count() })),
    );
    expect(primaryOrigin(groups, 'shop/n1')).to.equal(undefined);
    expect(() => sourceTarget(groups, 'shop/n1', undefined)).to.throw('do not have the identity of an object');
    expect(sourceTarget(groups, 'shop/n1', { collection: pods, key: 'shop/web' })).to.include({ isPrimary: false });
  });

  it('accepts an object that the definition names, if the rows depend on it', () => {
    const rows = running(pods.pipe(leftJoin(nodes, (one) => one.spec?.nodeName, meta)));
    expect(sourceTarget(rows, 'shop/web', { collection: nodes, key: 'n1' })).to.include({
      isPrimary: false,
      key: 'n1',
    });
    expect(sourceTarget(rows, 'shop/web', { collection: nodes, key: 'n2' })).to.equal(undefined);
    expect(() => sourceTarget(rows, 'shop/web', { collection: fakeInformer(node('n3')), key: 'n3' })).to.throw(
      'must be an object of one of its sources',
    );
  });
});
