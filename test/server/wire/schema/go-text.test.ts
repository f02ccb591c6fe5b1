import { expect } from 'chai';
import type { Json } from '../../../../src/server/wire/object.ts';
import { goFloat, goJson, goNumber, goValue } from '../../../../src/server/wire/schema/go-text.ts';

describe('goFloat()', () => {
  // Texts that Go prints.
  for (const [value, text] of [
    [0.5, '0.5'],
    [100000, '100000'],
    [999999, '999999'],
    [1000000, '1e+06'],
    [123456789, '1.23456789e+08'],
    [1234567.25, '1.23456725e+06'],
    [1.5e22, '1.5e+22'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [-2.5, '-2.5'],
  ] as const) {
    it(`writes ${text}`, () => {
      expect(goFloat(value)).to.equal(text);
    });
  }
});

describe('goNumber()', () => {
  it('prints whole numbers with all digits if they are int64', () => {
    expect([3000000, 2 ** 62, -7, 1e19, 1e300].map(goNumber)).to.deep.equal([
      '3000000',
      '4611686018427387904',
      '-7',
      '1e+19',
      '1e+300',
    ]);
  });
});

describe('goJson()', () => {
  it('has keys in the order of their bytes', () => {
    expect(goJson({ b: 1, a: 2, '😀': 3, '\uff5e': 4 })).to.equal('{"a":2,"b":1,"\uff5e":4,"😀":3}');
  });

  it('escapes characters with a meaning in HTML', () => {
    expect(goJson(['<a & b>', '\u2028'])).to.equal(String.raw`["\u003ca \u0026 b\u003e","\u2028"]`);
  });

  it('stops before the stack overflows', () => {
    let deep: Json = 1;
    for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
    expect(goJson(deep)).to.include('…');
  });
});

describe('goValue()', () => {
  it('quotes strings like Go, and prints null as JSON', () => {
    expect([goValue('a"\n'), goValue(null), goValue(true), goValue([1])]).to.deep.equal([
      String.raw`"a\"\n"`,
      'null',
      'true',
      '[1]',
    ]);
  });
});
