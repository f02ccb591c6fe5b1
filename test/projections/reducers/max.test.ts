import { expect } from 'chai';
import { max } from '../../../src/projections/reducers/max.ts';
import { oneGroup } from './one-group.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

describe('max()', () => {
  it('is the next one when the greatest goes or changes', () => {
    const group = oneGroup(max(({ v }: { v: string | undefined }) => v));
    for (const [name, v] of Object.entries({ a: 'x', b: 'z', c: 'y', d: undefined })) group.put(name, v);
    expect(group.value()).to.equal('z');
    group.put('b', 'a');
    expect(group.value()).to.equal('y');
    group.delete('c');
    expect(group.value()).to.equal('x');
    group.delete('a');
    group.delete('b');
    expect([group.value(), nodeOf(group.groups).size]).to.deep.equal([undefined, 1]);
  });
});
