import { expect } from 'chai';
import { errorCountOf } from '../../src/projections/materialized-view.ts';
import { leftJoin } from '../../src/projections/operators/left-join.ts';
import { map } from '../../src/projections/operators/map.ts';
import { byName } from '../../src/projections/match/by-key.ts';
import { fakeInformer, track } from '../../src/testing/informers/index.ts';
import { type Value, value } from '../conformance/observed-source.ts';

describe('errorCountOf()', () => {
  it('counts the errors of every step once, even if two paths lead to a step', () => {
    const source = fakeInformer(value('a', 1), value('b', 13), value('c', 13));
    const checked = source.pipe(
      map((v: Value) => {
        if (v.n === 13) throw new Error('13 is bad');
        return v;
      }),
    );
    const rows = checked.pipe(
      leftJoin(checked, byName(), () => {
        throw new Error('no pair');
      }),
    );
    track(rows);
    expect(errorCountOf(rows)).to.equal(3);
    source.modify(value('b', 1));
    expect(errorCountOf(rows)).to.equal(3);
    source.delete('c');
    expect(errorCountOf(rows)).to.equal(2);
  });
});
