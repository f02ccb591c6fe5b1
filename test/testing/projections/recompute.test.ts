import { expect } from 'chai';
import type { Collection } from '../../../src/informers/collection/index.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { recompute } from '../../../src/testing/projections/index.ts';

describe('recompute()', () => {
  it('computes rows and errors from objects with their current versions', () => {
    const pods = fakeInformer(pod('shop/web'), pod('shop/db'));
    pods.modify(pod('shop/web', { node: 'n1' }));
    const projection = (source: Collection<V1Pod>) =>
      source.pipe(
        map((one) => {
          if (one.spec?.nodeName === undefined) throw new Error('nowhere');
          return { version: one.metadata?.resourceVersion, uid: one.metadata?.uid };
        }),
      );
    const { rows, errors } = recompute<[V1Pod], unknown>(projection, pods);
    const web = pods.get('shop/web');
    expect([...rows]).to.deep.equal([
      ['shop/web', { version: web?.metadata?.resourceVersion, uid: web?.metadata?.uid }],
    ]);
    expect([...errors.keys()]).to.deep.equal(['shop/db']);
    expect(pods.statistics.subscribers).to.equal(0);
  });
});
