import { expect } from 'chai';
import { purityGuard } from '../../../src/testing/projections/purity-guard.ts';
import { reducer, type ReducerDefinition } from '../../../src/projections/reducers/reducer.ts';
import { type Item, oneGroup } from './one-group.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

/** A sum whose functions can fail. */
const summing = (
  overrides: Partial<ReducerDefinition<Item<number>, number, number, string>> = {},
): ReturnType<typeof oneGroup<number, string>> =>
  oneGroup(
    reducer({
      initial: () => 0,
      read: ({ v }) => v,
      add: (state, v) => state + v,
      remove: (state, v) => state - v,
      result: (state) => `= ${state}`,
      ...overrides,
    }),
  );

describe('reducer()', () => {
  it('removes the value that was added, also if the deleted object differs', () => {
    const calls: string[] = [];
    const group = summing({
      add: (state, v) => (calls.push(`add ${v}`), state + v),
      remove: (state, v) => (calls.push(`remove ${v}`), state - v),
    });
    group.put('a', 2);
    group.put('b', 5);
    group.put('a', 3);
    group.items.delete({ metadata: { name: 'b' }, v: 100 });
    expect(group.value()).to.equal('= 3');
    expect(calls).to.deep.equal(['add 2', 'add 5', 'remove 2', 'add 3', 'remove 5']);
  });

  it('is not called for changes that it does not read', () => {
    let calls = 0;
    const group = oneGroup<{ seen: number; unseen: number }, number>(
      reducer({
        initial: () => 0,
        read: ({ v }) => ({ seen: v.seen }),
        add: (state, { seen }) => ((calls += 1), state + seen),
        remove: (state, { seen }) => ((calls += 1), state - seen),
        result: (state) => state,
      }),
    );
    group.put('a', { seen: 1, unseen: 1 });
    group.put('a', { seen: 1, unseen: 2 });
    expect(calls).to.equal(1);
    group.put('a', { seen: 2, unseen: 2 });
    expect(calls).to.equal(3);
  });

  for (const [what, overrides] of Object.entries({
    add: {
      add: (state: number, v: number) => {
        if (v === 13) throw new Error('unlucky');
        return state + v;
      },
    },
    result: {
      result: (state: number) => {
        if (state === 13 + 1) throw new Error('unlucky');
        return `= ${state}`;
      },
    },
  })) {
    it(`has no row while ${what} throws`, () => {
      const group = summing(overrides);
      group.put('a', 1);
      group.put('b', 13);
      expect([nodeOf(group.groups).size, group.errors()]).to.deep.equal([
        0,
        ['fake | groupBy: no row for all: value: unlucky'],
      ]);
      group.put('b', 2);
      expect([group.value(), group.errors()]).to.deep.equal(['= 3', []]);
    });
  }

  it('has no row when remove throws, and is computed again from all members at the next change', () => {
    let throws = true;
    const group = summing({
      remove: (state, v) => {
        if (throws) throw new Error('can not go back');
        return state - v;
      },
    });
    group.put('a', 1);
    group.put('b', 2);
    group.put('b', 3);
    expect(group.errors()).to.deep.equal(['fake | groupBy: no row for all: value: can not go back']);
    group.put('c', 10);
    expect([group.value(), group.errors()]).to.deep.equal(['= 14', []]);
    group.delete('a');
    expect(nodeOf(group.groups).size).to.equal(0);
    group.delete('b');
    expect(group.value()).to.equal('= 10');
    group.delete('c');
    expect([nodeOf(group.groups).size, group.errors()], 'an empty group calls no function').to.deep.equal([0, []]);
    throws = false;
    group.put('d', 1);
    group.put('e', 1);
    group.delete('d');
    expect(group.value()).to.equal('= 1');
  });

  it('removes all members that leave before it adds members in the same tick', () => {
    const group = oneGroup<'leader' | 'follower', number>(
      reducer({
        initial: () => 0,
        read: ({ v }) => (v === 'leader' ? 1 : 0),
        add: (state, leaders) => {
          if (state + leaders > 1) throw new Error('two leaders');
          return state + leaders;
        },
        remove: (state, leaders) => state - leaders,
        result: (state) => state,
      }),
    );
    const item = (name: string, v: 'leader' | 'follower') => ({ metadata: { name }, v });
    group.items.replace(item('a', 'follower'), item('b', 'leader'));
    group.items.replace(item('a', 'leader'), item('b', 'follower'));
    expect([group.value(), group.errors()]).to.deep.equal([1, []]);
    group.put('b', 'leader');
    expect(group.errors()).to.deep.equal(['fake | groupBy: no row for all: value: two leaders']);
  });

  it('must not change its state in place, and the guard detects it', () => {
    const before = purityGuard(true);
    try {
      const group = oneGroup<number, readonly number[]>(
        reducer({
          initial: (): number[] => [],
          read: ({ v }) => v,
          add: (state, v) => {
            state.push(v);
            return state;
          },
          remove: (state) => state,
          result: (state) => state,
        }),
      );
      group.put('a', 1);
      expect(group.errors()[0]).to.match(/^fake \| groupBy: no row for all: value: .*not extensible/);
    } finally {
      purityGuard(before);
    }
  });
});
