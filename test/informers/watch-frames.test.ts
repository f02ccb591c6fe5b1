import { expect } from 'chai';
import fc from 'fast-check';
import { DecodeError } from '../../src/informers/errors.ts';
import { LineSplitter } from '../../src/informers/watch-frames.ts';

const split = (pieces: readonly Buffer[], longest = 1_000_000): { lines: string[]; rest: string | undefined } => {
  const splitter = new LineSplitter(longest);
  const lines = pieces.flatMap((piece) => Array.from(splitter.push(piece), String));
  return { lines, rest: splitter.rest()?.toString() };
};

describe('LineSplitter', () => {
  it('returns whole lines from any pieces, even if a character is split', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', 'é'))),
        fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', '😀')),
        fc.array(fc.nat(50)),
        (lines, rest, sizes) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join('') + rest);
          const pieces: Buffer[] = [];
          let start = 0;
          for (const size of sizes) pieces.push(bytes.subarray(start, (start += size)));
          pieces.push(bytes.subarray(start));
          const expected = { lines: lines.filter((line) => line !== ''), rest: rest === '' ? undefined : rest };
          expect(split(pieces)).to.deep.equal(expected);
        },
      ),
    );
  });

  it('refuses a line that is too long, complete or not', () => {
    expect(split([Buffer.from('12345\n12345')], 5)).to.deep.equal({ lines: ['12345'], rest: '12345' });
    expect(() => split([Buffer.from('123456\n')], 5)).to.throw(DecodeError);
    expect(() => split([Buffer.from('123'), Buffer.from('456')], 5)).to.throw('longer than 5 bytes');
  });
});
