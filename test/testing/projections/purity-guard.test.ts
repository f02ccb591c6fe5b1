import { expect } from 'chai';
import { SharedInformer } from '../../../src/informers/shared-informer.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { pure } from '../../../src/informers/collection/purity.ts';
import { differingPath, purityGuard } from '../../../src/testing/projections/purity-guard.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { FakeListWatch } from '../../../src/testing/informers/fake-list-watch.ts';
import { FakeClock, fakeInformer, pod, track } from '../../../src/testing/informers/index.ts';
import { value } from '../../conformance/observed-source.ts';

describe('purityGuard()', () => {
  let before = false;
  beforeEach(() => {
    before = purityGuard(true);
  });
  afterEach(() => void purityGuard(before));

  it('names the path at which the results of two equal calls differ', () => {
    let calls = 0;
    const impure = pure('map', () => ({ status: { conditions: [{ seen: (calls += 1) }] } }));
    expect(impure).to.throw(
      'the function of map is not pure: in two calls with the same arguments, status.conditions[0].seen was 1 and then 2; ' +
        'the result must depend on the arguments only (for the time, use recomputeEvery or expireAfter)',
    );
  });

  it('finds a function that changes an object of an informer, in a list and in an event', async () => {
    const clock = new FakeClock();
    const upstream = new FakeListWatch<V1Pod>([pod('shop/a')]);
    const pods = new SharedInformer<V1Pod>({
      name: 'pods',
      listWatches: [upstream],
      clock,
      random: () => 0,
      // The objects of the fake are frozen. Those of a cluster are not.
      transform: (object) => structuredClone(object),
    });
    const summaries = pods.pipe(
      map((object) => {
        (object.metadata as { labels: unknown }).labels = { changed: 'yes' };
        return object;
      }),
    );
    const changes = track(summaries);
    await clock.run(1000);
    upstream.put(pod('shop/b'));
    await clock.run(1000);
    expect(Array.from(summaries.errors.keys()).toSorted()).to.deep.equal(['shop/a', 'shop/b']);
    expect(summaries.errors.get('shop/a')?.message).to.match(/Cannot (assign to read only|add) property/);
    changes.stop();
  });

  it('calls a function twice for its first calls and for every sixteenth call', () => {
    let calls = 0;
    const counted = pure('map', (n: number) => {
      calls += 1;
      return n;
    });
    for (let n = 0; n < 8; n += 1) counted(n);
    expect(calls).to.equal(16);
    for (let n = 8; n < 16; n += 1) counted(n);
    expect(calls).to.equal(25);
  });

  it('makes the second call with the clock an hour ahead, so that it finds functions that read the time', () => {
    const made = '2026-01-01T00:00:00Z';
    for (const [what, reads] of [
      ['Date.now()', () => Date.now()],
      ['new Date()', () => ({ at: new Date() })],
      ['Date()', () => Date()],
      ['a date from a date', () => new Date(new Date()).getTime()],
    ] as const) {
      expect(pure<[], unknown>('map', reads), what).to.throw(
        /is not pure: .* and then .*use recomputeEvery or expireAfter/,
      );
    }
    const age = pure('map', () => ({ status: { age: Math.floor((Date.now() - Date.parse(made)) / 3_600_000) } }));
    expect(age).to.throw(/status\.age was \d+ and then \d+;/);
    expect(pure('filter', () => Date.now() < Date.parse('2000-01-01'))()).to.equal(false);
  });

  it('does not change dates that are made from arguments', () => {
    class Day extends Date {}
    const dates = pure('map', () => [new Date(0), new Date('2026-01-01T00:00:00Z'), new Date(2026, 0, 1), new Day(5)]);
    expect(dates()[0]).to.deep.equal(new Date(0));
    const checks = pure('map', (date: Date) => [date instanceof Date, date.constructor === Date, Date.UTC(2026, 0)]);
    expect(checks(new Date())).to.deep.equal([true, true, 1767225600000]);
  });

  it('restores the clock, also after a call that throws', () => {
    const clock = globalThis.Date;
    let calls = 0;
    const fails = pure('map', () => {
      if ((calls += 1) === 2) throw new Error('no luck');
    });
    expect(fails).to.throw('no luck');
    expect([globalThis.Date, clock.prototype.constructor]).to.deep.equal([clock, clock]);
  });

  it('does not compare promises', () => {
    let calls = 0;
    const later = pure('map', () => Promise.resolve((calls += 1)));
    expect(later()).to.be.a('promise');
    expect(calls).to.equal(1);
    // @ts-expect-error: a promise is not a row
    const rows = fakeInformer(value('a', 1)).pipe(map(() => Promise.resolve(1)));
    track(rows).expect();
    expect(rows.errors.get('a')?.message).to.equal(
      'fake | map: no row for a: the projection returned a promise; it must return the row itself',
    );
  });

  it('does not repeat calls while it is off', () => {
    purityGuard(false);
    let calls = 0;
    pure('map', () => (calls += 1))();
    expect(calls).to.equal(1);
  });

  it('reports a function that is not pure as the error of its row', () => {
    let calls = 0;
    const rows = fakeInformer(value('a', 1)).pipe(map((v) => ({ ...v, n: (calls += 1) })));
    track(rows).expect();
    expect(rows.errors.get('a')?.message).to.match(
      /^fake \| map: no row for a: the function of map is not pure: .* n was 1 and then 2;/,
    );
  });

  it('freezes rows, so that a step that changes its input fails', () => {
    const rows = fakeInformer(value('a', 1)).pipe(
      map((v) => ({ ...v, tags: ['x'] })),
      map((v) => {
        // @ts-expect-error: rows are readonly
        v.tags.push('y');
        return v;
      }),
    );
    track(rows).expect();
    expect(rows.errors.get('a')?.message).to.contain('Cannot add property 1, object is not extensible');
  });
});

describe('differingPath()', () => {
  for (const [one, other, path] of [
    [1, 2, ''],
    [{ a: 1 }, { a: 2 }, 'a'],
    [{ a: { b: [1, 2] } }, { a: { b: [1, 3] } }, 'a.b[1]'],
    [{ a: 1 }, { a: 1, b: 2 }, 'b'],
    [[1], { 0: 1 }, ''],
    [null, {}, ''],
    [new Map([[1, 2]]), new Map([[1, 3]]), ''],
  ] as const) {
    it(`returns "${path}" for ${JSON.stringify(one)} and ${JSON.stringify(other)}`, () =>
      expect(differingPath(one, other).path).to.equal(path));
  }
});
