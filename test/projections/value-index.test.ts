import { expect } from 'chai';
import type { Change, Delta } from '../../src/informers/collection/index.ts';
import { ValueIndex } from '../../src/projections/value-index.ts';

interface Item {
  readonly values: readonly string[];
}

const put = (key: string, ...values: string[]): Delta<Item> => ({ type: 'ADDED', key, object: { values } });
const remove = (key: string): Delta<Item> => ({ type: 'DELETED', key, object: { values: [] } });

describe('ValueIndex', () => {
  const index = (): ValueIndex<Item> =>
    new ValueIndex('indexBy', ({ values }) => {
      if (values.includes('bad')) throw new RangeError('bad');
      return values;
    });
  const rowsOf = (values: ValueIndex<Item>): Change<string>[] => [
    ...values.rows((_, objects) => objects.keys().join()),
  ];

  it('returns the rows of the values that changed since the last call', () => {
    const values = index();
    values.apply([put('b', 'x'), put('a', 'x', 'y')]);
    expect(rowsOf(values)).to.deep.equal([
      { type: 'PUT', key: 'x', object: 'a,b' },
      { type: 'PUT', key: 'y', object: 'a' },
    ]);
    values.apply([put('a', 'y')]);
    expect(rowsOf(values)).to.deep.equal([
      { type: 'PUT', key: 'x', object: 'b' },
      { type: 'PUT', key: 'y', object: 'a' },
    ]);
    values.apply([remove('a')]);
    expect(rowsOf(values)).to.deep.equal([{ type: 'REMOVE', key: 'y' }]);
    expect(rowsOf(values)).to.deep.equal([]);
    expect([values.get('x')?.keys(), values.get('y')]).to.deep.equal([['b'], undefined]);
  });

  it('leaves out an object for which the function throws, until it changes', () => {
    const values = index();
    values.apply([put('a', 'bad'), put('b', 'x')]);
    const [fault, ...rows] = rowsOf(values);
    expect(fault).to.deep.include({ type: 'FAULT', key: 'a' });
    expect(rows).to.deep.equal([{ type: 'PUT', key: 'x', object: 'b' }]);
    values.apply([put('a', 'x')]);
    expect(rowsOf(values)).to.deep.equal([
      { type: 'HEAL', key: 'a' },
      { type: 'PUT', key: 'x', object: 'a,b' },
    ]);
  });
});
