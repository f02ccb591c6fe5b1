import { expect } from 'chai';
import { countBy } from '../../../src/projections/reducers/count-by.ts';
import { oneGroup } from './one-group.ts';

describe('countBy()', () => {
  it('counts by value, keys sorted, without what nobody has and without undefined', () => {
    const group = oneGroup(countBy(({ v }: { v: string | undefined }) => v));
    for (const [name, v] of Object.entries({ a: 'Running', b: 'Pending', c: undefined, d: 'Running' }))
      group.put(name, v);
    expect(Object.entries(group.value() ?? {})).to.deep.equal([
      ['Pending', 1],
      ['Running', 2],
    ]);
    group.put('b', 'Failed');
    group.put('a', undefined);
    expect(Object.entries(group.value() ?? {})).to.deep.equal([
      ['Failed', 1],
      ['Running', 1],
    ]);
    group.delete('b');
    group.delete('d');
    expect(group.value()).to.deep.equal({});
  });

  it('takes values that mean something to objects for what they are', () => {
    const group = oneGroup(countBy(({ v }: { v: string }) => v));
    group.put('a', '__proto__');
    group.put('b', 'constructor');
    group.put('c', '');
    expect(Object.entries(group.value() ?? {})).to.deep.equal([
      ['', 1],
      ['__proto__', 1],
      ['constructor', 1],
    ]);
  });

  for (const [v, message] of [
    [3, 'a number'],
    [null, 'null'],
  ] as const) {
    it(`leaves out an object for which it is given ${message}`, () => {
      const group = oneGroup(countBy(({ v }: { v: string }) => v));
      group.put('a', v as unknown as string);
      expect(group.errors()).to.deep.equal([
        `fake | groupBy: a is left out: value: countBy counts strings, and was given ${message}`,
      ]);
    });
  }
});
