import { expect } from 'chai';
import * as fc from 'fast-check';
import { quoted } from '../../../src/server/wire/quote.ts';

describe('quoted()', () => {
  const cases: readonly (readonly [text: string, expected: string])[] = [
    ['', '""'],
    ['web', '"web"'],
    ['a"b', String.raw`"a\"b"`],
    ['a\\b', String.raw`"a\\b"`],
    ['a\nb\tc', String.raw`"a\nb\tc"`],
    ['\u0007\b\f\r\v', String.raw`"\a\b\f\r\v"`],
    ['\0\u001F\u007F', String.raw`"\x00\x1f\x7f"`],
    ['größe 日本 😀', '"größe 日本 😀"'],
    ['\u0085\u00A0\u2028\u200B', String.raw`"\u0085\u00a0\u2028\u200b"`],
    ['\uDBC0\uDC00', String.raw`"\U00100000"`],
  ];
  for (const [text, expected] of cases) {
    it(`prints ${JSON.stringify(text)} like Go`, () => {
      expect(quoted(text)).to.equal(expected);
    });
  }

  it('leaves printable ASCII without quotes and backslashes as it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ !#-[\]-~]*$/), (text) => {
        expect(quoted(text)).to.equal(`"${text}"`);
      }),
    );
  });
});
