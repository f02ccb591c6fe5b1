import { expect } from 'chai';
import type { Collection } from '../../../src/informers/collection/index.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { topK, type TopKOptions } from '../../../src/projections/operators/top-k.ts';
import { fakeInformer, pod, track } from '../../../src/testing/informers/index.ts';
import type { Value } from '../../conformance/observed-source.ts';
import { BAD, operatorSuite } from './operator.suite.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

const by = ({ n }: Value): number | undefined => {
  if (n === BAD) throw new RangeError('bad');
  return n === 0 ? undefined : n % 3;
};
const within = ({ n }: Value): string | undefined => (n === 1 ? undefined : n < 0 ? 'below' : 'above');

const RIGS: readonly (readonly [name: string, k: number, options: TopKOptions<Value>])[] = [
  ['topK', 2, { by }],
  ['topK ascending', 3, { by, order: 'ascending' }],
  ['topK within groups', 1, { by, within }],
];

for (const [name, k, options] of RIGS) {
  operatorSuite({
    name,
    sources: 1,
    names: ['a', 'b', 'c', 'd', 'e', 'f'],
    build: (source) => source.pipe(topK(k, options)),
    show: ({ n }) => n,
    expected: (source) => {
      const sign = options.order === 'ascending' ? 1 : -1;
      const ranked = [...source]
        .filter(([, object]) => object.n !== BAD && by(object) !== undefined)
        .filter(([, object]) => options.within === undefined || within(object) !== undefined)
        .toSorted(([a, one], [b, other]) => sign * (by(one)! - by(other)!) || (a < b ? -1 : 1));
      const groups = Object.groupBy(ranked, ([, object]) => options.within?.(object) ?? '');
      const shown = Object.values(groups).flatMap((members) => members?.slice(0, k) ?? []);
      return {
        rows: new Map(shown.map(([key, { n }]) => [key, n])),
        errors: [...source].filter(([, { n }]) => n === BAD).map(([key]) => key),
      };
    },
  });
}

describe('topK()', () => {
  const scored = (key: string, score: string): V1Pod => pod(key, { labels: { score } });
  const score = (p: V1Pod): number => Number(p.metadata?.labels?.['score']);

  it('shows the highest objects, and the next one when an object falls or is deleted', () => {
    const pods = fakeInformer(scored('shop/a', '1'), scored('shop/b', '2'), scored('shop/c', '3'));
    const events = track(pods.pipe(topK(2, { by: score })), score);
    events.expect('ADDED shop/b 2', 'ADDED shop/c 3');
    pods.modify(scored('shop/c', '0'));
    pods.delete('shop/b');
    pods.modify(scored('shop/a', '5'));
    events.expect('ADDED shop/a 1', 'DELETED shop/c 3', 'DELETED shop/b 2', 'ADDED shop/c 0', 'MODIFIED shop/a 5');
  });

  it('prefers the lesser keys of equal values in both orders', () => {
    for (const order of ['ascending', 'descending'] as const) {
      const pods = fakeInformer(scored('shop/c', '1'), scored('shop/b', '1'), scored('shop/a', '1'));
      track(pods.pipe(topK(2, { by: score, order }))).expect('ADDED shop/a', 'ADDED shop/b');
    }
  });

  it('ranks within groups, also when an object moves to another group', () => {
    const pods = fakeInformer(
      pod('shop/a', { node: 'n1' }),
      pod('shop/b', { node: 'n2' }),
      pod('shop/c', { node: 'n2' }),
    );
    const rows = pods.pipe(topK(1, { by: () => 1, within: (p) => p.spec?.nodeName }));
    const events = track(rows, (p) => p.spec?.nodeName);
    pods.modify(pod('shop/a', { node: 'n2' }));
    pods.modify(pod('shop/a'));
    events.expect(
      'ADDED shop/a n1',
      'ADDED shop/b n2',
      'MODIFIED shop/a n2',
      'DELETED shop/b n2',
      'DELETED shop/a n2',
      'ADDED shop/b n2',
    );
  });

  it('compares bigints and strings', () => {
    const pods = fakeInformer(scored('shop/a', '9'), scored('shop/b', '10'));
    track(pods.pipe(topK(1, { by: (p) => BigInt(score(p)) }))).expect('ADDED shop/b');
    track(pods.pipe(topK(1, { by: (p) => p.metadata?.labels?.['score'] }))).expect('ADDED shop/a');
  });

  it('keeps the identity of its objects', () => {
    const pods = fakeInformer(pod('shop/a', { uid: 'u1' }));
    const rows = pods.pipe(topK(1, { by: () => 1 }));
    track(rows);
    expect([nodeOf(rows).originsOf('shop/a'), nodeOf(rows).stampOf('shop/a')?.uid]).to.deep.equal([
      [{ collection: pods, key: 'shop/a' }],
      'u1',
    ]);
  });

  it('leaves out an object whose value cannot be compared', () => {
    const pods = fakeInformer(scored('shop/a', 'x'), scored('shop/b', '1'));
    const rows = pods.pipe(topK(2, { by: score }));
    const events = track(rows);
    expect(rows.errors.get('shop/a')?.message).to.equal('pods | topK: shop/a is left out: NaN cannot be compared');
    pods.modify(scored('shop/a', '0'));
    events.expect('ADDED shop/b', 'ADDED shop/a');
    expect(rows.errors.size).to.equal(0);
  });

  for (const k of [0, -1, 1.5, NaN, Infinity]) {
    it(`throws for ${k} objects`, () => {
      expect(() => topK(k, { by: () => 1 })).to.throw(RangeError, `topK needs a whole number above zero, not ${k}`);
    });
  }

  it('infers its type from the collection', () => {
    const pods: Collection<V1Pod> = fakeInformer(pod('shop/a'));
    const names: Collection<string | undefined> = pods.pipe(
      topK(1, { by: (p) => p.metadata?.creationTimestamp, within: (p) => p.metadata?.namespace }),
      map((p) => p.metadata?.name),
    );
    track(names);
    expect(names.list()).to.deep.equal(['a']);
    // @ts-expect-error: an object has no order
    expect(() => pods.pipe(topK(1, { by: (p) => p.metadata }))).to.not.throw();
  });
});
