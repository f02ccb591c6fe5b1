import { expect } from 'chai';
import type { Collection } from '../../../src/informers/collection/index.ts';
import { purityGuard } from '../../../src/testing/projections/purity-guard.ts';
import type { V1ConfigMap, V1Node, V1Pod } from '../../../src/informers/wire-type.ts';
import { LookupError } from '../../../src/projections/errors.ts';
import { identity } from '../../../src/projections/identity.ts';
import { type Lookup } from '../../../src/projections/lookups.ts';
import { derive } from '../../../src/projections/operators/derive.ts';
import { configMap, fakeInformer, node, pod, track } from '../../../src/testing/informers/index.ts';
import { type Value, value } from '../../conformance/observed-source.ts';
import { BAD, operatorSuite } from './operator.suite.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

/** The number of an object decides its first lookup, and the result decides the next lookup. */
function project(
  { metadata: { name }, n }: Value,
  get: {
    readonly left: (key: string | undefined) => Value | undefined;
    readonly right: (key: string) => Value | undefined;
  },
  list: () => readonly Value[],
): number {
  if (n === BAD) throw new RangeError('bad');
  if (n === 0) return get.left(undefined)?.n ?? 0;
  if (n === 1) return 100 + (get.left('a')?.n ?? 50);
  if (n === 2) return 200 + (get.right(name)?.n ?? 50) * (get.left('b')?.n ?? 50);
  if (n === 3) return list().reduce((sum, each, index) => sum + each.n * (index + 1), 300);
  const found = get.left(name);
  if (found === undefined) return n;
  if (found.n === BAD) throw new RangeError('bad');
  return n + (get.right(found.n > 0 ? 'c' : 'd')?.n ?? 1000);
}

operatorSuite({
  name: 'derive',
  sources: 3,
  build: (main, left, right) =>
    main.pipe(
      derive({ left, right }, (object, lookups) => ({
        metadata: { name: object.metadata.name },
        shown: project(object, { left: (key) => lookups.left.get(key), right: (key) => lookups.right.get(key) }, () =>
          lookups.right.list(),
        ),
      })),
    ),
  show: ({ shown }) => shown,
  expected: (main, left, right) => {
    const rows = new Map<string, number>();
    const errors: string[] = [];
    const inOrder = [...right].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    for (const [key, object] of main) {
      try {
        const get = { left: (at: string | undefined) => left.get(at ?? ''), right: (at: string) => right.get(at) };
        rows.set(
          key,
          project(object, get, () => inOrder),
        );
      } catch {
        errors.push(key);
      }
    }
    return { rows, errors };
  },
});

const setUp = () => {
  const pods = fakeInformer(pod('shop/web', { node: 'n1' }));
  const nodes = fakeInformer(node('n1', { zone: 'a' }));
  const notes = fakeInformer<V1ConfigMap>(configMap('shop/web', { text: 'hello' }));
  let calls = 0;
  const rows = pods.pipe(
    derive({ nodes, notes }, (p, { nodes, notes }) => {
      calls += 1;
      const zone = nodes.get(p.spec?.nodeName)?.metadata?.labels?.['topology.kubernetes.io/zone'];
      const note = zone === 'a' ? notes.get('shop/web')?.data?.['text'] : undefined;
      return { metadata: identity(p), zone: zone ?? 'none', note: note ?? '-' };
    }),
  );
  const takeCalls = (): number => {
    const made = calls;
    calls = 0;
    return made;
  };
  return { pods, nodes, notes, rows, takeCalls, events: track(rows, ({ zone, note }) => `${zone} ${note}`) };
};

describe('derive()', () => {
  it('recomputes a row when an object that it looked up is changed, deleted or added', () => {
    const { pods, nodes, notes, events } = setUp();
    nodes.modify(node('n1', { zone: 'b' }));
    nodes.delete('n1');
    nodes.add(node('n1', { zone: 'a' }));
    notes.delete('shop/web');
    pods.modify(pod('shop/web', { node: 'n2' }));
    nodes.add(node('n2', { zone: 'c' }));
    pods.delete('shop/web');
    events.expect(
      'ADDED shop/web a hello',
      'MODIFIED shop/web b -',
      'MODIFIED shop/web none -',
      'MODIFIED shop/web a hello',
      'MODIFIED shop/web a -',
      'MODIFIED shop/web none -',
      'MODIFIED shop/web c -',
      'DELETED shop/web c -',
    );
  });

  it('calls the function only for rows whose last lookups include the changed key', () => {
    const { pods, nodes, notes, takeCalls } = setUp();
    expect(takeCalls()).to.equal(1);
    nodes.add(node('n2', { zone: 'b' }));
    notes.add(configMap('shop/db', { text: 'nobody asked' }));
    expect(takeCalls()).to.equal(0);
    pods.modify(pod('shop/web', { node: 'n2' }));
    expect(takeCalls()).to.equal(1);
    nodes.modify(node('n1', { zone: 'z' }));
    notes.modify(configMap('shop/web', { text: 'not read in zone b' }));
    expect(takeCalls()).to.equal(0);
    pods.delete('shop/web');
    nodes.modify(node('n2', { zone: 'c' }));
    expect(takeCalls()).to.equal(0);
  });

  it('recomputes a row that lists a collection at every change, in order of keys', () => {
    const pods = fakeInformer(pod('shop/web'), pod('shop/db'));
    const nodes = fakeInformer(node('n2'), node('n1'));
    const lists: (readonly V1Node[])[] = [];
    const rows = pods.pipe(
      derive({ nodes }, (p, lookups) => {
        lists.push(lookups.nodes.list());
        return { metadata: identity(p), nodes: lookups.nodes.list().map(({ metadata }) => metadata?.name) };
      }),
    );
    const events = track(rows, (row) => row.nodes.join());
    nodes.add(node('n0'));
    nodes.delete('n1');
    events.expect(
      'ADDED shop/db n1,n2',
      'ADDED shop/web n1,n2',
      'MODIFIED shop/db n0,n1,n2',
      'MODIFIED shop/web n0,n1,n2',
      'MODIFIED shop/db n0,n2',
      'MODIFIED shop/web n0,n2',
    );
    expect(new Set(lists).size, 'sorted once for each state').to.equal(3);
  });

  it('makes a row after an error when an object that it looked up changes', () => {
    const pods = fakeInformer(pod('shop/web', { node: 'n1' }), pod('shop/db', { node: 'n2' }));
    const nodes = fakeInformer(node('n2'));
    const rows = pods.pipe(
      derive({ nodes }, (p, { nodes }) => {
        if (nodes.get(p.spec?.nodeName) === undefined) throw new Error(`no node ${p.spec?.nodeName}`);
        return { metadata: identity(p) };
      }),
    );
    const events = track(rows);
    events.expect('ADDED shop/db');
    expect(rows.errors.get('shop/web')?.message).to.equal('pods | derive(nodes): no row for shop/web: no node n1');
    nodes.add(node('n1'));
    events.expect('ADDED shop/web');
    expect(rows.errors.size).to.equal(0);
  });

  it('throws for a lookup that is used after the row has been made', () => {
    const pods = fakeInformer(pod('shop/web'));
    const nodes = fakeInformer(node('n1'));
    let kept: Lookup<V1Node> | undefined;
    track(
      pods.pipe(
        derive({ nodes }, (p, lookups) => {
          kept = lookups.nodes;
          return { metadata: identity(p) };
        }),
      ),
    );
    const message = /^nodes was looked up outside the function of derive; /;
    expect(() => kept?.get('n1')).to.throw(LookupError, message);
    expect(() => kept?.get(undefined)).to.throw(LookupError, message);
    expect(() => kept?.list()).to.throw(LookupError, message);
  });

  it('reports a function that changes the list as the error of its row', () => {
    const pods = fakeInformer(pod('shop/web'));
    const nodes = fakeInformer(node('n1'), node('n2'));
    const rows = pods.pipe(
      derive({ nodes }, (p, { nodes }) => ({ metadata: identity(p), one: (nodes.list() as V1Node[]).pop() })),
    );
    track(rows).expect();
    expect(rows.errors.get('shop/web')?.cause).to.be.instanceOf(TypeError);
  });

  it('tracks lookups under the purity guard, which detects functions that are not pure', () => {
    const before = purityGuard(true);
    try {
      const { nodes, takeCalls, events } = setUp();
      expect(takeCalls()).to.equal(2);
      nodes.modify(node('n1', { zone: 'b' }));
      events.expect('ADDED shop/web a hello', 'MODIFIED shop/web b -');
      let calls = 0;
      const impure = fakeInformer(pod('shop/web')).pipe(
        derive({}, (p) => ({ metadata: identity(p), n: (calls += 1) })),
      );
      track(impure).expect();
      expect(impure.errors.get('shop/web')?.message).to.contain('the function of derive is not pure');
    } finally {
      purityGuard(before);
    }
  });

  it('looks up in its own collection, and in one collection under two names', () => {
    const values = fakeInformer(value('a', 1), value('b', 2));
    const rows = values.pipe(
      derive({ one: values, two: values }, ({ metadata: { name } }, { one, two }) => ({
        metadata: { name },
        sum: (one.get('a')?.n ?? 0) * 10 + (two.get('b')?.n ?? 0),
      })),
    );
    const events = track(rows, ({ sum }) => sum);
    values.modify(value('b', 3));
    events.expect('ADDED a 12', 'ADDED b 12', 'MODIFIED a 13', 'MODIFIED b 13');
    expect(rows.name).to.equal('fake | derive(fake, fake)');
  });

  it('emits one row when the object and a looked-up object change in one tick', () => {
    const values = fakeInformer(value('a', 1));
    const tens = values.pipe(derive({}, ({ metadata, n }) => ({ metadata, n: n * 10 })));
    const rows = values.pipe(
      derive({ tens }, ({ metadata: { name }, n }, { tens }) => ({
        metadata: { name },
        text: `${n} ${tens.get(name)?.n}`,
      })),
    );
    const events = track(rows, ({ text }) => text);
    values.modify(value('a', 2));
    events.expect('ADDED a 1 10', 'MODIFIED a 2 20');
  });

  it('reports the objects of its rows, the main object first, and keeps its identity', () => {
    const { pods, nodes, notes, rows } = setUp();
    expect(nodeOf(rows).originsOf('shop/web')).to.deep.equal([
      { collection: pods, key: 'shop/web' },
      { collection: nodes, key: 'n1' },
      { collection: notes, key: 'shop/web' },
    ]);
    expect(nodeOf(rows).stampOf('shop/web')).to.deep.equal(pods.stampOf('shop/web'));
    nodes.delete('n1');
    expect(nodeOf(rows).originsOf('shop/web')).to.deep.equal([{ collection: pods, key: 'shop/web' }]);
    expect(nodeOf(rows).originsOf('shop/no')).to.deep.equal([]);
  });

  it('keeps namespace and name', () => {
    const rows = fakeInformer(pod('shop/web')).pipe(derive({}, () => ({ metadata: { name: 'db' } })));
    track(rows);
    expect(rows.errors.get('shop/web')?.message).to.contain('to db; derive keeps namespace and name');
  });

  it('infers its types from the step before and from the collections', () => {
    const pods: Collection<V1Pod> = fakeInformer(pod('shop/web', { node: 'n1' }));
    const nodes: Collection<V1Node> = fakeInformer(node('n1'));
    const counts = fakeInformer(value('a', 1)).pipe(derive({}, ({ n }) => n));
    const rows: Collection<{ unschedulable: boolean | undefined; count: number | undefined; all: number }> = pods.pipe(
      derive({ nodes, counts }, (p, { nodes, counts }) => ({
        unschedulable: nodes.get(p.spec?.nodeName)?.spec?.unschedulable,
        count: counts.get('a'),
        all: nodes.list().filter(({ spec }) => spec?.unschedulable).length,
      })),
    );
    const wrong = [
      // @ts-expect-error: nodes have no nodeName
      derive({ nodes }, (_p: V1Pod, { nodes }) => nodes.get('n1')?.spec?.nodeName),
      // @ts-expect-error: there is no such collection
      derive({ nodes }, (_p: V1Pod, { claims }) => claims.list()),
      // @ts-expect-error: the list is readonly
      derive({ nodes }, (_p: V1Pod, { nodes }) => nodes.list().pop()),
      // @ts-expect-error: an array is not a collection
      () => derive({ nodes: [] }, (_p: V1Pod) => 1),
    ];
    expect(wrong).to.have.length(4);
    track(rows).expect('ADDED shop/web');
  });
});
