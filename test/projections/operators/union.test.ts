import { expect } from 'chai';
import type { Collection } from '../../../src/informers/collection/index.ts';
import type { V1Node, V1Pod } from '../../../src/informers/wire-type.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { union } from '../../../src/projections/operators/union.ts';
import { FakeInformer, fakeInformer, node, pod, track } from '../../../src/testing/informers/index.ts';
import { operatorSuite } from './operator.suite.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

operatorSuite({
  name: 'union',
  sources: 3,
  build: (first, ...others) => first.pipe(union(others)),
  show: ({ n }) => n,
  expected: (...sources) => {
    const all = sources.flatMap((source) => [...source]);
    const count = (key: string): number => all.filter(([other]) => other === key).length;
    return {
      rows: new Map(all.filter(([key]) => count(key) === 1).map(([key, { n }]) => [key, n])),
      errors: all.map(([key]) => key).filter((key) => count(key) > 1),
    };
  },
});

operatorSuite({
  name: 'union of the first',
  sources: 3,
  build: (first, ...others) => first.pipe(union(others, { onDuplicate: 'first' })),
  show: ({ n }) => n,
  expected: (...sources) => ({
    rows: new Map(sources.toReversed().flatMap((source) => [...source].map(([key, { n }]) => [key, n] as const))),
  }),
});

describe('union()', () => {
  const podsNamed = (name: string, ...objects: V1Pod[]): FakeInformer<V1Pod> => new FakeInformer({ name, objects });

  it('has the objects of all collections', () => {
    const [east, west] = [podsNamed('east', pod('shop/web')), podsNamed('west')];
    const rows = east.pipe(union([west]));
    expect(rows.name).to.equal('east | union(west)');
    const events = track(rows, (p) => p.status?.phase);
    west.add(pod('shop/db'));
    west.modify(pod('shop/db', { phase: 'Running' }));
    east.delete('shop/web');
    west.gone();
    events.expect(
      'ADDED shop/web Pending',
      'ADDED shop/db Pending',
      'MODIFIED shop/db Running',
      'DELETED shop/web Pending',
      'DELETED shop/db Running',
    );
  });

  it('has no row for a key of several objects, names their collections, and shows the row that is left', () => {
    const [east, west] = [podsNamed('east', pod('shop/web')), podsNamed('west')];
    const rows = east.pipe(union([west]));
    const events = track(rows);
    west.add(pod('shop/web'));
    expect(rows.errors.get('shop/web')?.message).to.equal(
      'east | union(west): no row for shop/web: east and west make rows of the key shop/web; keys must be unique',
    );
    expect(nodeOf(rows).originsOf('shop/web')).to.deep.equal([]);
    east.delete('shop/web');
    events.expect('ADDED shop/web', 'DELETED shop/web', 'ADDED shop/web');
    expect([rows.errors.size, nodeOf(rows).originsOf('shop/web')]).to.deep.equal([
      0,
      [{ collection: west, key: 'shop/web' }],
    ]);
  });

  it('shows the object of the first collection with the option first, and reports when another object takes over', () => {
    const [east, west] = [podsNamed('east'), podsNamed('west', pod('shop/web', { uid: 'w' }))];
    const rows = east.pipe(
      union([west], { onDuplicate: 'first' }),
      map((p) => ({ metadata: { namespace: 'shop', name: p.metadata?.name ?? '' }, phase: p.status?.phase })),
    );
    const recreated: unknown[] = [];
    rows.deltas$.subscribe(({ cause }) => recreated.push('recreated' in cause ? cause.recreated : undefined));
    const events = track(rows, ({ phase }) => phase);
    east.add(pod('shop/web', { uid: 'e', phase: 'Running' }));
    west.modify(pod('shop/web', { uid: 'w', phase: 'Failed' }));
    expect(nodeOf(rows).stampOf('shop/web')?.uid).to.equal('e');
    east.delete('shop/web');
    events.expect('ADDED shop/web Pending', 'MODIFIED shop/web Running', 'MODIFIED shop/web Failed');
    expect(recreated.flat()).to.deep.equal([undefined, 'shop/web', 'shop/web']);
    expect([rows.errors.size, nodeOf(rows).stampOf('shop/web')?.uid]).to.deep.equal([0, 'w']);
  });

  it('has only duplicates for a collection and itself', () => {
    const pods = fakeInformer(pod('shop/web'));
    const rows = pods.pipe(union([pods]));
    track(rows).expect();
    expect(rows.errors.get('shop/web')?.message).to.contain('pods and pods make rows of the key shop/web');
  });

  it('accepts collections of several types, and infers the union of the types', () => {
    const pods: Collection<V1Pod> = fakeInformer(pod('shop/web'));
    const nodes: Collection<V1Node> = fakeInformer(node('n1'));
    const numbers: Collection<{ n: number }> = nodes.pipe(map(() => ({ n: 1 })));
    const both: Collection<V1Pod | V1Node | { n: number }> = pods.pipe(
      union([nodes, numbers], { onDuplicate: 'first' }),
    );
    const kinds: Collection<string | undefined> = pods.pipe(
      union([nodes]),
      map((object) => object.kind),
    );
    track(both).expect('ADDED n1', 'ADDED shop/web');
    track(kinds);
    expect(kinds.list().toSorted()).to.deep.equal(['Node', 'Pod']);
    // @ts-expect-error: not all of them are pods
    const wrong: Collection<V1Pod> = pods.pipe(union([nodes]));
    const either: Collection<V1Pod | V1Node> = pods.pipe(union([nodes]));
    // @ts-expect-error: nodes do not have this field
    const addresses = either.pipe(map((object) => object.status?.podIP));
    expect(addresses.name).to.equal('pods | union(nodes) | map');
    expect(wrong.name).to.equal('pods | union(nodes)');
  });
});
