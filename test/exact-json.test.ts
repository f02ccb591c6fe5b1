import { expect } from 'chai';
import fc from 'fast-check';
import { bigintPath, parseExact, stringifyExact } from '../src/exact-json.ts';
import { watchFrames } from '../src/informers/watch-frames.ts';

describe('parseExact()', () => {
  for (const [text, value] of [
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992],
    ['9007199254740993', 9007199254740993n],
    ['-9007199254740993', -9007199254740993n],
    ['1764512345678901235', 1764512345678901235n],
    ['18446744073709551615', 18446744073709551615n],
    ['1e16', 1e16],
    ['1.5', 1.5],
    ['12345678901234567.5', Number('12345678901234567.5')],
    ['"9007199254740993"', '9007199254740993'],
    ['null', null],
  ] as const) {
    it(`reads ${text} as ${typeof value} ${String(value)}`, () => {
      expect(parseExact(text)).to.equal(value);
      expect(parseExact(`{"a":[1,{"b":${text}}]}`)).to.deep.equal({ a: [1, { b: value }] });
    });
  }

  it('finds a long integer wherever it begins in the text', () => {
    for (let before = 0; before < 40; before += 1) {
      for (const text of [
        `{"a":"${'x'.repeat(before)}","b":9007199254740993}`,
        `[${'1,'.repeat(before)}9007199254740993]`,
      ]) {
        expect(JSON.stringify(stringifyExact(parseExact(text)))).to.equal(JSON.stringify(text));
      }
    }
  });

  it('reads a text of a million digits once', () => {
    const digits = '1'.repeat(1_000_000);
    expect(parseExact(`{"a":"a${digits}","b":["a${digits}"]}`)).to.deep.equal({ a: `a${digits}`, b: [`a${digits}`] });
  });

  it('reads an integer with more digits than a number can have', () => {
    const digits = '9'.repeat(400);
    expect(parseExact(digits)).to.equal(BigInt(digits));
  });

  it('never rounds an integer of 64 bits, and reads all other JSON like JSON.parse', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }), fc.jsonValue(), (integer, other) => {
        const { a, b } = parseExact(`{"a":${integer},"b":${JSON.stringify(other)}}`) as {
          a: number | bigint;
          b: unknown;
        };
        expect(String(a)).to.equal(String(integer));
        expect(b).to.deep.equal(JSON.parse(JSON.stringify(other)));
      }),
    );
  });

  it('reads deeply nested text', () => {
    expect(() => parseExact(`${'['.repeat(50_000)}1${']'.repeat(50_000)}`)).to.not.throw();
  });

  it('reads the frames of a watch', async () => {
    async function* body(): AsyncGenerator<Buffer> {
      yield Buffer.from('{"type":"ADDED","object":{"metadata":{"name":"a"},"spec":{"at":1764512345678901235}}}\n');
    }
    for await (const frame of watchFrames('widgets', body())) {
      expect(frame.object).to.deep.include({ spec: { at: 1764512345678901235n } });
    }
  });
});

describe('stringifyExact()', () => {
  it('writes all digits of bigints, so that parseExact() reads the same value', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.jsonValue(), (integer, other) => {
        const text = stringifyExact({ a: [integer], b: other });
        expect(text).to.contain(`[${integer}]`);
        expect(stringifyExact(parseExact(text))).to.equal(text);
      }),
    );
  });
});

describe('bigintPath()', () => {
  const loop: { self?: object; n: bigint } = { n: 1n };
  loop.self = loop;
  for (const [title, value, path] of [
    ['a field of an item', { spec: { ports: [{ at: 1 }, { at: 1n }] } }, 'spec.ports[1].at'],
    ['an item', { list: [[1n]] }, 'list[0][0]'],
    ['a value that refers to itself', { a: loop }, 'a.n'],
    ['the value itself', 1n, ''],
    ['a value without a bigint', { a: [1, { b: null }] }, undefined],
    ['a value with toJSON', { a: new Date(0) }, undefined],
  ] as const) {
    it(`returns ${JSON.stringify(path) ?? 'undefined'} for ${title}`, () => expect(bigintPath(value)).to.equal(path));
  }

  it('begins with the path of the value', () => {
    expect(bigintPath({ labels: { a: 1n } }, 'metadata')).to.equal('metadata.labels.a');
    expect(bigintPath([1n], 'metadata')).to.equal('metadata[0]');
  });
});
