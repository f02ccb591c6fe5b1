import { expect } from 'chai';
import { collect } from '../../../src/projections/reducers/collect.ts';
import { type Item, oneGroup } from './one-group.ts';

describe('collect()', () => {
  it('lists the values in order of the keys of the members, without undefined', () => {
    const group = oneGroup(collect(({ v }: { v: string | undefined }) => v));
    for (const [name, v] of Object.entries({ c: 'x', a: 'z', d: undefined, b: 'x' })) group.put(name, v);
    expect(group.value()).to.deep.equal(['z', 'x', 'x']);
    group.put('a', undefined);
    group.put('d', 'y');
    group.delete('b');
    expect(group.value()).to.deep.equal(['x', 'y']);
  });

  it('lists the objects without a function', () => {
    const group = oneGroup<number, readonly Item<number>[]>(collect());
    group.put('b', 1);
    group.put('a', 2);
    const before = group.value();
    group.put('b', 3);
    expect(group.value()?.map(({ metadata, v }) => [metadata.name, v])).to.deep.equal([
      ['a', 2],
      ['b', 3],
    ]);
    expect(
      before?.map(({ v }) => v),
      'what was handed out stays as it was',
    ).to.deep.equal([2, 1]);
  });
});
