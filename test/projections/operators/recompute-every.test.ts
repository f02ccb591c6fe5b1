import { expect } from 'chai';
import type { Collection } from '../../../src/informers/collection/index.ts';
import { identity, type Identity } from '../../../src/projections/identity.ts';
import { recomputeEvery } from '../../../src/projections/operators/recompute-every.ts';
import { fakeClock, fakeInformer, pod, track } from '../../../src/testing/informers/index.ts';
import { type Value, value } from '../../conformance/observed-source.ts';
import { BAD, type Expected, operatorSuite } from './operator.suite.ts';
import { START, timedSuite } from './timed.suite.ts';

interface Aged {
  readonly metadata: { readonly name: string };
  readonly age: number;
}

const project = ({ metadata: { name }, n }: Value, now: number): Aged => {
  if (n === BAD || (n === 3 && now % 200 === 0)) throw new RangeError('bad');
  return { metadata: { name: n === -2 ? 'other' : name }, age: n === 0 ? 0 : now + n };
};
const bad = (n: number, now: number): boolean => n === BAD || n === -2 || (n === 3 && now % 200 === 0);
const expected = (source: ReadonlyMap<string, Value>, time: number): Expected => {
  const now = time - (time % 100);
  return {
    rows: new Map([...source].filter(([, { n }]) => !bad(n, now)).map(([key, { n }]) => [key, n === 0 ? 0 : now + n])),
    errors: [...source].filter(([, { n }]) => bad(n, now)).map(([key]) => key),
  };
};
const show = ({ age }: Aged): number => age;

timedSuite({
  name: 'recomputeEvery',
  build: (source, clock) => source.pipe(recomputeEvery(100, project, { clock })),
  show,
  expected,
});
operatorSuite({
  name: 'recomputeEvery, at one time',
  sources: 1,
  build: (source) => source.pipe(recomputeEvery(100, project, { clock: fakeClock(START) })),
  show,
  expected: (source) => expected(source, START),
});

describe('recomputeEvery()', () => {
  it('recomputes all rows at every multiple of the interval, independent of its start', () => {
    const clock = fakeClock(1_234);
    const values = fakeInformer(value('a', 1), value('b', 2));
    const events = track(
      values.pipe(
        recomputeEvery(1000, ({ metadata: { name }, n }, now) => ({ metadata: { name }, at: n * now }), { clock }),
      ),
      ({ at }) => at,
    );
    events.expect('ADDED a 1000', 'ADDED b 2000');
    clock.advance(765);
    events.expect();
    clock.advance(1);
    events.expect('MODIFIED a 2000', 'MODIFIED b 4000');
    values.modify(value('a', 3));
    events.expect('MODIFIED a 6000');
    clock.advance(2500);
    events.expect('MODIFIED a 9000', 'MODIFIED b 6000', 'MODIFIED a 12000', 'MODIFIED b 8000');
  });

  it('emits only rows that changed', () => {
    const clock = fakeClock(0);
    const values = fakeInformer(value('a', 5), value('b', 1));
    const calls: number[] = [];
    const events = track(
      values.pipe(
        recomputeEvery(
          10,
          ({ metadata: { name }, n }, now) => {
            calls.push(now);
            return { metadata: { name }, old: now >= n * 10 };
          },
          { clock },
        ),
      ),
      ({ old }) => String(old),
    );
    clock.advance(40);
    events.expect('ADDED a false', 'ADDED b false', 'MODIFIED b true');
    expect(events.takeCauses()).to.deep.equal(['SNAPSHOT', 'WRITE']);
    expect(calls).to.deep.equal([0, 0, 10, 10, 20, 20, 30, 30, 40, 40]);
    values.modify(value('b', 0));
    expect(calls.splice(0)).to.have.length(11);
    clock.advance(10);
    events.expect('MODIFIED a true');
  });

  it('uses the same time for all rows, also when its timer is late', () => {
    const clock = fakeClock(0);
    let late = 0;
    const sleepy = { now: () => clock.now() + late, schedule: clock.schedule.bind(clock) };
    const values = fakeInformer(value('a', 1), value('b', 1));
    const events = track(
      values.pipe(
        recomputeEvery(10, ({ metadata: { name } }, now) => ({ metadata: { name }, now }), { clock: sleepy }),
      ),
      ({ now }) => now,
    );
    events.clear();
    late = 25;
    values.modify(value('a', 2));
    events.expect('MODIFIED a 20', 'MODIFIED b 20');
  });

  it('has no timer while there are no objects', () => {
    const clock = fakeClock(0);
    const values = fakeInformer<Value>();
    track(values.pipe(recomputeEvery(10, ({ metadata }, now) => ({ metadata, now }), { clock })));
    expect(clock.waiting).to.equal(0);
    values.add(value('a', 1));
    expect(clock.waiting).to.equal(1);
    values.delete('a');
    expect(clock.waiting).to.equal(0);
  });

  it('keeps namespace and name', () => {
    const pods = fakeInformer(pod('shop/web'));
    const rows = pods.pipe(recomputeEvery(10, () => ({ metadata: { name: 'db' } })));
    const events = track(rows);
    expect(rows.errors.get('shop/web')?.message).to.equal(
      'pods | recomputeEvery: no row for shop/web: the projection moved the row shop/web to db; recomputeEvery keeps namespace and name',
    );
    events.stop();
  });

  for (const milliseconds of [0, -1, 0.5, Number.NaN, Infinity]) {
    it(`throws for an interval of ${milliseconds} ms`, () => {
      expect(() => recomputeEvery(milliseconds, () => 1)).to.throw(RangeError, 'recomputeEvery needs a whole number');
    });
  }

  it('infers its type from the step before', () => {
    const pods = fakeInformer(pod('shop/web'));
    const rows: Collection<{ metadata: Identity; phase: string | undefined; late: boolean }> = pods.pipe(
      recomputeEvery(1000, (p, now) => ({ metadata: identity(p), phase: p.status?.phase, late: now > 5 })),
    );
    // @ts-expect-error: the time is a number
    pods.pipe(recomputeEvery(1000, (p, now) => ({ metadata: identity(p), late: now.getTime() })));
    expect(rows.name).to.equal('pods | recomputeEvery');
  });
});
