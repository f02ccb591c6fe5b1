import { expect } from 'chai';
import { safeName } from '../../../src/projections/names.ts';
import { groupKey, type GroupKeys, groupKeysFrom } from '../../../src/projections/reducers/group-key.ts';
import { oneGroup } from './one-group.ts';

describe('groupKeysFrom()', () => {
  const CASES: readonly (readonly [GroupKeys, Readonly<Record<string, string>>])[] = [
    [undefined, {}],
    [[], {}],
    ['n1', { n1: 'n1' }],
    ['a/b', { [safeName('a/b')]: 'a/b' }],
    [['n1', 'n2', 'n1'], { n1: 'n1', n2: 'n2' }],
    [{ name: 'all' }, { all: 'all' }],
    [{ namespace: '', name: 'all' }, { all: 'all' }],
    [{ namespace: 'shop', name: 'a b' }, { 'shop/a b': 'shop/a b' }],
    [['a/b', { namespace: 'a', name: 'b' }], { [safeName('a/b')]: 'a/b', 'a/b': 'a/b' }],
  ];
  for (const [result, texts] of CASES) {
    it(`returns the keys of rows and the texts of ${JSON.stringify(result)}`, () => {
      const keys = [...groupKeysFrom(result)].map(([row, { text }]) => [row, text]);
      expect(Object.fromEntries(keys)).to.deep.equal(texts);
    });
  }
});

describe('groupKey()', () => {
  it('is the text of the key while the group has members', () => {
    const group = oneGroup<number, string>(groupKey());
    group.put('a', 1);
    group.put('b', 2);
    group.delete('a');
    expect(group.value()).to.equal('all');
    group.delete('b');
    expect(group.value()).to.equal(undefined);
  });
});
