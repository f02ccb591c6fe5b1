import { expect } from 'chai';
import type { Collection } from '../../../src/informers/collection/index.ts';
import type { V1Node, V1Pod, V1ReplicaSet, V1Service } from '../../../src/informers/wire-type.ts';
import { identity } from '../../../src/projections/identity.ts';
import { byName } from '../../../src/projections/match/by-key.ts';
import { leftOwnsRight, rightOwnsLeft } from '../../../src/projections/match/ownership.ts';
import { leftSelectsRight, rightSelectsLeft } from '../../../src/projections/match/label-selection.ts';
import { byValues } from '../../../src/projections/match/equal-values.ts';
import { filter } from '../../../src/projections/operators/filter.ts';
import { flatMap } from '../../../src/projections/operators/flat-map.ts';
import { groupBy } from '../../../src/projections/operators/group-by.ts';
import { leftJoin } from '../../../src/projections/operators/left-join.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { count } from '../../../src/projections/reducers/count.ts';
import {
  configMap,
  fakeInformer,
  node,
  pod,
  replicaSet,
  service,
  track,
} from '../../../src/testing/informers/index.ts';
import type { Value } from '../../conformance/observed-source.ts';
import { BAD, operatorSuite } from './operator.suite.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

/** The names of partners by number. A negative number has no partner. */
const partnerOf = (n: number): string | undefined => (n < 0 ? undefined : 'abcd'[n]);
/** Throws for a bad object. */
const good = (n: number): number => {
  if (n === BAD) throw new RangeError('bad');
  return n;
};
/** The bits of a number. A negative number has no bits. */
const bits = (n: number): string[] => (n < 0 ? [] : ['1', '2'].filter((bit) => (n & Number(bit)) !== 0));

interface Sum {
  readonly left: number;
  readonly right: readonly number[];
}

operatorSuite<Sum>({
  name: 'leftJoin by a key',
  sources: 2,
  build: (left, right) =>
    left.pipe(
      leftJoin(
        right,
        ({ n }) => partnerOf(good(n)),
        ({ n }, partner) => ({ left: n, right: partner === undefined ? [] : [good(partner.n)] }),
      ),
    ),
  show: (sum) => sum,
  expected: (left, right) => {
    const rows = new Map<string, Sum>();
    const errors: string[] = [];
    for (const [key, { n }] of left) {
      const partner = right.get(n === BAD ? '' : (partnerOf(n) ?? ''));
      if (n === BAD || partner?.n === BAD) errors.push(key);
      else rows.set(key, { left: n, right: partner === undefined ? [] : [partner.n] });
    }
    return { rows, errors };
  },
});

operatorSuite<Sum>({
  name: 'leftJoin by name',
  sources: 2,
  build: (left, right) =>
    left.pipe(leftJoin(right, byName(), ({ n }, one) => ({ left: n, right: one === undefined ? [] : [one.n] }))),
  show: (sum) => sum,
  expected: (left, right) => ({
    rows: new Map(
      Array.from(left, ([key, { n }]) => [key, { left: n, right: right.has(key) ? [right.get(key)!.n] : [] }] as const),
    ),
  }),
});

const manyExpected = (left: ReadonlyMap<string, Value>, right: ReadonlyMap<string, Value>) => {
  const rows = new Map<string, Sum>();
  const rights = [...right].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, { n }]) => n);
  for (const [key, { n }] of left) {
    if (n === BAD) continue;
    const partners = rights.filter((other) => other !== BAD && bits(n).some((bit) => bits(other).includes(bit)));
    rows.set(key, { left: n, right: partners });
  }
  const errors = [...left, ...right].filter(([, { n }]) => n === BAD).map(([key]) => key);
  return { rows, errors };
};
const bitsOf = ({ n }: Value): string[] => bits(good(n));
const many = (left: Collection<Value>, right: Collection<Value>): Collection<Sum> =>
  left.pipe(
    leftJoin(right, byValues(bitsOf, bitsOf), ({ n }, partners) => ({ left: n, right: partners.map((one) => one.n) })),
  );

operatorSuite<Sum>({
  name: 'leftJoin by values',
  sources: 2,
  build: (left, right) => many(left, right),
  show: (sum) => sum,
  expected: (left, right) => manyExpected(left, right),
});

operatorSuite<Sum>({
  name: 'leftJoin of a collection with itself',
  sources: 1,
  build: (source) => many(source, source),
  show: (sum) => sum,
  expected: (source) => manyExpected(source, source),
});

operatorSuite<Sum>({
  name: 'leftJoin of a collection with what is derived from it',
  sources: 1,
  build: (source) =>
    many(
      source,
      source.pipe(
        filter(({ n }) => n !== 0),
        map(({ metadata, n }) => ({ metadata, n: n === BAD ? n : n ^ 3 })),
      ),
    ),
  show: (sum) => sum,
  expected: (source) =>
    manyExpected(
      source,
      new Map(
        [...source]
          .filter(([, { n }]) => n !== 0)
          .map(([key, { metadata, n }]) => [key, { metadata, n: n === BAD ? n : n ^ 3 }] as const),
      ),
    ),
});

const zoneOf = (n: V1Node | undefined): string | undefined => n?.metadata?.labels?.['topology.kubernetes.io/zone'];

describe('leftJoin()', () => {
  const placements = (pods: Collection<V1Pod>, nodes: Collection<V1Node>) =>
    pods.pipe(
      filter((p) => p.spec?.nodeName !== undefined),
      leftJoin(
        nodes,
        (p) => p.spec?.nodeName,
        (p, n) => ({ metadata: identity(p), zone: zoneOf(n) }),
      ),
    );

  it('updates the pair when only the right side changes', () => {
    const pods = fakeInformer(pod('shop/web', { node: 'n1' }));
    const nodes = fakeInformer(node('n1', { zone: 'a' }));
    const events = track(placements(pods, nodes), (row) => row.zone);
    nodes.modify(node('n1', { zone: 'b' }));
    events.expect('ADDED shop/web a', 'MODIFIED shop/web b');
  });

  it('updates the row when a pod is bound, moved and deleted, and when its node is deleted and added', () => {
    const pods = fakeInformer(pod('shop/web'));
    const nodes = fakeInformer(node('n1', { zone: 'a' }), node('n2', { zone: 'b' }));
    const events = track(placements(pods, nodes), (row) => row.zone ?? 'nowhere');
    pods.modify(pod('shop/web', { node: 'n1' }));
    pods.modify(pod('shop/web', { node: 'n2' }));
    nodes.delete('n2');
    nodes.add(node('n2', { zone: 'c' }));
    pods.delete('shop/web');
    nodes.delete('n2');
    events.expect(
      'ADDED shop/web a',
      'MODIFIED shop/web b',
      'MODIFIED shop/web nowhere',
      'MODIFIED shop/web c',
      'DELETED shop/web c',
    );
  });

  it('emits nothing if no row changes, and calls the function once for each pod on the changed node', () => {
    const pods = fakeInformer(pod('shop/a', { node: 'n1' }), pod('shop/b', { node: 'n2' }));
    const nodes = fakeInformer(node('n1', { zone: 'a' }), node('n2', { zone: 'b' }));
    const made: string[] = [];
    const rows = pods.pipe(
      leftJoin(
        nodes,
        (p) => p.spec?.nodeName,
        (p, n) => {
          made.push(p.metadata?.name ?? '');
          return { metadata: identity(p), zone: zoneOf(n) };
        },
      ),
    );
    const events = track(rows);
    events.clear();
    made.length = 0;
    nodes.modify(node('n1', { zone: 'a', ready: false }));
    events.expect();
    expect(made).to.deep.equal(['a']);
  });

  it('emits one batch for a relist of the nodes, with the rows that changed', () => {
    const pods = fakeInformer(
      pod('shop/a', { node: 'n1' }),
      pod('shop/b', { node: 'n2' }),
      pod('shop/c', { node: 'n3' }),
    );
    const nodes = fakeInformer(node('n1', { zone: 'a' }), node('n2', { zone: 'b' }), node('n3', { zone: 'c' }));
    const events = track(placements(pods, nodes), (row) => row.zone);
    events.clear();
    nodes.replace(node('n1', { zone: 'x' }), node('n3', { zone: 'c' }));
    events.expect('MODIFIED shop/a x', 'MODIFIED shop/b');
    expect(events.takeCauses()).to.deep.equal(['RELIST']);
  });

  for (const [what, name] of [
    ['undefined', undefined],
    ['null', null],
    ['the empty string', ''],
  ] as const) {
    it(`has no partner for ${what}`, () => {
      const rows = fakeInformer(pod('shop/web')).pipe(
        leftJoin(
          fakeInformer(node('n1')),
          () => name,
          (_, n) => n?.kind ?? 'none',
        ),
      );
      track(rows, (kind) => kind).expect('ADDED shop/web none');
    });
  }

  it('matches by the same name, or by a name in the same namespace', () => {
    const pods = fakeInformer(pod('shop/web', { serviceAccountName: 'settings' }));
    const maps = fakeInformer(
      configMap('shop/web', { is: 'same' }),
      configMap('shop/settings', { is: 'named' }),
      configMap('store/settings', { is: 'elsewhere' }),
    );
    const rows = pods.pipe(
      leftJoin(maps, byName(), (p, same) => ({ p, same: same?.data?.['is'] })),
      leftJoin(
        maps,
        byName(({ p }) => p.spec?.serviceAccountName),
        ({ same }, named) => `${same} ${named?.data?.['is']}`,
      ),
    );
    expect(rows.name).to.equal('pods | leftJoin(configmaps) | leftJoin(configmaps)');
    track(rows, (row) => row).expect('ADDED shop/web same named');
  });

  it('reports an error of the function under the key of its row, until the object or its partner changes', () => {
    const pods = fakeInformer(pod('shop/web', { node: 'n1' }), pod('shop/db', { node: 'n2' }));
    const nodes = fakeInformer(node('n1'), node('n2', { zone: 'b' }));
    const rows = pods.pipe(
      leftJoin(
        nodes,
        (p) => p.spec?.nodeName,
        (p, n) => ({ metadata: identity(p), zone: zoneOf(n) ?? expect.fail('no zone') }),
      ),
    );
    const events = track(rows, (row) => row.zone);
    events.expect('ADDED shop/db b');
    expect(rows.errors.get('shop/web')?.message).to.equal('pods | leftJoin(nodes): no row for shop/web: no zone');
    nodes.modify(node('n1', { zone: 'a' }));
    events.expect('ADDED shop/web a');
    expect(rows.errors.size).to.equal(0);
  });

  it('reports rows with another name, and values that are not rows', () => {
    const rows = fakeInformer(pod('shop/web'), pod('shop/db')).pipe(
      leftJoin(fakeInformer(node('n1')), byName(), (p): unknown =>
        p.metadata?.name === 'db' ? undefined : { metadata: { name: 'web' } },
      ),
    );
    track(rows).expect();
    expect(Array.from(rows.errors.values(), ({ message }) => message).toSorted()).to.deep.equal([
      'pods | leftJoin(nodes): no row for shop/db: the projection returned undefined',
      'pods | leftJoin(nodes): no row for shop/web: the projection moved the row shop/web to web; leftJoin keeps namespace and name',
    ]);
  });

  it('emits one consistent row when one change reaches both sides', () => {
    const pods = fakeInformer(pod('shop/web', { node: 'n1' }));
    const places = pods.pipe(
      flatMap((p) => [{ metadata: { namespace: 'shop', name: `on-${p.spec?.nodeName}` }, node: p.spec?.nodeName }]),
      map((place) => place),
    );
    const seen: string[] = [];
    const rows = pods.pipe(
      leftJoin(
        places,
        byName((p) => `on-${p.spec?.nodeName}`),
        (p, place) => {
          seen.push(`${p.spec?.nodeName} ${place?.node}`);
          return { metadata: identity(p), place: place?.node };
        },
      ),
    );
    const events = track(rows, (row) => row.place);
    pods.modify(pod('shop/web', { node: 'n2' }));
    events.expect('ADDED shop/web n1', 'MODIFIED shop/web n2');
    expect(seen).to.deep.equal(['n1 n1', 'n2 n2']);
  });

  it('emits one consistent row when it is joined with groups of itself', () => {
    const pods = fakeInformer(
      pod('shop/a', { node: 'n1' }),
      pod('shop/b', { node: 'n1' }),
      pod('shop/c', { node: 'n2' }),
    );
    const perNode = pods.pipe(groupBy((p) => p.spec?.nodeName, { pods: count() }));
    const rows = pods.pipe(
      leftJoin(
        perNode,
        (p) => p.spec?.nodeName,
        (p, group) => ({ metadata: identity(p), neighbours: `${p.spec?.nodeName}:${group?.pods}` }),
      ),
    );
    const events = track(rows, (row) => row.neighbours);
    events.clear();
    pods.modify(pod('shop/b', { node: 'n2' }));
    events.expect('MODIFIED shop/a n1:1', 'MODIFIED shop/b n2:2', 'MODIFIED shop/c n2:2');
    pods.delete('shop/c');
    events.expect('MODIFIED shop/b n2:1', 'DELETED shop/c n2:2');
    expect(events.takeCauses()).to.deep.equal(['EVENT', 'EVENT']);
  });

  it('reports the objects of its rows: the main object, then its partners in order', () => {
    const pods = fakeInformer(pod('shop/b', { node: 'n1' }), pod('shop/a', { node: 'n1' }));
    const nodes = fakeInformer(node('n1'));
    const rows = nodes.pipe(
      leftJoin(
        pods,
        byValues(
          (n) => n.metadata?.name,
          (p) => p.spec?.nodeName,
        ),
        (n, there) => ({ metadata: identity(n), there: there.length }),
      ),
    );
    track(rows);
    expect(nodeOf(rows).originsOf('n1')).to.deep.equal([
      { collection: nodes, key: 'n1' },
      { collection: pods, key: 'shop/a' },
      { collection: pods, key: 'shop/b' },
    ]);
    expect(nodeOf(rows).originsOf('n2')).to.deep.equal([]);
    expect(nodeOf(rows).stampOf('n1')).to.deep.equal(nodes.stampOf('n1'));
    expect(nodeOf(rows).lineage).to.equal(undefined);
  });
});

/** Compiles if both types are the same. */
type Same<A, B> = [A, B] extends [B, A] ? true : false;
const same = <A, B>(yes: Same<A, B>): boolean => yes;

describe('the functions of leftJoin()', () => {
  const pods: Collection<V1Pod> = fakeInformer(pod('shop/web', { node: 'n1' }));
  const nodes: Collection<V1Node> = fakeInformer(node('n1'));
  const replicaSets: Collection<V1ReplicaSet> = fakeInformer(replicaSet('shop/web'));
  const services: Collection<V1Service> = fakeInformer(service('shop/web'));

  it('need no annotations', () => {
    const rows = [
      pods.pipe(
        leftJoin(
          nodes,
          (p) => p.spec?.nodeName,
          (p, n) => same<typeof p, V1Pod>(true) && same<typeof n, V1Node | undefined>(true),
        ),
      ),
      pods.pipe(
        leftJoin(
          services,
          byName(),
          (p, svc) => same<typeof p, V1Pod>(true) && same<typeof svc, V1Service | undefined>(true),
        ),
      ),
      pods.pipe(
        leftJoin(
          services,
          byName((p) => p.spec?.nodeName),
          (_, svc) => same<typeof svc, V1Service | undefined>(true),
        ),
      ),
      pods.pipe(
        leftJoin(
          replicaSets,
          rightOwnsLeft(),
          (p, rs) => same<typeof p, V1Pod>(true) && same<typeof rs, V1ReplicaSet | undefined>(true),
        ),
      ),
      replicaSets.pipe(
        leftJoin(
          pods,
          leftOwnsRight(),
          (rs, its) => same<typeof rs, V1ReplicaSet>(true) && same<typeof its, readonly V1Pod[]>(true),
        ),
      ),
      services.pipe(
        leftJoin(
          pods,
          leftSelectsRight((svc) => svc.spec?.selector),
          (svc, its) => same<typeof svc, V1Service>(true) && same<typeof its, readonly V1Pod[]>(true),
        ),
      ),
      replicaSets.pipe(
        leftJoin(
          pods,
          leftSelectsRight((rs) => rs.spec?.selector),
          (_, its) => same<typeof its, readonly V1Pod[]>(true),
        ),
      ),
      pods.pipe(
        leftJoin(
          services,
          rightSelectsLeft((svc) => svc.spec?.selector),
          (p, its) => same<typeof p, V1Pod>(true) && same<typeof its, readonly V1Service[]>(true),
        ),
      ),
      nodes.pipe(
        leftJoin(
          pods,
          byValues(
            (n) => n.metadata?.name,
            (p) => p.spec?.nodeName,
          ),
          (n, its) => same<typeof n, V1Node>(true) && same<typeof its, readonly V1Pod[]>(true),
        ),
      ),
    ] satisfies Collection<boolean>[];
    for (const each of rows) track(each, (yes) => yes).clear();
    expect(rows.flatMap((each) => each.list())).to.deep.equal(rows.map(() => true));
  });

  it('are checked against the types of both collections', () => {
    const one = (): number => 1;
    const rows = pods.pipe(map((p) => ({ metadata: identity(p) })));
    const phase = (p: V1Pod): string | undefined => p.status?.phase;
    const wrong: (() => unknown)[] = [
      // @ts-expect-error: pods have no such field
      () => pods.pipe(leftJoin(nodes, (p) => p.spec?.node, one)),
      // @ts-expect-error: a number is not a key
      () => pods.pipe(leftJoin(nodes, (p) => p.spec?.priority, one)),
      // @ts-expect-error: the node may be undefined
      () => pods.pipe(leftJoin(nodes, byName(), (_, n) => n.kind)),
      // @ts-expect-error: the partners are a list
      () => replicaSets.pipe(leftJoin(pods, leftOwnsRight(), (_, its) => its.kind)),
      // @ts-expect-error: rows without owner references have no owner
      () => rows.pipe(leftJoin(replicaSets, rightOwnsLeft(), one)),
      // @ts-expect-error: a phase is not a selector
      () => pods.pipe(leftJoin(pods, leftSelectsRight(phase), one)),
    ];
    expect(wrong).to.have.length(6);
  });
});
