import { expect } from 'chai';
import { median, quantile, spread } from '../../../bench/report/statistics.ts';

describe('median()', () => {
  it('is the middle number, or the mean of the two in the middle', () => {
    expect(median([5, 1, 3])).to.equal(3);
    expect(median([4, 1, 3, 2])).to.equal(2.5);
    expect(median([])).to.be.NaN;
  });
});

describe('quantile()', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it('is the smallest number that is not less than the share', () => {
    expect(quantile(hundred, 0.99)).to.equal(99);
    expect(quantile(hundred, 1)).to.equal(100);
    expect(quantile(hundred, 0)).to.equal(1);
    expect(quantile([7], 0.5)).to.equal(7);
    expect(quantile([], 0.5)).to.be.NaN;
  });
});

describe('spread()', () => {
  it('is half of the distance between the quartiles, relative to the median', () => {
    expect(spread([10, 10, 10, 10])).to.equal(0);
    expect(spread([8, 9, 10, 11, 12])).to.equal(0.1);
  });
});
