import { expect } from 'chai';
import { flatMap } from '../../../src/projections/operators/flat-map.ts';
import { fakeInformer, pod, track } from '../../../src/testing/informers/index.ts';
import { BAD, operatorSuite } from './operator.suite.ts';

/** An object with the number n has a row `NAME-i` for each number from n to 3, and a row `shared` if n is negative. */
const keys = (name: string, n: number): string[] =>
  n < 0
    ? [`${name}-x`, ...Array.from({ length: -n }, () => 'shared')]
    : Array.from({ length: n }, (_, i) => `${name}-${i}`);

operatorSuite({
  name: 'flatMap',
  sources: 1,
  build: (source) =>
    source.pipe(
      flatMap(({ metadata, n }) => {
        if (n === BAD) throw new RangeError('bad');
        return keys(metadata.name, n).map((name) => ({ metadata: { name }, n }));
      }),
    ),
  show: ({ n }) => n,
  expected: (source) => {
    const all = [...source.values()].filter(({ n }) => n !== BAD);
    const made = all.flatMap(({ metadata, n }) => keys(metadata.name, n).map((key) => [key, n] as const));
    const count = (key: string): number => made.filter(([other]) => other === key).length;
    return {
      rows: new Map(made.filter(([key]) => count(key) === 1)),
      errors: [
        ...[...source].filter(([, { n }]) => n === BAD).map(([key]) => key),
        ...made.map(([key]) => key).filter((key) => count(key) > 1),
      ],
    };
  },
});

describe('flatMap()', () => {
  it('adds and removes the rows of one object as it changes', () => {
    const pods = fakeInformer(pod('shop/web'));
    const lists = pods.pipe(
      flatMap((p) =>
        Object.keys(p.metadata?.labels ?? {}).map((name) => ({
          metadata: { namespace: 'shop', name },
          of: p.metadata?.name,
        })),
      ),
    );
    const events = track(lists, ({ of }) => of);
    pods.modify(pod('shop/web', { labels: { a: '1', b: '1' } }));
    pods.modify(pod('shop/web', { labels: { b: '1', c: '1' } }));
    pods.delete('shop/web');
    events.expect(
      'ADDED shop/a web',
      'ADDED shop/b web',
      'DELETED shop/a web',
      'ADDED shop/c web',
      'DELETED shop/b web',
      'DELETED shop/c web',
    );
  });

  it('has no row for a key that several objects make, names them, and shows the row that is left', () => {
    const pods = fakeInformer(pod('shop/web', { labels: { a: '1' } }));
    const lists = pods.pipe(
      flatMap((p) => Object.keys(p.metadata?.labels ?? {}).map((name) => ({ metadata: { namespace: 'shop', name } }))),
    );
    const events = track(lists);
    pods.add(pod('shop/db', { labels: { a: '1' } }));
    expect(lists.errors.get('shop/a')?.message).to.equal(
      'pods | flatMap: no row for shop/a: shop/db and shop/web make rows of the key shop/a; keys must be unique',
    );
    pods.delete('shop/web');
    events.expect('ADDED shop/a', 'DELETED shop/a', 'ADDED shop/a');
    expect(lists.errors.size).to.equal(0);
  });

  it('reports an object without rows under its own key', () => {
    const pods = fakeInformer(pod('shop/web'), pod('shop/db'));
    const lists = pods.pipe(
      flatMap((p) => {
        if (p.metadata?.name === 'web') throw new Error('no rows today');
        return [{ metadata: { namespace: 'shop', name: 'only' } }];
      }),
    );
    track(lists).expect('ADDED shop/only');
    expect([...lists.errors.values()].map(({ message }) => message)).to.deep.equal([
      'pods | flatMap: shop/web is left out: no rows today',
    ]);
  });
});
