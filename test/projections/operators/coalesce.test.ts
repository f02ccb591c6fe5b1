import { expect } from 'chai';
import fc from 'fast-check';
import type { Collection } from '../../../src/informers/collection/index.ts';
import { purityGuard } from '../../../src/testing/projections/purity-guard.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { coalesce } from '../../../src/projections/operators/coalesce.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { fakeClock, type FakeInformer, fakeInformer, pod, track } from '../../../src/testing/informers/index.ts';
import { type Value, value } from '../../conformance/observed-source.ts';
import { viewOf } from '../view-rig.ts';
import { replayed, sorted, START, steps, take } from './timed.suite.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

const INTERVAL = 100;
const show = ({ n }: Value): number => n;

const setUp = (...objects: Value[]) => {
  const clock = fakeClock(START);
  const values = fakeInformer(...objects);
  const calm = values.pipe(coalesce(INTERVAL, { clock }));
  return { clock, values, calm, events: track(calm, show) };
};

describe('coalesce()', () => {
  it('emits the first state immediately, and then at most one batch in an interval, with the last state of each key', () => {
    const { clock, values, events } = setUp(value('a', 1), value('b', 1));
    events.expect('ADDED a 1', 'ADDED b 1');
    values.modify(value('a', 2), value('a', 3));
    values.delete('b');
    clock.advance(INTERVAL - 1);
    events.expect();
    clock.advance(1);
    events.expect('MODIFIED a 3', 'DELETED b 1');
    values.modify(value('a', 4));
    clock.advance(INTERVAL - 1);
    events.expect();
    clock.advance(1);
    events.expect('MODIFIED a 4');
    expect(events.takeCauses()).to.deep.equal(['SNAPSHOT', 'WRITE', 'WRITE']);
  });

  it('emits a change immediately after an interval without changes', () => {
    const { clock, values, events } = setUp(value('a', 1));
    clock.advance(INTERVAL);
    expect(clock.waiting).to.equal(0);
    values.modify(value('a', 2));
    values.modify(value('a', 3));
    events.expect('ADDED a 1', 'MODIFIED a 2');
    clock.advance(INTERVAL);
    events.expect('MODIFIED a 3');
    expect(events.takeCauses()).to.deep.equal(['SNAPSHOT', 'EVENT', 'WRITE']);
  });

  it('does not emit an object that is added and deleted within the interval', () => {
    const { clock, values, events } = setUp(value('a', 1));
    events.clear();
    values.add(value('b', 1));
    values.delete('b');
    clock.advance(INTERVAL);
    events.expect();
    expect(events.takeCauses()).to.deep.equal([]);
    expect(clock.waiting).to.equal(0);
  });

  it('emits all changes immediately when the source is gone and when it is back', () => {
    const { values, calm, events } = setUp(value('a', 1));
    values.add(value('b', 1));
    values.gone();
    events.expect('ADDED a 1', 'DELETED a 1');
    expect(calm.hasSynced).to.equal(false);
    values.replace(value('a', 2));
    events.expect('ADDED a 2');
    expect(calm.hasSynced).to.equal(true);
    values.modify(value('a', 3));
    events.expect();
  });

  it('delays the changes of a relist', () => {
    const { clock, values, events } = setUp(value('a', 1), value('b', 1));
    events.clear();
    values.replace(value('b', 2), value('c', 1));
    events.expect();
    clock.advance(INTERVAL);
    events.expect('DELETED a 1', 'MODIFIED b 2', 'ADDED c 1');
  });

  it('gives a late subscriber the emitted state, and starts again after the last subscriber', () => {
    const { clock, values, calm, events } = setUp(value('a', 1));
    values.modify(value('a', 2));
    const late = track(calm, show);
    late.expect('ADDED a 1');
    events.stop();
    late.stop();
    expect(clock.waiting).to.equal(0);
    expect(values.statistics.subscribers).to.equal(0);
    track(calm, show).expect('ADDED a 2');
  });

  it('has the stamp of the object that is shown, not of the current object', () => {
    const { clock, values, calm } = setUp(value('a', 1));
    const before = values.stampOf('a');
    values.modify(value('a', 2));
    expect(nodeOf(calm).stampOf('a')).to.deep.equal(before);
    expect(nodeOf(calm).originsOf('a')).to.deep.equal([{ collection: values, key: 'a' }]);
    values.delete('a');
    expect(nodeOf(calm).stampOf('a')).to.deep.equal(before);
    clock.advance(INTERVAL);
    expect(nodeOf(calm).originsOf('a')).to.deep.equal([]);
  });

  it('lets a view serve objects that are older than its input', () => {
    const clock = fakeClock();
    const pods = fakeInformer(pod('shop/web', { node: 'n1' }));
    const calm = pods.pipe(coalesce(INTERVAL, { clock }));
    track(calm);
    pods.delete('shop/web');
    pods.add(pod('shop/web', { node: 'n2' }));
    const view = viewOf(calm);
    expect([...view.errors.values()]).to.deep.equal([]);
    const node = (): unknown => (view.get('shop/web')?.object['spec'] as V1Pod['spec'])?.nodeName;
    const [uid, before] = [view.get('shop/web')?.object.metadata.uid, node()];
    clock.advance(INTERVAL);
    expect([before, node()]).to.deep.equal(['n1', 'n2']);
    expect(view.get('shop/web')?.object.metadata.uid).to.not.equal(uid);
  });

  for (const [what, recreate] of [
    [
      'was deleted and created again',
      (values: FakeInformer<Value>) => {
        values.delete('a');
        values.add(value('a', 1));
      },
    ],
    [
      'was re-created unseen',
      (values: FakeInformer<Value>) => values.modify({ metadata: { name: 'a', uid: 'another' }, n: 1 }),
    ],
  ] as const) {
    it(`reports that an object ${what} was recreated when the interval ends, also if the row is equal`, () => {
      const clock = fakeClock();
      const values = fakeInformer(value('a', 1));
      const bare = values.pipe(map(({ metadata: { name }, n }) => ({ metadata: { name }, n })));
      const view = viewOf(bare.pipe(coalesce(INTERVAL, { clock })), { namespaced: false });
      const uidNow = (): unknown => viewOf(bare, { namespaced: false }).get('a')?.object.metadata.uid;
      const before = uidNow();
      recreate(values);
      expect(view.get('a')?.object.metadata.uid).to.equal(before);
      clock.advance(INTERVAL);
      expect(view.get('a')?.object.metadata.uid).to.equal(uidNow());
      expect(uidNow()).to.not.equal(before);
    });
  }

  it('uses the clock of the machine by default', () => {
    const events = track(fakeInformer(value('a', 1)).pipe(coalesce(1000)));
    events.expect('ADDED a');
    events.stop();
  });

  for (const milliseconds of [0, -1, 2.5, Number.NaN, Infinity, 2 ** 31]) {
    it(`throws for an interval of ${milliseconds} ms`, () => {
      expect(() => coalesce(milliseconds)).to.throw(
        RangeError,
        'coalesce needs a whole number of milliseconds from 1 to 2147483647',
      );
    });
  }

  it('infers its type from the step before', () => {
    const pods: Collection<V1Pod> = fakeInformer(pod('shop/web'));
    const names: Collection<{ name: string | undefined }> = pods.pipe(
      coalesce(10),
      map(({ metadata }) => ({ name: metadata?.name })),
    );
    expect(names.name).to.equal('pods | coalesce | map');
  });

  describe('after any history', () => {
    let before = false;
    beforeEach(() => {
      before = purityGuard(true);
    });
    afterEach(() => void purityGuard(before));

    it('has the state of its input an interval later, in one batch for each interval, with the right identities', () => {
      fc.assert(
        fc.property(fc.array(steps, { maxLength: 40 }), (history) => {
          const clock = fakeClock(START);
          const values = fakeInformer(value('a', 1), value('b', 0));
          const calm = values.pipe(coalesce(INTERVAL, { clock }));
          const contents = replayed(calm, show);
          let last = -Infinity;
          let turned = true;
          calm.deltas$.subscribe(({ changes, cause }) => {
            if (cause.type === 'GONE') turned = true;
            if (changes.length === 0) return;
            expect(turned || clock.now() >= last + INTERVAL, `emitted after ${clock.now() - last} ms`).to.equal(true);
            // Changes are also emitted immediately when the source is back.
            turned = cause.type === 'GONE';
            last = clock.now();
          });
          const bare = values.pipe(map(({ metadata: { name }, n }) => ({ metadata: { name }, n: Math.abs(n) })));
          const view = viewOf(bare.pipe(coalesce(INTERVAL, { clock })), { namespaced: false });
          for (const step of history) {
            take(values, clock, step);
            expect(calm.hasSynced).to.equal(values.hasSynced);
            expect(view.ready).to.equal(values.hasSynced);
            for (const [key, { metadata }] of nodeOf(calm).entries()) {
              const { uid, version } = nodeOf(calm).stampOf(key) ?? {};
              expect([uid, String(version)]).to.deep.equal([metadata.uid, metadata.resourceVersion]);
            }
            expect(sorted(contents)).to.deep.equal(
              sorted(Array.from(nodeOf(calm).entries(), ([key, { n }]) => [key, n])),
            );
            if (!values.hasSynced) expect(contents.size).to.equal(0);
            if (step.type !== 'advance' || step.milliseconds < INTERVAL) continue;
            expect(sorted(nodeOf(calm).entries())).to.deep.equal(sorted(values.entries()));
            if (!values.hasSynced) continue;
            const fresh = viewOf(bare, { namespaced: false });
            for (const key of ['a', 'b', 'c', 'd']) {
              const [one, other] = [view.get(key), fresh.get(key)].map((row) => [
                row?.object['n'],
                row?.object.metadata.uid,
              ]);
              expect(one, key).to.deep.equal(other);
            }
            fresh.stop();
          }
          view.stop();
        }),
        { numRuns: 200 },
      );
    });
  });
});
