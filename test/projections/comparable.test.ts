import { expect } from 'chai';
import fc from 'fast-check';
import { byValue, checkedComparable, type Comparable } from '../../src/projections/comparable.ts';

describe('byValue()', () => {
  it('puts numbers before strings before dates, and an equal number before its bigint', () => {
    const ordered: Comparable[] = [
      -Infinity,
      -1n,
      0,
      0n,
      0.5,
      1,
      1n,
      2 ** 53,
      2n ** 53n + 1n,
      '',
      'B',
      'a',
      new Date(-1),
      new Date(0),
    ];
    expect(ordered.toReversed().toSorted(byValue)).to.deep.equal(ordered);
  });

  it('is a total order', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true }).map((number) => checkedComparable(number)),
      fc.integer({ min: -3, max: 3 }),
      fc.bigInt({ min: -3n, max: 3n }),
      fc.string({ maxLength: 2 }),
      fc.date({ noInvalidDate: true }),
    );
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        expect(Math.sign(byValue(a, b))).to.equal(0 - Math.sign(byValue(b, a)));
        if (byValue(a, b) === 0) expect(a).to.deep.equal(b);
        if (byValue(a, b) <= 0 && byValue(b, c) <= 0) expect(byValue(a, c)).to.be.at.most(0);
      }),
      { numRuns: 1000 },
    );
  });
});
