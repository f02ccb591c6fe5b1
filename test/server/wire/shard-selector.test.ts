import { expect } from 'chai';
import * as fc from 'fast-check';
import { ApiError } from '../../../src/server/wire/api-error.ts';
import { parseShardSelector } from '../../../src/server/wire/shard-selector.ts';
import { apiErrorFrom, resultOrApiError } from './api-error-of.ts';

const UID = 'object.metadata.uid';
const ZERO = '0x0000000000000000';
const HALF = '0x8000000000000000';
const END = '0x10000000000000000';
const range = (from = ZERO, to = HALF, field = UID): string => `shardRange(${field}, '${from}', '${to}')`;

describe('parseShardSelector()', () => {
  it('4.4 no selector selects all shards', () => {
    expect(parseShardSelector('')).to.equal(undefined);
  });

  const accepted: readonly (readonly [text: string, canonical: string])[] = [
    [range(), range()],
    [range(ZERO, END), range(ZERO, END)],
    [range(ZERO, HALF, 'object.metadata.namespace'), range(ZERO, HALF, 'object.metadata.namespace')],
    [`shardRange(${UID},'${ZERO}','${HALF}')`, range()],
    [`  shardRange ( object . metadata\t.uid ,\n'${ZERO}', "${HALF}" ) // comment`, range()],
    [`((${range(HALF, END)}) || ${range()})`, `${range(HALF, END)} || ${range()}`],
    [`${range()}\n// both\n||${range()}`, `${range()} || ${range()}`],
  ];
  for (const [text, canonical] of accepted) {
    it(`4.4 accepts ${JSON.stringify(text)}`, () => {
      expect(parseShardSelector(text)?.toString()).to.equal(canonical);
    });
  }

  // The messages of the reference server, where they do not come from CEL.
  const rejected: readonly (readonly [text: string, message: string])[] = [
    ['  ', 'empty shard selector is not allowed; omit the parameter for unfiltered lists'],
    ['foo(a)', 'unsupported function "foo"; only shardRange() and || are allowed'],
    ['shardRange()', 'shardRange() requires exactly 3 arguments, got 0'],
    [`shardRange(${UID}, '${ZERO}')`, 'shardRange() requires exactly 3 arguments, got 2'],
    [`shardRange(${UID}, '${ZERO}', '${HALF}', a.b)`, 'shardRange() requires exactly 3 arguments, got 4'],
    [
      range(ZERO, HALF, 'object.metadata.name'),
      'unsupported field path "object.metadata.name"; supported: object.metadata.uid, object.metadata.namespace',
    ],
    [range('0x0'), 'hexStart must be a 0x-prefixed 16-digit hex value, got "0x0" (did you mean "0x0000000000000000"?)'],
    [range(ZERO, '8000000000000000'), `hexEnd must have '0x' prefix, got "8000000000000000"`],
    [range(ZERO, '0x'), "hexEnd: hex value is required after '0x'"],
    [range(ZERO, '0xFF00000000000000'), 'hexEnd: invalid hex character "F" in "0xFF00000000000000"'],
    [range(ZERO, '0xé00000000000000'), 'hexEnd: invalid hex character "é" in "0xé00000000000000"'],
    [
      range(ZERO, '0x10000000000000001'),
      `hexEnd: 17-digit hex value must be '0x10000000000000000' (2^64), got "0x10000000000000001"`,
    ],
    [range(ZERO, `${ZERO}00`), 'hexEnd: hex value too long (18 chars, max 17): "000000000000000000"'],
    [range(HALF, ZERO), `shard range start ${HALF} must be less than end ${ZERO}`],
    [range(END, END), `shard range start ${END} must be less than end ${END}`],
    [
      `${range()} || ${range(ZERO, HALF, 'object.metadata.namespace')}`,
      'all shard ranges must use the same field, got "object.metadata.uid" and "object.metadata.namespace"',
    ],
    // The texts below are those of this parser.
    ['x', 'unexpected expression "x"; expected shardRange() call or || operator'],
    [`shardRange(${UID}, a.b, '${HALF}')`, `hexStart must be a string literal (e.g. '0xff'), got "a.b"`],
    [
      `shardRange('a', '${ZERO}', '${HALF}')`,
      'shardRange() first argument: expected field path (e.g. object.metadata.uid), got a string literal',
    ],
    [`${range()} ||`, 'Syntax error: unexpected input "<EOF>"'],
    [`|| ${range()}`, 'Syntax error: unexpected input "||"'],
    [`${range()} && ${range()}`, 'Syntax error: token recognition error at: "&"'],
    [`(${range()}`, `Syntax error: missing ')' at "<EOF>"`],
    [`${range()})`, 'Syntax error: unexpected input ")"'],
    [`object.${range()}`, 'unexpected expression "object"; expected shardRange() call or || operator'],
    [`shardRange(${UID}, 0, 8)`, 'Syntax error: token recognition error at: "0"'],
    [`shardRange(${UID}., '${ZERO}', '${HALF}')`, 'Syntax error: unexpected input ","'],
    [`shardRange(${UID}, '${ZERO}', '${HALF}',)`, 'Syntax error: unexpected input ")"'],
  ];
  for (const [text, message] of rejected) {
    it(`4.4 rejects ${JSON.stringify(text)}`, () => {
      const { status } = apiErrorFrom(() => parseShardSelector(text));
      expect([status.code, status.reason, status.message]).to.deep.equal([
        400,
        'BadRequest',
        `invalid shard selector: ${message}`,
      ]);
    });
  }

  it('4.3 rejects a selector above the limits', () => {
    const limits = { selectorBytes: 1000, selectorRequirements: 2 };
    const messageOf = (text: string): unknown => apiErrorFrom(() => parseShardSelector(text, limits)).status.message;
    expect(messageOf(Array.from({ length: 3 }, () => range()).join(' || '))).to.equal(
      'the shard selector has more than 2 requirements',
    );
    expect(messageOf(' '.repeat(1001))).to.equal('shardSelector is longer than 1000 bytes');
    expect(parseShardSelector(`${range()}||${range()}`, limits)?.requirements).to.equal(2);
  });

  const hash = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 20n }));
  const hex = (value: bigint): string => `0x${value.toString(16).padStart(16, '0')}`;
  const ranges = fc.array(
    fc
      .uniqueArray(fc.oneof(hash, fc.constant(2n ** 64n)), { minLength: 2, maxLength: 2 })
      .map((two) => two.toSorted((a, b) => (a < b ? -1 : 1)) as [bigint, bigint]),
    { minLength: 1, maxLength: 6 },
  );
  const blank = fc.constantFrom('', ' ', '\t', ' \n ', ' //x\n');

  /** Upstream's comparison of two bounds as texts. */
  const hexLess = (a: string, b: string): boolean => (a.length === b.length ? a < b : a.length < b.length);

  it('selects the hashes that upstream selects, and repeats the ranges in upstream’s form', () => {
    const sample = fc.tuple(ranges, fc.array(blank, { minLength: 12, maxLength: 12 }), fc.boolean(), fc.array(hash));
    fc.assert(
      fc.property(sample, ([wanted, blanks, nested, hashes]) => {
        const [a, b, c, d, e, f] = blanks;
        const call = ([from, to]: [bigint, bigint], index: number): string => {
          const text = `shardRange${a}(${b}${UID}${c},${d}'${hex(from)}'${e},"${hex(to)}"${f})`;
          return nested && index % 2 === 1 ? `(${text}${a})` : text;
        };
        const selector = parseShardSelector(wanted.map((one, index) => call(one, index)).join(`${c}||${d}`));
        expect(selector?.toString()).to.equal(wanted.map(([from, to]) => range(hex(from), hex(to))).join(' || '));
        const edges = wanted.flatMap(([from, to]) => [from, from - 1n, to, to - 1n]);
        for (const one of [...hashes, ...edges.filter((edge) => edge >= 0n && edge < 2n ** 64n)]) {
          const expected = wanted.some(([from, to]) => !hexLess(hex(one), hex(from)) && hexLess(hex(one), hex(to)));
          expect(selector?.matches(one), hex(one)).to.equal(expected);
        }
        const { ranges: kept = [] } = selector ?? {};
        for (const [index, { from }] of kept.entries()) {
          if (index > 0) expect(from > (kept[index - 1]?.to ?? 0n)).to.equal(true);
        }
      }),
    );
  });

  it('parses its own text to an equal selector, and rejects every other text with 400', () => {
    const piece = fc.constantFrom(
      'shardRange',
      '(',
      ')',
      '||',
      ',',
      '.',
      UID,
      `'${ZERO}'`,
      `'${HALF}'`,
      ' ',
      '//',
      '\n',
    );
    const text = fc.oneof(
      fc.array(fc.oneof(piece, fc.string({ maxLength: 3 }))).map((pieces) => pieces.join('')),
      fc.tuple(fc.nat(120), piece).map(([at, one]) => `${range().slice(0, at)}${one}${range().slice(at)}`),
    );
    fc.assert(
      fc.property(text, (one) => {
        const result = resultOrApiError(() => parseShardSelector(one));
        if (result instanceof ApiError) expect(result.code).to.equal(400);
        else if (result !== undefined) {
          expect(parseShardSelector(result.toString())?.toString()).to.equal(result.toString());
        }
      }),
    );
  });

  it('reads ten thousand parentheses without recursion', () => {
    const text = `${'('.repeat(10_000)}${range()}${')'.repeat(10_000)}`;
    expect(parseShardSelector(text)?.toString()).to.equal(range());
  });
});
