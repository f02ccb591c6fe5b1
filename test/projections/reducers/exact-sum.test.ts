import { expect } from 'chai';
import fc from 'fast-check';
import { ExactSum } from '../../../src/projections/reducers/exact-sum.ts';

const sumOf = (numbers: readonly number[]): number => {
  const sum = new ExactSum();
  for (const number of numbers) sum.add(number);
  return sum.total;
};

/** Returns a number in units of the smallest double, by doubling it until it is whole. */
const scaled = (number: number): bigint => {
  let [whole, doublings] = [number, 0];
  while (!Number.isInteger(whole)) [whole, doublings] = [whole * 2, doublings + 1];
  return BigInt(whole) << BigInt(1074 - doublings);
};

/** The doubles next to a number. */
const neighbours = (number: number): number[] => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(number));
  const bits = view.getBigUint64(0);
  return [bits + 1n, bits - 1n]
    .filter((near) => near >= 0n)
    .map((near) => {
      view.setBigUint64(0, near);
      return Math.sign(number) * view.getFloat64(0);
    })
    .filter((near) => Number.isFinite(near));
};

const isEven = (number: number): boolean => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  return (view.getBigUint64(0) & 1n) === 0n;
};

const size = (whole: bigint): bigint => (whole < 0n ? -whole : whole);

const finite = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 }),
  fc.integer(),
  fc.constantFrom(0.1, 0.2, -0.3, 5e-324, -5e-324, 2 ** -1022, 2 ** 53, 1, -1, Number.MAX_VALUE / 4, 2 ** 970),
);

describe('ExactSum', () => {
  const CASES: readonly (readonly [numbers: readonly number[], total: number])[] = [
    [[], 0],
    [[0.1, 0.2], 0.30000000000000004],
    [[0.1, 0.2, -0.3], 2 ** -55],
    [[1e100, 1, -1e100], 1],
    [[2 ** 53, 1], 2 ** 53],
    [[2 ** 53, 1, 5e-324], 2 ** 53 + 2],
    [[2 ** 53, 2, 1], 2 ** 53 + 4],
    [[5e-324, 5e-324], 1e-323],
    [[Number.MAX_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE], Number.MAX_VALUE],
    [[Number.MAX_VALUE, 2 ** 969], Number.MAX_VALUE],
    [[Number.MAX_VALUE, 2 ** 970], Infinity],
    [[-Number.MAX_VALUE, -Number.MAX_VALUE], -Infinity],
    [[Number.MAX_VALUE, 5e-324], Number.MAX_VALUE],
    [[-1.5, 1.5], 0],
  ];
  for (const [numbers, total] of CASES) {
    it(`returns ${total} for ${numbers.join(' + ') || 'no numbers'}`, () => {
      expect(sumOf(numbers)).to.equal(total);
    });
  }

  it('is 0, not -0, after all numbers were subtracted', () => {
    const sum = new ExactSum();
    sum.add(-0.5);
    sum.subtract(-0.5);
    expect(Object.is(sum.total, 0)).to.equal(true);
    expect(Object.is(sumOf([-0]), 0)).to.equal(true);
  });

  it('does not depend on the order or on numbers that were subtracted again', () => {
    fc.assert(
      fc.property(fc.array(finite), fc.array(finite), (kept, gone) => {
        const sum = new ExactSum();
        for (const number of gone) sum.add(number);
        for (const number of kept.toReversed()) sum.add(number);
        for (const number of gone) sum.subtract(number);
        expect(sum.total).to.equal(sumOf(kept));
      }),
    );
  });

  it('returns the double nearest to the sum, ties to even', () => {
    fc.assert(
      fc.property(fc.array(finite, { maxLength: 20 }), (numbers) => {
        const exact = numbers.reduce((total, number) => total + scaled(number), 0n);
        const total = sumOf(numbers);
        if (!Number.isFinite(total)) {
          expect(size(exact) >= scaled(Number.MAX_VALUE) + (1n << (1074n + 970n))).to.equal(true);
          return;
        }
        const distance = size(exact - scaled(total));
        for (const near of neighbours(total)) {
          const other = size(exact - scaled(near));
          expect(other > distance || (other === distance && isEven(total)), `${near} is nearer than ${total}`).to.equal(
            true,
          );
        }
      }),
      { numRuns: 500 },
    );
  });
});
