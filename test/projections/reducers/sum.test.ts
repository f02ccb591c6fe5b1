import { expect } from 'chai';
import { parseQuantity } from '../../../src/projections/quantity.ts';
import { type Addend, sum } from '../../../src/projections/reducers/sum.ts';
import { oneGroup } from './one-group.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

const summed = () => oneGroup(sum(({ v }: { v: Addend }) => v));

describe('sum()', () => {
  it('adds numbers exactly, also after members have left', () => {
    const group = summed();
    group.put('a', 0.1);
    group.put('b', 1e300);
    group.put('c', 0.2);
    group.delete('b');
    expect(group.value()).to.equal(0.1 + 0.2);
    group.put('a', -0.2);
    expect(Object.is(group.value(), 0)).to.equal(true);
  });

  it('adds bigints to a bigint', () => {
    const group = summed();
    group.put('a', parseQuantity('250m'));
    group.put('b', parseQuantity('1n'));
    expect(group.value()).to.equal(250_000_001n);
    group.put('a', 0n);
    group.put('b', 0n);
    expect(group.value()).to.equal(0n);
  });

  it('ignores undefined, and is undefined without any number', () => {
    const group = summed();
    group.put('a', undefined);
    expect([nodeOf(group.groups).size, group.value()]).to.deep.equal([1, undefined]);
    group.put('b', 2);
    expect(group.value()).to.equal(2);
  });

  it('reports an error for numbers and bigints in one group', () => {
    const group = summed();
    group.put('a', 1);
    group.put('b', 1n);
    expect(group.errors()).to.deep.equal([
      'fake | groupBy: no row for all: value: some members have numbers and others have bigints; use one type for all members',
    ]);
    group.put('a', undefined);
    expect([group.value(), group.errors()]).to.deep.equal([1n, []]);
  });

  it('reports an error for a sum that is too large', () => {
    const group = summed();
    group.put('a', Number.MAX_VALUE);
    group.put('b', Number.MAX_VALUE);
    expect(group.errors()).to.deep.equal([
      'fake | groupBy: no row for all: value: the sum is too large for a number; use bigints',
    ]);
    group.put('b', 0);
    expect([group.value(), group.errors()]).to.deep.equal([Number.MAX_VALUE, []]);
  });

  for (const [v, message] of [
    [NaN, 'NaN is not a finite number'],
    [-Infinity, '-Infinity is not a finite number'],
    ['1', 'sum adds numbers or bigints, not a string'],
    [null, 'sum adds numbers or bigints, not null'],
  ] as const) {
    it(`leaves out an object with ${JSON.stringify(v)} (${message})`, () => {
      const group = oneGroup(sum(({ v: value }: { v: number }) => (value === 1 ? 1 : (v as unknown as Addend))));
      group.put('a', 1);
      group.put('b', 2);
      expect([group.value(), group.errors()]).to.deep.equal([1, [`fake | groupBy: b is left out: value: ${message}`]]);
    });
  }
});
