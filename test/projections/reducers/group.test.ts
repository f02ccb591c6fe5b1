import { expect } from 'chai';
import { collect } from '../../../src/projections/reducers/collect.ts';
import { count } from '../../../src/projections/reducers/count.ts';
import { Group, ReducerError } from '../../../src/projections/reducers/group.ts';
import { reducer } from '../../../src/projections/reducers/reducer.ts';

const KEY = { text: 'n1', namespace: undefined, name: 'n1' };

describe('Group', () => {
  it('applies all changes at settle(), and returns whether it has members', () => {
    const group = new Group(KEY, [
      ['members', count()],
      ['values', collect()],
    ]);
    expect(group.settle()).to.equal(false);
    group.set('b', [undefined, 'x']);
    group.set('a', [undefined, 'y']);
    expect([...group.keys]).to.deep.equal([]);
    expect([group.settle(), group.results(), [...group.keys]]).to.deep.equal([true, [2, ['y', 'x']], ['a', 'b']]);
    group.set('b', [undefined, 'z']);
    group.delete('a');
    expect([group.settle(), group.results()]).to.deep.equal([true, [1, ['z']]]);
    group.delete('b');
    expect(group.settle()).to.equal(false);
  });

  it('names the reducer that threw, and computes its state again from all members', () => {
    let isBroken = false;
    const total = reducer({
      initial: ({ text }) => text.length,
      read: (n: number) => n,
      add: (state, n) => {
        if (isBroken) throw new RangeError('broken');
        return state + n;
      },
      remove: (state, n) => state - n,
      result: (state) => state,
    });
    const group = new Group(KEY, [['total', total]]);
    group.set('a', [1]);
    group.settle();
    isBroken = true;
    group.set('b', [2]);
    expect(() => group.settle()).to.throw(ReducerError, 'total: broken');
    isBroken = false;
    group.set('c', [4]);
    expect([group.settle(), group.results()]).to.deep.equal([true, [9]]);
  });
});
