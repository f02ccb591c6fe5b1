import { expect } from 'chai';
import { goDuration } from '../../../src/server/http/go-duration.ts';

describe('goDuration()', () => {
  for (const [text, milliseconds] of [
    ['0', 0],
    ['-0', 0],
    ['5s', 5000],
    ['+5s', 5000],
    ['-1.5h', -5_400_000],
    ['1m30s', 90_000],
    ['.5s', 500],
    ['1.s', 1000],
    ['300ms', 300],
    ['7us', 0.007],
    ['7µs', 0.007],
    ['7μs', 0.007],
    ['1000000ns', 1],
    ['2540400h10m10.000000000s', 9_145_440_610_000],
  ] as const) {
    it(`reads ${text} as ${milliseconds} ms`, () => expect(goDuration(text)).to.be.closeTo(milliseconds, 1e-9));
  }

  // The messages are those of a kube-apiserver.
  for (const [text, message] of [
    ['', 'time: invalid duration ""'],
    ['abc', 'time: invalid duration "abc"'],
    ['-', 'time: invalid duration "-"'],
    ['.s', 'time: invalid duration ".s"'],
    [' 5s', 'time: invalid duration " 5s"'],
    ['--5s', 'time: invalid duration "--5s"'],
    ['9999999999h', 'time: invalid duration "9999999999h"'],
    ['5', 'time: missing unit in duration "5"'],
    ['1h2', 'time: missing unit in duration "1h2"'],
    ['5x', 'time: unknown unit "x" in duration "5x"'],
    ['1e3s', 'time: unknown unit "e" in duration "1e3s"'],
    ['5s ', 'time: unknown unit "s " in duration "5s "'],
  ] as const) {
    it(`rejects "${text}"`, () => expect(() => goDuration(text)).to.throw(RangeError, message));
  }

  it('rejects a very long text quickly', () => {
    expect(goDuration('1ns'.repeat(300_000))).to.be.closeTo(0.3, 1e-6);
  });
});
