import { expect } from 'chai';
import { guardedLogger, stderrLogger } from '../../src/server/logger.ts';

/** Returns what `work` writes to stderr. */
function written(work: () => void): string {
  const { write } = process.stderr;
  let text = '';
  process.stderr.write = (chunk: string | Uint8Array) => {
    text += String(chunk);
    return true;
  };
  try {
    work();
  } finally {
    process.stderr.write = write;
  }
  return text;
}

describe('stderrLogger', () => {
  for (const [name, text, shown] of [
    ['an end of a line', 'a\nb', String.raw`a\nb`],
    ['a carriage return and a tab', 'a\rb\tc', String.raw`a\rb\tc`],
    ['an escape sequence', 'a\u001b[2Jb', String.raw`a\u001b[2Jb`],
    ['a control character of C1', 'a\u009bb', String.raw`a\u009bb`],
    ['a separator of lines', 'a\u2028b', String.raw`a\u2028b`],
    ['a character that reverses a text', 'a\u202eb', String.raw`a\u202eb`],
  ] as const) {
    it(`escapes ${name} in messages`, () => {
      const lines = written(() => stderrLogger.warn(text)).split('\n');
      expect(lines).to.have.length(2);
      expect(lines[0])
        .to.match(/ WARN a/)
        .and.contain(shown);
    });

    it(`writes ${name} in the message of an error so that it begins no line`, () => {
      const [first = '', ...rest] = written(() => stderrLogger.error('failed', new Error(text)))
        .trimEnd()
        .split('\n');
      expect(first).to.match(/^\S+ ERROR failed Error: a/);
      for (const line of rest) expect(line).to.match(/^ {4}/);
      expect(first + rest.join('')).to.not.match(/[\p{Cc}\u2028\u202e]/u);
    });
  }

  it('writes the causes of an error, each on lines that begin no message', () => {
    const error = new Error('outer', { cause: new Error('inner\nline', { cause: { code: 7 } }) });
    const [first = '', ...rest] = written(() => stderrLogger.error('failed', error))
      .trimEnd()
      .split('\n');
    expect(first).to.contain('ERROR failed Error: outer');
    expect(rest.join('\n'))
      .to.match(/^ {4}caused by: Error: inner$/m)
      .and.match(/^ {4}caused by: {"code":7}$/m);
    for (const line of rest) expect(line).to.match(/^ {4}/);
  });

  it('writes a detail that JSON cannot represent', () => {
    expect(written(() => stderrLogger.warn('odd', 1n))).to.contain('WARN odd a detail that JSON cannot represent');
  });
});

describe('guardedLogger()', () => {
  it('ignores errors of the log, also later ones', async () => {
    const fail = (): never => {
      throw new Error('the disk is full');
    };
    const failLater: () => unknown = async () => fail();
    const log = guardedLogger({ debug: fail, info: fail, warn: fail, error: failLater });
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level]('x');
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('escapes control characters for every log', () => {
    const lines: string[] = [];
    guardedLogger({ ...stderrLogger, warn: (line) => lines.push(line) }).warn('a\nb');
    expect(lines).to.deep.equal([String.raw`a\nb`]);
  });
});
