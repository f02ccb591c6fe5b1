import { expect } from 'chai';
import fc from 'fast-check';
import { CoveredPlaces } from '../../src/projections/covered-places.ts';

describe('CoveredPlaces', () => {
  it('has its beginning and no earlier place', () => {
    const covered = new CoveredPlaces(10n);
    expect([9n, 10n, 11n].map((place) => covered.has(place))).to.deep.equal([false, true, true]);
  });

  it('keeps a thousand skipped spans, and expires earlier places', () => {
    const covered = new CoveredPlaces(10n);
    for (let span = 0n; span < 1500n; span += 1n) covered.skip(10n + span * 10n, 20n + span * 10n);
    expect(covered.oldest).to.equal(20n + 499n * 10n);
    expect([covered.oldest, covered.oldest + 1n, covered.oldest + 10n].map((each) => covered.has(each))).to.deep.equal([
      true,
      false,
      true,
    ]);
  });

  it('never has an expired place again', () => {
    const covered = new CoveredPlaces(10n);
    covered.expireBefore(20n);
    covered.expireBefore(15n);
    expect([covered.oldest, covered.has(15n), covered.has(20n)]).to.deep.equal([20n, false, true]);
  });

  it('has the places that are neither expired nor inside a span', () => {
    const step = fc.record({ kind: fc.constantFrom('skip', 'expire'), by: fc.bigInt({ min: 0n, max: 5n }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const covered = new CoveredPlaces(0n);
        const spans: (readonly [bigint, bigint])[] = [];
        let end = 0n;
        let oldest = 0n;
        for (const { kind, by } of steps) {
          if (kind === 'expire') {
            oldest += by;
            covered.expireBefore(oldest);
          } else {
            spans.push([end + 1n, end + 1n + by]);
            covered.skip(end + 1n, end + 1n + by);
            end += 1n + by;
          }
        }
        for (let place = 0n; place <= end + 1n; place += 1n) {
          const isInside = spans.some(([from, to]) => place > from && place < to);
          expect(covered.has(place), `${place}`).to.equal(place >= oldest && !isInside);
        }
      }),
    );
  });
});
