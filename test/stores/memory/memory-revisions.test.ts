import { expect } from 'chai';
import { UnfitVersionError, UpstreamPositions } from '../../../src/projections/positions.ts';
import { MemoryRevisions } from '../../../src/stores/memory/memory-revisions.ts';

describe('MemoryRevisions', () => {
  it('increments by one', () => {
    const revisions = new MemoryRevisions(Date.UTC(2026, 0, 1));
    const first = revisions.last;
    expect([revisions.next(), revisions.next(), revisions.last]).to.deep.equal([first + 1, first + 2, first + 2]);
  });

  it('starts above the revisions of a previous process that made 4,000 writes per second', () => {
    const start = Date.UTC(2026, 0, 1);
    const earlier = new MemoryRevisions(start);
    for (let write = 0; write < 4000; write += 1) earlier.next();
    expect(new MemoryRevisions(start + 1000).last).to.be.at.least(earlier.last);
  });

  it('fits the positions of a view until 2090', () => {
    const positions = new UpstreamPositions(0n);
    expect(positions.placeAt(String(new MemoryRevisions(Date.UTC(2090, 0, 1)).last)) < 2n ** 63n).to.equal(true);
    expect(() => positions.placeAt(String(new MemoryRevisions(Date.UTC(2096, 0, 1)).last))).to.throw(UnfitVersionError);
  });

  it('starts at 1 if the clock has not been set', () => {
    expect(new MemoryRevisions(0).last).to.equal(1);
  });
});
