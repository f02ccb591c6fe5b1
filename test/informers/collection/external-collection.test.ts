import { expect } from 'chai';
import { Subject } from 'rxjs';
import { ExternalCollection } from '../../../src/informers/collection/external-collection.ts';
import { type Cause, type Delta, DeltaBatch, NotConnectedError } from '../../../src/informers/collection/index.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { fakeClock, fakeInformer, track } from '../../../src/testing/informers/index.ts';
import { collectionSuite } from '../../conformance/collection.suite.ts';
import { type Value, value } from '../../conformance/observed-source.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

collectionSuite({
  name: 'an external collection',
  over: (source) => new ExternalCollection('external', source.deltas$),
  shows: (n) => n,
  derived: true,
  ownSource: true,
});
collectionSuite({
  name: 'a map of an external collection of a map',
  over: (source) => {
    const doubled = source.pipe(map(({ metadata, n }) => ({ metadata, n: 2 * n })));
    return new ExternalCollection('external', doubled.deltas$).pipe(map(({ metadata, n }) => ({ metadata, n: n + 1 })));
  },
  shows: (n) => 2 * n + 1,
  derived: true,
  ownSource: true,
});

const batch = (first: number, type: Exclude<Cause['type'], 'RELIST' | 'EVENT'>, ...changes: Delta<Value>[]) =>
  new DeltaBatch(changes, { type }, { first, last: first });
const added = (name: string, n: number, uid?: string): Delta<Value> => ({
  type: 'ADDED',
  key: name,
  object: { n, metadata: { name, ...(uid === undefined ? {} : { uid, resourceVersion: '7' }) } },
});

const setUp = () => {
  const batches$ = new Subject<DeltaBatch<Value>>();
  const clock = fakeClock(1000);
  const external = new ExternalCollection('things', batches$, clock);
  const rows = external.pipe(map(({ metadata, n }) => ({ metadata: { name: metadata.name }, n })));
  const synced: boolean[] = [];
  rows.deltas$.subscribe(() => synced.push(rows.hasSynced));
  const events = track(rows, ({ n }) => n);
  const next = (batch: unknown): void => batches$.next(batch as DeltaBatch<Value>);
  return { batches$, clock, external, rows, synced, events, next };
};

describe('ExternalCollection', () => {
  it('reports its status', () => {
    const { next, clock, external } = setUp();
    const status = { name: 'things', hasSynced: false, ready: false };
    expect(external.sources()).to.deep.equal([
      {
        ...status,
        message: 'the first batch has not arrived',
        cause: undefined,
        lastActivity: undefined,
        unsyncedSince: 1000,
      },
    ]);
    clock.advance(5);
    next(batch(0, 'SNAPSHOT'));
    expect(external.sources()).to.deep.equal([
      {
        name: 'things',
        hasSynced: true,
        ready: true,
        message: undefined,
        cause: undefined,
        lastActivity: 1005,
        unsyncedSince: undefined,
      },
    ]);
    clock.advance(5);
    next(batch(1, 'GONE'));
    expect(external.sources()).to.deep.equal([
      {
        ...status,
        ready: true,
        message: 'its source no longer exists',
        cause: 'GONE',
        lastActivity: 1010,
        unsyncedSince: 1010,
      },
    ]);
    const idle = new ExternalCollection('things', new Subject<DeltaBatch<Value>>(), clock);
    expect(idle.sources()[0]?.message).to.equal('not running: it has no subscriber');
    expect(() => idle.size).to.throw(NotConnectedError);
  });

  const at = value('a', 1);
  for (const [what, emitted, message] of [
    [
      'a gap',
      batch(4, 'WRITE'),
      'batches 1 to 3 are missing; an operator such as debounceTime loses deltas; buffer batches and merge them with DeltaBatch.merge',
    ],
    ['a repeated batch', batch(0, 'WRITE'), 'batch 0 came after batch 0; pass each batch on once, and in order'],
    [
      'an array',
      [batch(1, 'WRITE')],
      'the observable emitted an array; merge its batches into one with DeltaBatch.merge',
    ],
    ['a string', 'batch', 'the observable emitted a value of type string; it must emit batches of deltas$'],
    ['null', null, 'the observable emitted null; it must emit batches of deltas$'],
    [
      'an object that is no DeltaBatch',
      { changes: [], cause: { type: 'WRITE' }, span: { first: 1, last: 1 } },
      'the observable emitted a value of type object; it must emit batches of deltas$',
    ],
    ['an undefined delta', batch(1, 'WRITE', undefined as never), 'a delta is undefined, not an object'],
    ['a delta without a key', batch(1, 'WRITE', { type: 'ADDED', object: at } as never), 'a delta has no key'],
    [
      'a delta of an unknown type',
      batch(1, 'WRITE', { type: 'PUT', key: 'a', object: at } as never),
      'the delta of a is of type PUT',
    ],
    [
      'a delta without an object',
      batch(1, 'WRITE', { type: 'ADDED', key: 'a' } as never),
      'the delta of a has no object',
    ],
  ] as const) {
    it(`fails at ${what}, keeps its objects, and reports the reason`, () => {
      const { batches$, next, external, rows, events, synced } = setUp();
      next(batch(0, 'SNAPSHOT', added('a', 1)));
      events.expect('ADDED a 1');
      next(emitted);
      expect(external.failure?.message).to.equal(`things: ${message}`);
      expect(external.sources()[0]?.message).to.equal(`things: ${message}`);
      expect([nodeOf(rows).failure, rows.hasSynced, rows.get('a')?.n]).to.deep.equal([external.failure, false, 1]);
      expect(batches$.observed).to.equal(false);
      events.expect();
      expect(synced).to.deep.equal([true, false]);
    });
  }

  it('fails when the observable fails or completes', () => {
    const failing = setUp();
    const reason = new Error('no luck');
    failing.batches$.error(reason);
    expect(failing.external.failure?.message).to.equal('things: the observable failed: no luck');
    expect(failing.external.failure?.cause).to.equal(reason);
    const ending = setUp();
    ending.next(batch(0, 'SNAPSHOT'));
    ending.batches$.complete();
    expect(nodeOf(ending.rows).failure?.message).to.equal(
      'things: the observable has completed; it must never complete',
    );
    expect(ending.synced).to.deep.equal([true, false]);
  });

  it('fails if the first batch is not a complete state', () => {
    for (const [first, type] of [
      [batch(3, 'WRITE', added('a', 1)), 'WRITE'],
      [batch(3, 'GONE', { type: 'DELETED', key: 'a', object: at }), 'GONE'],
    ] as const) {
      const { next, external } = setUp();
      next(first);
      expect(external.failure?.message).to.equal(
        `things: the cause of the first batch is ${type}; the observable must begin with the SNAPSHOT of deltas$`,
      );
    }
  });

  it('starts again after a failure with the next first subscriber', () => {
    const batches$ = new Subject<DeltaBatch<Value>>();
    const external = new ExternalCollection('things', batches$);
    const events = track(external);
    batches$.next(batch(1, 'WRITE'));
    expect(external.failure).to.not.equal(undefined);
    events.stop();
    expect(external.failure).to.equal(undefined);
    const again = track(external, ({ n }) => n);
    batches$.next(batch(9, 'SNAPSHOT', added('a', 3)));
    again.expect('ADDED a 3');
  });

  it('emits a second SNAPSHOT as the difference, whatever its number', () => {
    const { next, rows, events } = setUp();
    next(batch(5, 'SNAPSHOT', added('a', 1), added('b', 1), added('c', 1)));
    events.clear();
    events.takeCauses();
    next(batch(2, 'SNAPSHOT', added('b', 1), added('c', 2), added('d', 1)));
    events.expect('DELETED a 1', 'MODIFIED c 2', 'ADDED d 1');
    expect(events.takeCauses()).to.deep.equal(['RELIST']);
    next(batch(3, 'WRITE', added('e', 1)));
    events.expect('ADDED e 1');
    expect(rows.hasSynced).to.equal(true);
  });

  it('is not synced from a GONE to the next list', () => {
    const { next, rows, events } = setUp();
    next(batch(0, 'SNAPSHOT', added('a', 1)));
    next(batch(1, 'GONE', { type: 'DELETED', key: 'a', object: at }));
    expect(rows.hasSynced).to.equal(false);
    next(new DeltaBatch([added('a', 2)], { type: 'RELIST', from: '1', version: '2' }, { first: 2, last: 2 }));
    expect(rows.hasSynced).to.equal(true);
    events.expect('ADDED a 1', 'DELETED a 1', 'ADDED a 2');
    expect(events.takeCauses()).to.deep.equal(['SNAPSHOT', 'GONE', 'RELIST']);
  });

  it('emits nothing while the source does not exist from the beginning', () => {
    const { next, rows, events } = setUp();
    next(batch(3, 'GONE'));
    expect([rows.hasSynced, nodeOf(rows).failure]).to.deep.equal([false, undefined]);
    next(new DeltaBatch([added('a', 2)], { type: 'RELIST', from: '1', version: '2' }, { first: 4, last: 4 }));
    events.expect('ADDED a 2');
    expect(events.takeCauses()).to.deep.equal(['SNAPSHOT']);
  });

  it('uses the last of several deltas of a key in a batch', () => {
    const { next, events } = setUp();
    next(batch(0, 'SNAPSHOT', added('a', 1), added('a', 2)));
    next(batch(1, 'WRITE', added('a', 3), { type: 'DELETED', key: 'a', object: at }, added('b', 1), added('b', 2)));
    events.expect('ADDED a 2', 'DELETED a 2', 'ADDED b 2');
  });

  it('returns the stamps of objects of a cluster, and emits the keys of re-created objects', () => {
    const { next, external, rows } = setUp();
    next(batch(0, 'SNAPSHOT', added('a', 1, 'u1'), added('b', 1)));
    expect(external.stampOf('a')).to.deep.equal({
      version: '7',
      uid: 'u1',
      apiVersion: undefined,
      kind: undefined,
      metadata: external.get('a')?.metadata,
    });
    expect(nodeOf(rows).stampOf('a')?.uid).to.equal('u1');
    expect(external.stampOf('b')).to.equal(undefined);
    expect([external.originsOf(), external.lineage]).to.deep.equal([[], undefined]);
    const causes: Cause[] = [];
    rows.deltas$.subscribe(({ cause }) => causes.push(cause));
    next(batch(1, 'SNAPSHOT', added('a', 1, 'u2'), added('b', 1)));
    expect(causes.at(-1)).to.deep.equal({ type: 'RELIST', from: undefined, version: undefined, recreated: ['a'] });
  });

  it('ignores a batch that waited for its tick when its subscription ended', () => {
    const values = fakeInformer(value('a', 1));
    const external = new ExternalCollection('things', values.deltas$);
    const events = track(external, ({ n }) => n);
    let once = true;
    const other = values.deltas$.subscribe(() => {
      // Inside the tick of the change: the tick of the external collection still waits.
      if (values.get('a')?.n === 2 && once) {
        once = false;
        events.stop();
        track(external, ({ n }) => n);
      }
    });
    values.modify(value('a', 2));
    expect([external.failure, external.get('a')?.n]).to.deep.equal([undefined, 2]);
    other.unsubscribe();
  });
});
