import { expect } from 'chai';
import { inspect } from 'node:util';
import { max, min } from '../../../src/projections/reducers/min-max.ts';
import type { Comparable } from '../../../src/projections/results.ts';
import { oneGroup } from './one-group.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

const least = () => oneGroup(min(({ v }: { v: Comparable | undefined }) => v));

describe('min()', () => {
  it('becomes the next value when the least value leaves, and undefined without values', () => {
    const group = least();
    const values = { a: 3, b: 1, c: 1, d: undefined };
    for (const [name, v] of Object.entries(values)) group.put(name, v);
    const seen = ['b', 'c', 'a'].map((name) => {
      const value = group.value();
      group.delete(name);
      return value;
    });
    expect([seen, group.value(), nodeOf(group.groups).size]).to.deep.equal([[1, 1, 3], undefined, 1]);
  });

  const CASES: readonly (readonly [values: readonly Comparable[], least: Comparable])[] = [
    [['2026-02-01T00:00:00Z', '2026-01-31T00:00:00Z'], '2026-01-31T00:00:00Z'],
    [[10n ** 20n, -1n], -1n],
    [[new Date(2), new Date(1), new Date(1)], new Date(1)],
    [[2, 1n], 1n],
    [[1n, 1], 1],
    [[new Date(0), 'a', 7], 7],
    [[new Date(0), 'a'], 'a'],
    [[-0, 0], 0],
    [[-Infinity, 0], -Infinity],
  ];
  for (const [values, expected] of CASES) {
    it(`the result of ${values.map((value) => inspect(value)).join(', ')} does not depend on the order`, () => {
      for (const order of [values, values.toReversed()]) {
        const group = least();
        for (const [at, v] of order.entries()) group.put(`o${at}`, v);
        expect(group.value()).to.deep.equal(expected);
      }
    });
  }

  for (const [v, message] of [
    [NaN, 'NaN cannot be compared'],
    [new Date(NaN), 'an invalid date cannot be compared'],
    [{}, 'a value of type object cannot be compared'],
    [null, 'null cannot be compared'],
  ] as const) {
    it(`leaves out an object because ${message}`, () => {
      const group = oneGroup(min(() => v as unknown as Comparable));
      group.put('a', 'any value');
      expect(group.errors()).to.deep.equal([`fake | groupBy: a is left out: value: ${message}`]);
    });
  }
});

describe('max()', () => {
  it('becomes the next value when the greatest value leaves or changes', () => {
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
