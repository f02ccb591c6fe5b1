import { expect } from 'chai';
import type { Collection } from '../../../src/informers/collection/index.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { type Indexed, indexBy } from '../../../src/projections/operators/index-by.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { fakeInformer, pod, track } from '../../../src/testing/informers/index.ts';
import { BAD, operatorSuite } from './operator.suite.ts';

/** The values of a number: none for 0, and two for a negative number, one of them twice. */
const valuesOf = (n: number): string | string[] | undefined => {
  if (n === BAD) throw new RangeError('bad');
  if (n === 0) return undefined;
  return n > 0 ? `n/${n % 2}` : ['below', `n/${-n % 2}`, 'below'];
};

operatorSuite({
  name: 'indexBy',
  sources: 1,
  build: (source) => source.pipe(indexBy(({ n }) => valuesOf(n))),
  show: ({ key, objects }) => [key, objects.map(({ metadata, n }) => [metadata.name, n])],
  expected: (source) => {
    const rows = new Map<string, [string, [string, number][]]>();
    for (const [name, { n }] of [...source].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      if (n === BAD) continue;
      for (const key of new Set([valuesOf(n) ?? []].flat())) {
        rows.set(key, [key, [...(rows.get(key)?.[1] ?? []), [name, n]]]);
      }
    }
    return { rows, errors: [...source].filter(([, { n }]) => n === BAD).map(([key]) => key) };
  },
});

describe('indexBy()', () => {
  const byNode = (pods: Collection<V1Pod>): Collection<Indexed<V1Pod>> => pods.pipe(indexBy((p) => p.spec?.nodeName));
  const names = ({ objects }: Indexed<V1Pod>): string => objects.map(({ metadata }) => metadata?.name).join();

  it('has a row for a value while an object has it', () => {
    const pods = fakeInformer(pod('shop/web'));
    const events = track(byNode(pods), names);
    pods.modify(pod('shop/web', { node: 'n1' }));
    pods.add(pod('shop/db', { node: 'n1' }));
    pods.modify(pod('shop/db', { node: 'n1', phase: 'Failed' }));
    pods.modify(pod('shop/db', { node: 'n2' }));
    pods.delete('shop/web');
    events.expect(
      'ADDED n1 web',
      'MODIFIED n1 db,web',
      'MODIFIED n1 db,web',
      'MODIFIED n1 web',
      'ADDED n2 db',
      'DELETED n1 web',
    );
  });

  it('leaves out an object for which the function throws, until it changes', () => {
    const pods = fakeInformer(pod('shop/web', { node: 'n1' }), pod('shop/db', { node: 'n1' }));
    const rows = pods.pipe(
      indexBy((p) => {
        if (p.status?.phase === 'Failed') throw new Error('not this one');
        return p.spec?.nodeName;
      }),
    );
    const events = track(rows, names);
    pods.modify(pod('shop/web', { node: 'n1', phase: 'Failed' }));
    expect(rows.errors.get('shop/web')?.message).to.equal('pods | indexBy: shop/web is left out: not this one');
    pods.modify(pod('shop/web', { node: 'n1' }));
    events.expect('ADDED n1 db,web', 'MODIFIED n1 db', 'MODIFIED n1 db,web');
    expect(rows.errors.size).to.equal(0);
  });

  it('reports an empty string as an error', () => {
    const rows = fakeInformer(pod('shop/web')).pipe(indexBy(() => ''));
    track(rows).expect();
    expect(rows.errors.get('shop/web')?.message).to.contain('a key must not be empty');
  });

  it('infers its type from the collection', () => {
    const pods: Collection<V1Pod> = fakeInformer(pod('shop/web', { node: 'n1' }));
    const sizes: Collection<string> = pods.pipe(
      indexBy((p) => p.spec?.nodeName),
      map(({ key, objects }) => `${key} ${objects[0]?.metadata?.name}`),
    );
    track(sizes);
    expect(sizes.list()).to.deep.equal(['n1 web']);
    // @ts-expect-error: a value is a string
    expect(() => pods.pipe(indexBy((p) => p.spec?.priority))).to.not.throw();
  });
});
