import { expect } from 'chai';
import { count } from '../../../src/projections/reducers/count.ts';
import { oneGroup } from './one-group.ts';

describe('count()', () => {
  it('counts members as they come and go, and no change of a member twice', () => {
    const group = oneGroup<number, number>(count());
    group.put('a', 1);
    group.put('b', 1);
    group.put('b', 2);
    expect(group.value()).to.equal(2);
    group.delete('a');
    expect(group.value()).to.equal(1);
    group.delete('b');
    expect(group.value()).to.equal(undefined);
  });
});
