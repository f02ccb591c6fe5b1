import fc from 'fast-check';
import { expect } from 'chai';
import { ApiError } from '../../../src/server/wire/api-error.ts';
import { decodeBody, duplicateFields, encodeBody, maxBodyBytes } from '../../../src/server/wire/body.ts';
import { DEFAULT_LIMITS } from '../../../src/server/wire/limits.ts';
import { apiErrorFrom, resultOrApiError } from './api-error-of.ts';

const json = 'application/json';
const yaml = 'application/yaml';

describe('decodeBody()', () => {
  it('reads JSON and YAML', () => {
    expect(decodeBody('{"a":[1,"é"]}', json)).to.deep.equal({ a: [1, 'é'] });
    expect(decodeBody(Buffer.from('{"a":"é"}'), json)).to.deep.equal({ a: 'é' });
    expect(decodeBody('a:\n- 1\n- "x"\n- yes\n- 2026-01-01\n', yaml)).to.deep.equal({
      a: [1, 'x', 'yes', '2026-01-01'],
    });
  });

  it('writes a replacement character for half of a surrogate pair', () => {
    expect(decodeBody(String.raw`{"a":["\ud800","\ud83d\ude00"]}`, json)).to.deep.equal({ a: ['\ufffd', '\u{1f600}'] });
  });

  it('treats __proto__ as an ordinary key', () => {
    expect(JSON.stringify(decodeBody('{"__proto__":{"a":1}}', json))).to.equal('{"__proto__":{"a":1}}');
  });

  for (const [text, expected] of [
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992],
    ['-9007199254740992', -9007199254740992],
    // 2^60 is a double, but JavaScript prints other digits for it.
    ['1152921504606846976', undefined],
    ['1152921504606847000', 1152921504606847000],
    ['9007199254740993', undefined],
    ['-9007199254740993', undefined],
    ['1764512345678901235', undefined],
    ['9223372036854775807', undefined],
    ['9223372036854775808', 9223372036854775808],
    ['18446744073709551615', 18446744073709551616],
    ['123456789012345678901234567890', Number('123456789012345678901234567890')],
    ['9007199254740993.0', 9007199254740992],
    ['1e19', 1e19],
  ] as const) {
    for (const [form, mediaType, body] of [
      ['JSON', json, `{"a":[{"b":${text}}]}`],
      ['JSON sent as YAML', yaml, `{"a":[{"b":${text}}]}`],
      ['YAML', yaml, `a:\n- b: ${text}\n`],
    ] as const) {
      it(`${expected === undefined ? 'refuses' : `reads ${expected} for`} the integer ${text} in ${form}`, () => {
        if (expected !== undefined) {
          expect(decodeBody(body, mediaType)).to.deep.equal({ a: [{ b: expected }] });
          return;
        }
        const error = apiErrorFrom(() => decodeBody(body, mediaType));
        expect([error.code, error.message]).to.deep.equal([
          400,
          'the body of the request has an integer that this server cannot keep exactly: a[0].b; the maximum is 9007199254740991',
        ]);
      });
    }
  }

  it('keeps all digits of an integer of 64 bits, or refuses the body with its path', () => {
    const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(integer, fc.string(), fc.constantFrom(json, yaml), (number, key, mediaType) => {
        const result = resultOrApiError(() => decodeBody(`{"x":[{${JSON.stringify(key)}:${number}}]}`, mediaType));
        if (result instanceof ApiError) expect(result.message).to.contain(': x[0]');
        else expect(JSON.stringify(result)).to.contain(`:${number}}`);
      }),
    );
  });

  it('reads the integers of YAML in all forms', () => {
    expect(decodeBody('a: 0x10\nb: 0o17\nc: -0\n1: d\ne: [1.5, 1e3]\n', yaml)).to.deep.equal({
      a: 16,
      b: 15,
      c: 0,
      1: 'd',
      e: [1.5, 1000],
    });
  });

  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefgh'.split('').map((key, index) => `${key}: &${key} [${`*${'abcdefg'[index]},`.repeat(9)}]`),
  ].join('\n');
  const refused: readonly (readonly [
    name: string,
    body: Buffer | string,
    mediaType: typeof json | typeof yaml,
    message: RegExp,
  ])[] = [
    ['an empty body', '', json, /is empty/],
    ['white space alone', ' \n', yaml, /is empty/],
    ['broken JSON', '{"a":', json, /is not valid JSON: /],
    ['JSON with a rest', '{} {}', json, /is not valid JSON: /],
    ['broken YAML', 'a: [', yaml, /is not valid YAML: /],
    ['two YAML documents', 'a: 1\n---\nb: 2\n', yaml, /is not valid YAML: /],
    ['a key twice in YAML', 'a: 1\na: 2\n', yaml, /is not valid YAML: /],
    ['YAML that grows without end', bomb, yaml, /is not valid YAML: /],
    ['YAML that holds itself', '&a [*a]', yaml, /nested more than|is not valid YAML/],
    ['a number beyond all numbers', '{"a":[1e400]}', json, /a number that is too large/],
    ['infinity in YAML', 'a: .inf', yaml, /a number that is too large/],
    ['what is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), json, /is not UTF-8/],
    [
      'deep nesting',
      `${'['.repeat(DEFAULT_LIMITS.bodyDepth + 1)}${']'.repeat(DEFAULT_LIMITS.bodyDepth + 1)}`,
      json,
      /nested more than 1000 levels/,
    ],
    ['very deep nesting', `${'['.repeat(200_000)}${']'.repeat(200_000)}`, json, /nested more than 1000 levels/],
    ['very deep nesting in YAML', `${'['.repeat(20_000)}${']'.repeat(20_000)}`, yaml, /./],
  ];
  for (const [name, body, mediaType, message] of refused) {
    it(`throws a 400 for ${name}`, () => {
      const { status } = apiErrorFrom(() => decodeBody(body, mediaType));
      expect(status).to.include({ code: 400, reason: 'BadRequest' });
      expect(status.message).to.match(message);
    });
  }

  it('parses a body that is nested as deep as the limit', () => {
    expect(
      decodeBody(`${'['.repeat(DEFAULT_LIMITS.bodyDepth)}1${']'.repeat(DEFAULT_LIMITS.bodyDepth)}`, json),
    ).to.be.an('array');
  });

  it('throws a 413 beyond the limit, which counts bytes', () => {
    expect(decodeBody(`"${'x'.repeat(maxBodyBytes - 2)}"`, json)).to.have.length(maxBodyBytes - 2);
    const { status } = apiErrorFrom(() => decodeBody(`"${'é'.repeat(maxBodyBytes / 2)}"`, json));
    expect(status).to.include({ code: 413, message: 'Request entity too large: limit is 3145728' });
  });

  it('returns a value or throws a 400, for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.constantFrom(json, yaml), (text, mediaType) => {
        const result = resultOrApiError(() => decodeBody(text, mediaType));
        if (result instanceof ApiError) {
          expect(result.code).to.equal(400);
        }
      }),
    );
  });
});

describe('encodeBody()', () => {
  it('ends with a newline, except for indented JSON', () => {
    expect(encodeBody({ a: [1] }, { mediaType: json, pretty: false })).to.equal('{"a":[1]}\n');
    expect(encodeBody({ a: [1] }, { mediaType: json, pretty: true })).to.equal('{\n  "a": [\n    1\n  ]\n}');
    expect(encodeBody({ a: [1], b: 'yes' }, { mediaType: yaml, pretty: true })).to.equal('a:\n  - 1\nb: "yes"\n');
  });

  it('writes shared values twice in YAML', () => {
    const shared = { x: 1 };
    expect(encodeBody([shared, shared], { mediaType: yaml, pretty: false })).to.equal('- x: 1\n- x: 1\n');
  });

  it('writes text that decodeBody() can read', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), fc.constantFrom(json, yaml), (value, pretty, mediaType) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(decodeBody(encodeBody(plain, { mediaType, pretty }), mediaType)).to.deep.equal(plain);
      }),
    );
  });
});

describe('duplicateFields()', () => {
  for (const [text, fields] of [
    ['{}', []],
    ['"a"', []],
    ['{"a":1,"b":{"a":1}}', []],
    ['{"a":1,"a":2}', ['a']],
    ['{"a":1,"a":2,"a":3}', ['a']],
    ['{"spec":{"x":"\\"x\\":","x" : 1}}', ['spec.x']],
    ['{"spec":{"tasks":[{"n":1},{"n":1,"m":[{}, {"k":1,"k":2}],"n":2}]}}', ['spec.tasks[1].m[1].k', 'spec.tasks[1].n']],
    ['{"a":{"b":1},"a":{"b":1}}', ['a']],
    ['{"\\u0061":1,"a":2}', ['a']],
    ['[["x",{"x":1,"x":2}]]', ['[0][1].x']],
    ['{"__proto__":1,"__proto__":2}', ['__proto__']],
    ['{"a":"{\\"b\\":1,\\"b\\":2}"}', []],
  ] as const) {
    it(`returns the duplicates of ${text}`, () => expect(duplicateFields(text)).to.deep.equal(fields));
  }

  it('finds no duplicates in the output of JSON.stringify', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(duplicateFields(JSON.stringify(JSON.parse(text)))).to.deep.equal([]);
      }),
    );
  });
});
