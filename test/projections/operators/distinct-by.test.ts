import { expect } from 'chai';
import type { Collection } from '../../../src/informers/collection/index.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { distinctBy } from '../../../src/projections/operators/distinct-by.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { fakeInformer, pod, track } from '../../../src/testing/informers/index.ts';
import { BAD, operatorSuite } from './operator.suite.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

const valuesOf = (n: number): string[] => {
  if (n === BAD) throw new RangeError('bad');
  return n === 0 ? [] : n > 0 ? [`n${n % 2}`] : ['below', `n${-n % 2}`];
};

operatorSuite({
  name: 'distinctBy',
  sources: 1,
  build: (source) => source.pipe(distinctBy(({ n }) => valuesOf(n))),
  show: ({ metadata, n }) => [metadata.name, n],
  expected: (source) => {
    const rows = new Map<string, [string, number]>();
    for (const [name, { n }] of [...source].toSorted(([a], [b]) => (a > b ? -1 : 1))) {
      if (n !== BAD) for (const key of valuesOf(n)) rows.set(key, [name, n]);
    }
    return { rows, errors: [...source].filter(([, { n }]) => n === BAD).map(([key]) => key) };
  },
});

describe('distinctBy()', () => {
  it('shows the object with the least key, and the next one after it is deleted', () => {
    const pods = fakeInformer(pod('shop/web', { node: 'n1' }), pod('shop/job'));
    const rows = pods.pipe(distinctBy((p) => p.spec?.nodeName));
    const events = track(rows, ({ metadata }) => metadata?.name);
    pods.add(pod('shop/db', { node: 'n1' }));
    pods.add(pod('shop/tmp', { node: 'n1' }));
    expect(nodeOf(rows).originsOf('n1')).to.deep.equal([{ collection: pods, key: 'shop/db' }]);
    pods.modify(pod('shop/db', { node: 'n2' }));
    pods.delete('shop/web');
    pods.delete('shop/tmp');
    events.expect('ADDED n1 web', 'MODIFIED n1 db', 'MODIFIED n1 tmp', 'ADDED n2 db', 'DELETED n1 tmp');
  });

  it('gives its rows an identity that differs from that of the objects', () => {
    const rows = fakeInformer(pod('shop/web', { node: 'n1', uid: 'u1' })).pipe(distinctBy((p) => p.spec?.nodeName));
    track(rows);
    expect(nodeOf(rows).stampOf('n1')?.uid).to.equal(undefined);
  });

  it('leaves out an object for which the function throws', () => {
    const rows = fakeInformer(pod('shop/web'), pod('shop/db', { node: 'n1' })).pipe(
      distinctBy((p) => {
        if (p.spec?.nodeName === undefined) throw new Error('nowhere');
        return p.spec.nodeName;
      }),
    );
    track(rows).expect('ADDED n1');
    expect(rows.errors.get('shop/web')?.message).to.equal('pods | distinctBy: shop/web is left out: nowhere');
  });

  it('infers its type from the collection', () => {
    const pods: Collection<V1Pod> = fakeInformer(pod('shop/web', { node: 'n1' }));
    const names: Collection<string | undefined> = pods.pipe(
      distinctBy((p) => p.spec?.nodeName),
      map((p) => p.metadata?.name),
    );
    track(names);
    expect(names.list()).to.deep.equal(['web']);
    // @ts-expect-error: a value is a string
    expect(() => pods.pipe(distinctBy((p) => p.spec?.priority))).to.not.throw();
  });
});
