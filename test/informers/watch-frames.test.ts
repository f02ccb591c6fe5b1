import { expect } from 'chai';
import fc from 'fast-check';
import { ConnectionError, DecodeError } from '../../src/informers/errors.ts';
import { JsonSplitter, watchFrames } from '../../src/informers/watch-frames.ts';

const split = (pieces: readonly Buffer[], longest = 1_000_000): { values: unknown[]; rest: string | undefined } => {
  const splitter = new JsonSplitter(longest);
  const values = pieces.flatMap((piece) => Array.from(splitter.push(piece)));
  return { values, rest: splitter.rest()?.toString() };
};

/** Cuts bytes into pieces of these sizes. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let start = 0;
  for (const size of sizes) pieces.push(bytes.subarray(start, (start += size)));
  pieces.push(bytes.subarray(start));
  return pieces;
}

describe('JsonSplitter', () => {
  const values = fc.array(
    fc.oneof(
      fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()),
      fc.array(fc.jsonValue()),
      fc.constant({ text: '}{ \\" ][ \n' }),
    ),
  );

  for (const [name, separator, indent] of [
    ['ends of lines', '\n', 0],
    ['ends of lines of Windows', '\r\n', 0],
    ['nothing', '', 0],
    ['spaces', ' ', 0],
    ['empty lines', '\n\n', 0],
    ['ends of lines, and indented', '\n', 2],
    ['nothing, and indented', '', 2],
  ] as const) {
    it(`returns values that are separated by ${name}, from any pieces, even if a character is split`, () => {
      fc.assert(
        fc.property(values, fc.array(fc.nat(50)), (expected, sizes) => {
          const texts = expected.map((value) => JSON.stringify(value, undefined, indent));
          const bytes = Buffer.from(texts.map((text) => text + separator).join(''));
          const result = split(cut(bytes, sizes));
          expect(result.values).to.deep.equal(JSON.parse(`[${texts.join(',')}]`));
          expect(result.rest).to.equal(undefined);
        }),
      );
    });
  }

  it('returns the same values from any pieces, also if lines are broken', () => {
    const line = fc.oneof(
      { arbitrary: fc.jsonValue().map((value) => JSON.stringify({ value })), weight: 3 },
      fc.constantFrom(
        '{"type":"ADD',
        '{"type":',
        '{"a":1}{"b":[2]}',
        '{"a":{"b":1}} {"c":',
        'html',
        '{"a":"\\"',
        '[1,',
        '',
      ),
    );
    const defined = ({ values: found }: { values: unknown[] }): unknown[] =>
      found.filter((value) => value !== undefined);
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(20)), (texts, sizes) => {
        const bytes = Buffer.from(`${texts.join('\n')}\n{"end":1}\n`);
        expect(defined(split(cut(bytes, sizes)))).to.deep.equal(defined(split([bytes])));
      }),
      { numRuns: 500 },
    );
  });

  it('returns a value without an end of line as soon as it is complete', () => {
    const splitter = new JsonSplitter(1000);
    const push = (text: string): unknown[] => [...splitter.push(Buffer.from(text))];
    expect(push('{"a":')).to.deep.equal([]);
    expect(push('"b')).to.deep.equal([]);
    expect(push('"}')).to.deep.equal([{ a: 'b' }]);
    expect(push('{"c":[1]')).to.deep.equal([]);
    expect(push('}{"d"')).to.deep.equal([{ c: [1] }]);
    expect(push(':1}')).to.deep.equal([{ d: 1 }]);
  });

  it('keeps an incomplete value as the rest', () => {
    expect(split([Buffer.from('{"a":1}\n{"b":'), Buffer.from('[')])).to.deep.equal({
      values: [{ a: 1 }],
      rest: '{"b":[',
    });
  });

  it('returns undefined for a text that is not JSON', () => {
    expect(split([Buffer.from('<html>\n{"a":1}\n{bad}\n')]).values).to.deep.equal([undefined, { a: 1 }, undefined]);
  });

  for (const [name, text] of [
    ['in a string', '{"type":"ADD'],
    ['after a colon', '{"type":'],
    ['after a string', '{"type":"ADDED"'],
    ['after a value', '{"type":1'],
  ] as const) {
    it(`does not lose the value after one that ends ${name}`, () => {
      expect(split([Buffer.from(`${text}\n{"a":1}\n`)]).values).to.deep.equal([undefined, { a: 1 }]);
    });
  }

  it('refuses a value that is too long, complete or not', () => {
    expect(split([Buffer.from('[123]\n[123')], 5)).to.deep.equal({ values: [[123]], rest: '[123' });
    expect(() => split([Buffer.from('[1234]\n')], 5)).to.throw(DecodeError);
    expect(() => split([Buffer.from('[12'), Buffer.from('345')], 5)).to.throw('longer than 5 bytes');
    expect(() => split([Buffer.from('[12'), Buffer.from('3]'), Buffer.from('[12'), Buffer.from('345]\n')], 5)).to.throw(
      'longer than 5 bytes',
    );
  });
});

describe('watchFrames()', () => {
  const event = (name: string) => ({ type: 'ADDED', object: { metadata: { name } } });

  it('yields an event without a newline before the next bytes arrive', async () => {
    let proceed: () => void = () => undefined;
    const more = new Promise<void>((resolve) => {
      proceed = resolve;
    });
    async function* body(): AsyncGenerator<Buffer> {
      yield Buffer.from(JSON.stringify(event('a')));
      await more;
      yield Buffer.from(JSON.stringify(event('b')) + JSON.stringify(event('c')));
    }
    const frames = watchFrames('pods', body());
    expect((await frames.next()).value).to.deep.equal(event('a'));
    proceed();
    expect((await frames.next()).value).to.deep.equal(event('b'));
    expect((await frames.next()).value).to.deep.equal(event('c'));
    expect((await frames.next()).done).to.equal(true);
  });

  it('reports a body that ends in the middle of a frame', async () => {
    async function* body(): AsyncGenerator<Buffer> {
      yield Buffer.from(`${JSON.stringify(event('a'))}\n{"type":"ADDED","obj`);
    }
    const frames = watchFrames('pods', body());
    expect((await frames.next()).value).to.deep.equal(event('a'));
    const error = await frames.next().catch((reason: unknown) => reason);
    expect(error)
      .to.be.instanceOf(ConnectionError)
      .with.property('message', 'pods: the watch ended in the middle of a frame');
  });
});
