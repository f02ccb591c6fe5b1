import { expect } from 'chai';
import { RequestCounts } from '../../../src/server/metrics/request-counts.ts';

describe('RequestCounts', () => {
  it('lists every cause, also those without a refusal', () => {
    const counts = new RequestCounts();
    counts.refuse('size');
    counts.refuse('size');
    expect(counts.refused()).to.deep.equal([
      ['size', 2],
      ['reads', 0],
      ['writes', 0],
      ['user share', 0],
      ['shutdown', 0],
    ]);
  });
});
