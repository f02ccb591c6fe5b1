import { expect } from 'chai';
import fc from 'fast-check';
import { changedDigest, DIGEST_BITS, rowDigest } from '../../src/projections/digest.ts';

const digestOf = (text: string): number => rowDigest(Buffer.from(text));

describe('rowDigest()', () => {
  it('is a whole number of 20 bits that depends on the bytes only', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const digest = rowDigest(Buffer.from(bytes));
        expect(digest).to.equal(rowDigest(Buffer.concat([Buffer.from(bytes)])));
        expect(Number.isInteger(digest) && digest >= 0 && digest < 2 ** DIGEST_BITS).to.equal(true);
      }),
    );
  });

  it('spreads over all values', () => {
    const seen = new Set(Array.from({ length: 20_000 }, (_, n) => digestOf(`{"name":"row-${n}","n":${n}}`)));
    // Random digests of 20,000 rows have about 190 collisions.
    expect(seen.size).to.be.greaterThan(19_700);
  });
});

describe('changedDigest()', () => {
  const row = fc.record({ digest: fc.nat(2 ** DIGEST_BITS - 1) });

  it('depends on the rows of a state, and not on the changes that led to it', () => {
    fc.assert(
      fc.property(fc.array(row), fc.array(row), (rows, others) => {
        const added = rows.reduce((sum, one) => changedDigest(sum, undefined, one), 0);
        let state = others.reduce((sum, one) => changedDigest(sum, undefined, one), 0);
        for (const one of rows.toReversed()) state = changedDigest(state, undefined, one);
        for (const one of others) state = changedDigest(state, one, undefined);
        expect(state).to.equal(added);
      }),
    );
  });

  it('differs when two rows exchange their contents', () => {
    // Sums of a linear hash (CRC-32) are equal in about one of 1,000 such cases.
    let equal = 0;
    for (let n = 0; n < 20_000; n += 1) {
      const state = (a: string, b: string): number =>
        changedDigest(changedDigest(0, undefined, { digest: digestOf(`{"a":"${a}"}`) }), undefined, {
          digest: digestOf(`{"b":"${b}"}`),
        });
      if (state(`x${n}`, `y${n}`) === state(`y${n}`, `x${n}`)) equal += 1;
    }
    expect(equal).to.be.lessThan(4);
  });
});
