import { expect } from 'chai';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';
import { count, type Countable, countBy, countDistinct } from '../../../src/projections/reducers/count.ts';
import { oneGroup } from './one-group.ts';

describe('count()', () => {
  it('counts members that come and leave, and a changed member once', () => {
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

describe('countBy()', () => {
  it('counts by value, with sorted keys, without undefined and values that no member has', () => {
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

  it('counts values that are names of properties of objects', () => {
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
    it(`leaves out an object with ${message}`, () => {
      const group = oneGroup(countBy(() => v as unknown as string));
      group.put('a', 'any value');
      expect(group.errors()).to.deep.equal([
        `fake | groupBy: a is left out: value: countBy counts strings, not ${message}`,
      ]);
    });
  }
});

describe('countDistinct()', () => {
  const distinct = () => oneGroup(countDistinct(({ v }: { v: Countable | readonly Countable[] | undefined }) => v));

  it('counts each value once, until the last member with it leaves or changes', () => {
    const group = distinct();
    for (const [name, v] of Object.entries({ a: 'n1', b: 'n2', c: 'n1', d: undefined })) group.put(name, v);
    expect(group.value()).to.equal(2);
    group.delete('a');
    expect(group.value()).to.equal(2);
    group.put('c', 'n2');
    expect(group.value()).to.equal(1);
    group.delete('b');
    group.delete('c');
    expect([group.value(), nodeOf(group.groups).size]).to.deep.equal([0, 1]);
  });

  it('counts all values of a member, also if a member has a value twice', () => {
    const group = distinct();
    group.put('a', ['x', 'y', 'x']);
    group.put('b', ['y', 'z']);
    expect(group.value()).to.equal(3);
    group.put('a', []);
    expect(group.value()).to.equal(2);
  });

  it('distinguishes values by type, and names of properties from each other', () => {
    const group = distinct();
    group.put('a', [1, '1', 1n, true, 'true', '__proto__', 'constructor', '']);
    expect(group.value()).to.equal(8);
    group.put('a', [0, -0, Number.NaN, Number.NaN]);
    expect(group.value()).to.equal(2);
  });

  for (const [v, message] of [
    [{}, 'an object'],
    [null, 'null'],
    [['x', null], 'null'],
  ] as const) {
    it(`leaves out an object with ${JSON.stringify(v)}`, () => {
      const group = oneGroup(countDistinct(() => v as unknown as string));
      group.put('a', 'any value');
      expect(group.errors()).to.deep.equal([
        `fake | groupBy: a is left out: value: countDistinct counts strings, numbers, bigints and booleans, not ${message}`,
      ]);
    });
  }
});
