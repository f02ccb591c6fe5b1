import { expect } from 'chai';
import type { Collection } from '../../../src/informers/collection/index.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { safeName } from '../../../src/projections/names.ts';
import { filter } from '../../../src/projections/operators/filter.ts';
import { groupBy, type GroupMetadata } from '../../../src/projections/operators/group-by.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { collect } from '../../../src/projections/reducers/collect.ts';
import { count, countBy } from '../../../src/projections/reducers/count.ts';
import { groupKey, type GroupName } from '../../../src/projections/reducers/group-key.ts';
import { max, min } from '../../../src/projections/reducers/min-max.ts';
import { reducer } from '../../../src/projections/reducers/reducer.ts';
import { sum } from '../../../src/projections/reducers/sum.ts';
import { CREATED, fakeInformer, pod, track } from '../../../src/testing/informers/index.ts';
import type { Value } from '../../conformance/observed-source.ts';
import { BAD, operatorSuite } from './operator.suite.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

const NOT_A_NUMBER = 7;
const MIXED = 8;

/** The groups of a number: by sign and, in a namespace, by parity. 0 is in no group. */
const groupsOf = (n: number): string[] => {
  if (n === BAD) throw new RangeError('bad');
  if (n === 0) return [];
  return [n < 0 ? 'below' : 'above', `parity/${n % 2 === 0 ? 'even' : 'odd'}`];
};

/** The same key, with the namespace separate. */
const keyOf = (key: string): string | GroupName => {
  const [name = '', namespace] = key.split('/').toReversed();
  return namespace === undefined ? name : { namespace, name };
};

const readOf = (n: number): number | bigint => (n === NOT_A_NUMBER ? NaN : n === MIXED ? 8n : n / 10);

const isLeftOut = (n: number): boolean => n === BAD || n === NOT_A_NUMBER;

operatorSuite({
  name: 'groupBy',
  sources: 1,
  numbers: [-3, -2, -1, 0, 1, 2, 3, NOT_A_NUMBER, MIXED, BAD],
  build: (source) =>
    source.pipe(
      groupBy(({ n }) => groupsOf(n).map(keyOf), {
        members: count(),
        bySize: countBy(({ n }) => (n === 3 ? undefined : String(Math.abs(n)))),
        tenths: sum(({ n }) => readOf(n)),
        least: min(({ n }) => n),
        greatest: max(({ n }) => (n === 1 ? undefined : n)),
        names: collect(({ metadata }) => metadata.name),
        custom: reducer({
          initial: () => 0,
          read: ({ n }) => n,
          add: (state, n) => {
            if (n === -3) throw new RangeError('three below');
            return state + n * n;
          },
          remove: (state, n) => state - n * n,
          result: (state) => {
            if (state === 5) throw new RangeError('five');
            return state;
          },
        }),
      }),
    ),
  show: (row) => row,
  expected: (source) => {
    const groups = new Map<string, Value[]>();
    for (const [, object] of [...source].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      if (isLeftOut(object.n)) continue;
      for (const key of groupsOf(object.n)) groups.set(key, [...(groups.get(key) ?? []), object]);
    }
    const squares = (members: readonly Value[]): number => members.reduce((total, { n }) => total + n * n, 0);
    const fails = (members: readonly Value[]): boolean =>
      members.some(({ n }) => n === -3) ||
      squares(members) === 5 ||
      (members.some(({ n }) => n === MIXED) && members.some(({ n }) => n !== MIXED));
    const row = (key: string, members: readonly Value[]): unknown => {
      const numbers = members.map(({ n }) => n);
      const [name, namespace] = key.split('/').toReversed();
      const sizes = numbers.filter((n) => n !== 3).map((n) => String(Math.abs(n)));
      const over = numbers.filter((n) => n !== 1);
      // Added as whole numbers of the finest unit, and rounded once.
      const tenths = numbers.reduce((total, n) => total + exactly(n / 10), 0n);
      return {
        metadata: namespace === undefined ? { name } : { name, namespace },
        members: members.length,
        bySize: Object.fromEntries(sizes.map((size) => [size, sizes.filter((other) => other === size).length])),
        tenths: numbers.includes(MIXED) ? 8n * BigInt(numbers.length) : Number(tenths) / 2 ** 60,
        least: Math.min(...numbers),
        greatest: over.length === 0 ? undefined : Math.max(...over),
        names: members.map(({ metadata }) => metadata.name),
        custom: squares(members),
      };
    };
    return {
      rows: new Map(
        [...groups].filter(([, members]) => !fails(members)).map(([key, members]) => [key, row(key, members)]),
      ),
      errors: [
        ...[...source].filter(([, { n }]) => isLeftOut(n)).map(([key]) => key),
        ...[...groups].filter(([, members]) => fails(members)).map(([key]) => key),
      ],
    };
  },
});

/** A double of no more than 60 binary places, in units of its last. */
const exactly = (number: number): bigint => BigInt(number * 2 ** 60);

describe('groupBy()', () => {
  const byNode = (pods: Collection<V1Pod>) =>
    pods.pipe(groupBy((p) => p.spec?.nodeName, { pods: count(), names: collect((p) => p.metadata?.name) }));

  it('adds a row with the first member and deletes it with the last', () => {
    const pods = fakeInformer(pod('shop/web'));
    const events = track(byNode(pods), ({ pods, names }) => `${pods} ${names.join()}`);
    pods.modify(pod('shop/web', { node: 'n1' }));
    pods.add(pod('shop/db', { node: 'n1' }));
    pods.modify(pod('shop/web', { node: 'n2' }));
    pods.delete('shop/db');
    pods.modify(pod('shop/web'));
    events.expect(
      'ADDED n1 1 web',
      'MODIFIED n1 2 db,web',
      'MODIFIED n1 1 db',
      'ADDED n2 1 web',
      'DELETED n1 1 db',
      'DELETED n2 1 web',
    );
  });

  it('has the creationTimestamp of the oldest member', () => {
    const born = (key: string, creationTimestamp: string): V1Pod => pod(key, { node: 'n1', creationTimestamp });
    const pods = fakeInformer(born('shop/web', '2026-03-01T00:00:00Z'));
    const events = track(byNode(pods), ({ metadata }) => metadata.creationTimestamp);
    pods.add(born('shop/db', '2026-02-01T00:00:00Z'));
    pods.add(born('shop/new', '2026-04-01T00:00:00Z'));
    pods.delete('shop/db');
    events.expect(
      'ADDED n1 2026-03-01T00:00:00Z',
      'MODIFIED n1 2026-02-01T00:00:00Z',
      'MODIFIED n1 2026-02-01T00:00:00Z',
      'MODIFIED n1 2026-03-01T00:00:00Z',
    );
  });

  it('gives a row the namespace and name of its key', () => {
    const pods = fakeInformer(pod('shop/web', { labels: { app: 'till' } }), pod('shop/db'));
    const apps = pods.pipe(
      groupBy((p) => ({ namespace: p.metadata?.namespace, name: p.metadata?.labels?.['app'] ?? 'other' }), {}),
    );
    track(apps).expect('ADDED shop/other', 'ADDED shop/till');
    expect(apps.get('shop/till')).to.deep.equal({
      metadata: { namespace: 'shop', name: 'till', creationTimestamp: CREATED },
    });
  });

  it('accepts any text as a key, and gives a group whose key cannot be a name a safe name', () => {
    const images = ['nginx', 'ghcr.io/shop/web:1.25', '.', 'a%b', 'Running'];
    const pods = fakeInformer(
      ...images.map((image, at) => pod(`shop/p${at}`, { containers: [{ name: 'main', image }] })),
    );
    const rows = pods.pipe(
      groupBy((p) => p.spec?.containers[0]?.image, { image: groupKey(), names: collect((p) => p.metadata?.name) }),
    );
    track(rows);
    const names = images.map((image) => rows.list().find((row) => row.image === image)?.metadata.name);
    expect(names).to.deep.equal([
      'nginx',
      safeName('ghcr.io/shop/web:1.25'),
      safeName('.'),
      safeName('a%b'),
      'Running',
    ]);
    expect(rows.list().map((row) => row.names)).to.have.length(5);
  });

  it('gives each reducer the key of its group', () => {
    const keyed = reducer({
      initial: ({ text }) => text,
      read: () => undefined,
      add: (state) => state,
      remove: (state) => state,
      result: (state, key) => ({ state, key }),
    });
    const pods = fakeInformer(pod('shop/web'));
    const rows = pods.pipe(
      groupBy((p) => ['a/b', { namespace: p.metadata?.namespace, name: 'all' }], { key: groupKey(), keyed }),
    );
    track(rows);
    const name = safeName('a/b');
    expect(rows.get(name)).to.deep.include({
      key: 'a/b',
      keyed: { state: 'a/b', key: { text: 'a/b', namespace: undefined, name } },
    });
    expect(rows.get('shop/all')).to.deep.include({
      metadata: { namespace: 'shop', name: 'all', creationTimestamp: CREATED },
      key: 'shop/all',
      keyed: { state: 'shop/all', key: { text: 'shop/all', namespace: 'shop', name: 'all' } },
    });
  });

  it('takes a text and a name without a namespace as the same key', () => {
    const pods = fakeInformer(pod('shop/web'));
    const rows = pods.pipe(groupBy(() => ['all', { name: 'all' }, { namespace: '', name: 'all' }], { pods: count() }));
    track(rows, ({ pods: members }) => members).expect('ADDED all 1');
  });

  it('puts an object into several groups, into each once', () => {
    const pods = fakeInformer(pod('shop/web', { labels: { a: '', b: '' } }));
    const labels = pods.pipe(
      groupBy((p) => Object.keys(p.metadata?.labels ?? {}).flatMap((label) => [label, label]), { pods: count() }),
    );
    const events = track(labels, ({ pods }) => pods);
    pods.add(pod('shop/db', { labels: { b: '' } }));
    pods.modify(pod('shop/web', { labels: { b: '', c: '' } }));
    events.expect('ADDED a 1', 'ADDED b 1', 'MODIFIED b 2', 'DELETED a 1', 'ADDED c 1');
  });

  it('does not compute results when an object changes in fields that no reducer reads', () => {
    const pods = fakeInformer(pod('shop/web', { node: 'n1' }));
    let results = 0;
    const rows = pods.pipe(
      groupBy((p) => p.spec?.nodeName, {
        containers: reducer({
          initial: () => 0,
          read: (p) => p.spec?.containers.map(({ name }) => name) ?? [],
          add: (total, names) => total + names.length,
          remove: (total, names) => total - names.length,
          result: (total) => ((results += 1), total),
        }),
      }),
    );
    track(rows);
    pods.modify(pod('shop/web', { node: 'n1', annotations: { note: 'new' } }));
    expect(results).to.equal(1);
  });

  it('updates only the reducers that read another value than before', () => {
    const calls: string[] = [];
    const recording = (name: string, read: (p: V1Pod) => string | undefined) =>
      reducer({
        initial: () => 0,
        read,
        add: (state, x) => (calls.push(`${name} + ${x}`), state),
        remove: (state, x) => (calls.push(`${name} - ${x}`), state),
        result: (state) => state,
      });
    const pods = fakeInformer(pod('shop/web', { node: 'n1', phase: 'Pending' }));
    const rows = pods.pipe(
      groupBy(() => 'all', {
        nodes: recording('node', (p) => p.spec?.nodeName),
        phases: recording('phase', (p) => p.status?.phase),
      }),
    );
    track(rows);
    calls.length = 0;
    pods.modify(pod('shop/web', { node: 'n1', phase: 'Running' }));
    expect(calls).to.deep.equal(['phase - Pending', 'phase + Running']);
  });

  it('removes the values that were read from an object, also if the deleted object differs', () => {
    const pods = fakeInformer(pod('shop/web', { node: 'n1', phase: 'Pending' }), pod('shop/db', { node: 'n1' }));
    const phases = pods.pipe(groupBy((p) => p.spec?.nodeName, { phases: countBy((p) => p.status?.phase) }));
    const events = track(phases, (row) => row.phases);
    pods.delete(pod('shop/web', { node: 'n2', phase: 'Failed' }));
    events.expect('ADDED n1 {"Pending":1,"Running":1}', 'MODIFIED n1 {"Running":1}');
  });

  it('leaves out an object for which the key or a reducer throws, until it changes', () => {
    const pods = fakeInformer(pod('shop/web', { node: 'n1' }), pod('shop/db', { node: 'n1' }));
    const rows = pods.pipe(
      groupBy(
        (p) => {
          if (p.status?.phase === 'Failed') throw new Error('no group for failures');
          return p.spec?.nodeName;
        },
        { cpu: sum((p) => (p.status?.phase === 'Unknown' ? NaN : 1)) },
      ),
    );
    const events = track(rows, ({ cpu }) => cpu);
    const messages = (): string[] => Array.from(rows.errors.values(), ({ message }) => message);
    pods.modify(pod('shop/web', { node: 'n1', phase: 'Failed' }));
    expect(messages()).to.deep.equal(['pods | groupBy: shop/web is left out: no group for failures']);
    pods.modify(pod('shop/web', { node: 'n1', phase: 'Unknown' }));
    expect(messages()).to.deep.equal(['pods | groupBy: shop/web is left out: cpu: NaN is not a finite number']);
    pods.modify(pod('shop/web', { node: 'n1' }));
    expect(messages()).to.deep.equal([]);
    events.expect('ADDED n1 2', 'MODIFIED n1 1', 'MODIFIED n1 2');
  });

  const HINT = 'return it as the whole key, or use safeName()';
  const KEYS: readonly (readonly [key: unknown, message: string])[] = [
    ['', 'a key must not be empty; return undefined for an object without a key'],
    [['n1', ''], 'a key must not be empty; return undefined for an object without a key'],
    [null, 'a key must be a string, not null'],
    [5, 'a key must be a string, not a value of type number'],
    [[['n1']], 'a key must be a string, not a value of type object'],
    [{ name: '' }, 'a key must not be empty; return undefined for an object without a key'],
    [{ name: 5 }, 'a key must be a string, not a value of type number'],
    [{ name: 'a/b' }, `"a/b" is not a valid name of a group: a name may not contain '/'; ${HINT}`],
    [{ name: 'a%b' }, `"a%b" is not a valid name of a group: a name may not contain '%'; ${HINT}`],
    [{ name: '..' }, `".." is not a valid name of a group: a name may not be '..'; ${HINT}`],
    [{ namespace: 'a/b', name: 'c' }, `"a/b" is not a valid name of a group: a name may not contain '/'; ${HINT}`],
  ];
  for (const [key, message] of KEYS) {
    it(`leaves out an object with the group key ${JSON.stringify(key)}`, () => {
      const rows = fakeInformer(pod('shop/web')).pipe(groupBy(() => key as string, { pods: count() }));
      track(rows).expect();
      expect(rows.errors.get('shop/web')?.message).to.equal(`pods | groupBy: shop/web is left out: ${message}`);
    });
  }

  it('throws for a reducer named metadata', () => {
    // @ts-expect-error: it does not compile either
    expect(() => groupBy(() => 'all', { metadata: count() })).to.throw(
      TypeError,
      'groupBy needs another name for the reducer "metadata"',
    );
  });

  it('reports the objects of a group in order of keys, and has no source uid', () => {
    const pods = fakeInformer(pod('shop/web', { node: 'n1' }), pod('shop/db', { node: 'n1' }));
    const rows = byNode(pods);
    track(rows);
    expect(
      nodeOf(rows)
        .originsOf('n1')
        ?.map(({ key }) => key),
    ).to.deep.equal(['shop/db', 'shop/web']);
    expect(nodeOf(rows).stampOf('n1')?.uid).to.equal(undefined);
    pods.delete('shop/db');
    expect(nodeOf(rows).originsOf('n1')).to.deep.equal([{ collection: pods, key: 'shop/web' }]);
  });

  it('emits a relist as a difference', () => {
    const pods = fakeInformer(
      pod('shop/a', { node: 'n1' }),
      pod('shop/b', { node: 'n1' }),
      pod('shop/c', { node: 'n2' }),
    );
    const events = track(byNode(pods), ({ names }) => names.join());
    events.clear();
    pods.replace(pod('shop/b', { node: 'n1' }), pod('shop/c', { node: 'n1' }), pod('shop/d', { node: 'n3' }));
    events.expect('MODIFIED n1 b,c', 'DELETED n2 c', 'ADDED n3 d');
  });

  it('has the same cost per change in a large group', () => {
    const many = Array.from({ length: 2000 }, (_, at) => pod(`shop/p${at}`, { node: 'n1' }));
    const pods = fakeInformer(...many);
    let calls = 0;
    const rows = pods.pipe(
      groupBy((p) => p.spec?.nodeName, {
        pods: count(),
        oldest: min((p) => ((calls += 1), p.metadata?.creationTimestamp)),
      }),
    );
    track(rows);
    calls = 0;
    pods.delete('shop/p7');
    pods.modify(pod('shop/p8', { node: 'n2' }));
    expect([calls, rows.get('n1')?.pods]).to.deep.equal([1, 1998]);
  });

  /** Compiles if both types are the same. */
  type Same<A, B> = [A, B] extends [B, A] ? true : false;
  const same = <A, B>(yes: Same<A, B>): unknown => yes;

  it('infers the parameters of functions and the values of reducers', () => {
    const pods: Collection<V1Pod> = fakeInformer(pod('shop/web', { node: 'n1' }));
    const rows = pods.pipe(
      filter((p) => p.spec?.nodeName !== undefined),
      groupBy((p) => p.spec?.nodeName, {
        pods: count(),
        byPhase: countBy((p) => p.status?.phase ?? 'Unknown'),
        cpu: sum((p) => BigInt(p.spec?.containers.length ?? 0)),
        restarts: sum((p) => p.status?.containerStatuses?.[0]?.restartCount),
        halves: sum((p) => (p.kind === 'Pod' ? 0.5 : 1)),
        oldest: min((p) => p.metadata?.creationTimestamp),
        newest: max((p) => new Date(p.metadata?.creationTimestamp ?? '')),
        names: collect((p) => p.metadata?.name),
        all: collect(),
        custom: reducer({
          initial: () => 0,
          read: (p) => p.spec?.nodeName ?? '',
          add: (state, name) => state + name.length,
          remove: (state, name) => state - name.length,
          result: (state) => ({ state }),
        }),
      }),
      filter((group) => group.pods > 0),
      map(({ metadata, ...values }) => ({ metadata, values })),
    );
    type Row = ReturnType<typeof rows.list>[number];
    same<Row['metadata'], GroupMetadata>(true);
    type Values = Row['values'];
    same<Values['pods'], number>(true);
    same<Values['byPhase'], Readonly<Record<string, number>>>(true);
    same<Values['cpu'], bigint>(true);
    same<Values['restarts'], number | undefined>(true);
    same<Values['halves'], number>(true);
    same<Values['oldest'], string | undefined>(true);
    same<Values['newest'], Date>(true);
    same<Values['names'], readonly string[]>(true);
    same<Values['all'], readonly V1Pod[]>(true);
    same<Values['custom'], { state: number }>(true);
    track(rows);
    expect(rows.get('n1')?.values).to.deep.include({ cpu: 1n, halves: 0.5, custom: { state: 2 }, names: ['web'] });
    const wrong: (() => unknown)[] = [
      // @ts-expect-error: pods have no replicas
      () => pods.pipe(groupBy((p) => p.spec?.replicas, { pods: count() })),
      // @ts-expect-error: pods have no replicas in a reducer either
      () => pods.pipe(groupBy(() => 'all', { replicas: sum((p) => p.spec?.replicas) })),
      // @ts-expect-error: a key is a string
      () => pods.pipe(groupBy((p) => p.spec?.priority, { pods: count() })),
      // @ts-expect-error: a string cannot be added
      () => pods.pipe(groupBy(() => 'all', { names: sum((p) => p.metadata?.name) })),
      // @ts-expect-error: an object has no order
      () => pods.pipe(groupBy(() => 'all', { least: min((p) => p.metadata) })),
    ];
    expect(wrong).to.have.length(5);
  });
});
