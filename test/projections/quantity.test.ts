import { expect } from 'chai';
import fc from 'fast-check';
import { formatBytes, formatCpu, parseQuantity, QuantityError } from '../../src/projections/quantity.ts';

describe('parseQuantity()', () => {
  const rows: [string, bigint][] = [
    ['0', 0n],
    ['1', 1_000_000_000n],
    ['250m', 250_000_000n],
    ['1.5', 1_500_000_000n],
    ['.5', 500_000_000n],
    ['5.', 5_000_000_000n],
    ['1k', 1_000_000_000_000n],
    ['1Ki', 1_024_000_000_000n],
    ['1.5Gi', 1_610_612_736_000_000_000n],
    ['1e3', 1_000_000_000_000n],
    ['12E', 12_000_000_000_000_000_000_000_000_000n],
    ['1E2', 100_000_000_000n],
    ['-250m', -250_000_000n],
    ['+1', 1_000_000_000n],
    ['100n', 100n],
    ['0.1n', 1n],
    ['1e-9', 1n],
  ];
  for (const [text, nanos] of rows)
    it(`parses ${text} as ${nanos} nanos`, () => expect(parseQuantity(text)).to.equal(nanos));

  for (const text of ['', 'm', '1 Gi', '1GiB', '1mi', '--1', '1e', '.', '1.2.3', 'Infinity']) {
    it(`throws for ${JSON.stringify(text)}`, () => expect(() => parseQuantity(text)).to.throw(QuantityError));
  }

  it('adds amounts exactly that floating point numbers cannot add', () => {
    expect(parseQuantity('0.1') + parseQuantity('0.2')).to.equal(parseQuantity('0.3'));
  });

  it('parses the results of formatCpu and formatBytes', () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 60n), 2n ** 60n), (n) => {
        expect(parseQuantity(formatCpu(n * 1_000_000n))).to.equal(n * 1_000_000n);
        expect(parseQuantity(formatBytes(n * 1_000_000_000n))).to.equal(n * 1_000_000_000n);
      }),
    );
  });
});

describe('formatBytes()', () => {
  const rows: [string, string][] = [
    ['1024', '1Ki'],
    ['1500', '1500'],
    ['1073741824', '1Gi'],
    ['1536Mi', '1536Mi'],
    ['0', '0'],
  ];
  for (const [text, shown] of rows)
    it(`formats ${text} as ${shown}`, () => expect(formatBytes(parseQuantity(text))).to.equal(shown));
});
