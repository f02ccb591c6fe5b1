import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  firstValue,
  parseQuery,
  parseResourceVersion,
  queryBoolean,
  queryInteger,
  queryResourceVersion,
} from '../../../src/server/wire/query.ts';
import { apiErrorFrom, resultOrApiError } from './api-error-of.ts';
import { ApiError } from '../../../src/server/wire/api-error.ts';

const query = (text: string): URLSearchParams => new URLSearchParams(text);

describe('queryBoolean()', () => {
  const cases: readonly (readonly [text: string, expected: boolean | undefined])[] = [
    ['', undefined],
    ['x=1', undefined],
    ['watch', true],
    ['watch=', true],
    ['watch=1', true],
    ['watch=banana', true],
    ['watch=0', false],
    ['watch=false', false],
    ['watch=FALSE', false],
    ['watch=False', false],
    ['watch=f', true],
    ['watch=00', true],
    ['watch=0&watch=1', false],
    ['watch=1&watch=0', true],
  ];
  for (const [text, expected] of cases) {
    it(`is ${String(expected)} for ?${text}`, () => {
      expect(queryBoolean(query(text), 'watch')).to.equal(expected);
    });
  }
});

describe('queryInteger()', () => {
  const good: readonly (readonly [text: string, expected: number | undefined])[] = [
    ['', undefined],
    ['limit=0', 0],
    ['limit=500', 500],
    ['limit=-3', -3],
    ['limit=%2B3', 3],
    ['limit=007', 7],
    ['limit=1&limit=x', 1],
    ['limit=9223372036854775807', Number.MAX_SAFE_INTEGER],
    ['limit=-9223372036854775808', Number.MIN_SAFE_INTEGER],
  ];
  for (const [text, expected] of good) {
    it(`is ${String(expected)} for ?${text}`, () => {
      expect(queryInteger(query(text), 'limit')).to.equal(expected);
    });
  }

  const bad: readonly (readonly [text: string, message: string])[] = [
    ['limit=', 'strconv.ParseInt: parsing "": invalid syntax'],
    ['limit=abc', 'strconv.ParseInt: parsing "abc": invalid syntax'],
    ['limit=1.5', 'strconv.ParseInt: parsing "1.5": invalid syntax'],
    ['limit=1e3', 'strconv.ParseInt: parsing "1e3": invalid syntax'],
    ['limit=+3', 'strconv.ParseInt: parsing " 3": invalid syntax'],
    ['limit=9223372036854775808', 'strconv.ParseInt: parsing "9223372036854775808": value out of range'],
    ['limit=-9223372036854775809', 'strconv.ParseInt: parsing "-9223372036854775809": value out of range'],
  ];
  for (const [text, message] of bad) {
    it(`throws a 400 for ?${text}`, () => {
      expect(apiErrorFrom(() => queryInteger(query(text), 'limit')).status).to.include({ code: 400, message });
    });
  }
});

describe('queryResourceVersion()', () => {
  const good: readonly (readonly [text: string, expected: bigint | undefined])[] = [
    ['', undefined],
    ['resourceVersion=', undefined],
    ['resourceVersion=0', 0n],
    ['resourceVersion=00', 0n],
    ['resourceVersion=18446744073709551615', 18446744073709551615n],
  ];
  for (const [text, expected] of good) {
    it(`is ${String(expected)} for ?${text}`, () => {
      expect(queryResourceVersion(query(text))).to.equal(expected);
    });
  }

  for (const text of ['abc', '-1', '1.5', '+1', ' 1', '0x1']) {
    it(`throws a 400 with the problem of ${JSON.stringify(text)}`, () => {
      expect(apiErrorFrom(() => parseResourceVersion(text)).status).to.include({
        code: 400,
        reason: 'BadRequest',
        message: `invalid resource version: resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`,
      });
    });
  }

  it('reports 2^64 as out of range', () => {
    expect(apiErrorFrom(() => parseResourceVersion('18446744073709551616')).message).to.include('value out of range');
  });

  it('accepts every uint64 and rejects every other text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.bigInt().map(String)), (text) => {
        const result = resultOrApiError(() => parseResourceVersion(text));
        const isUint64 = /^[0-9]+$/.test(text) && BigInt(text) < 2n ** 64n;
        expect(result instanceof ApiError).to.equal(!isUint64 && text !== '');
      }),
    );
  });
});

describe('firstValue()', () => {
  it('returns the first of a repeated parameter, and undefined for a missing one', () => {
    expect(firstValue(query('a=1&a=2'), 'a')).to.equal('1');
    expect(firstValue(query('a=1'), 'b')).to.equal(undefined);
  });
});

describe('parseQuery()', () => {
  for (const [text, expected] of [
    ['', []],
    [
      'a=1&b=x%20y+z',
      [
        ['a', '1'],
        ['b', 'x y z'],
      ],
    ],
    [
      'a=1&a=2',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    [
      'a&b=',
      [
        ['a', ''],
        ['b', ''],
      ],
    ],
    ['limit=%zz&b=1', [['b', '1']]],
    ['%=1&a%2=1&b=1', [['b', '1']]],
    ['limit=1;watch=1&b=1', [['b', '1']]],
  ] as const) {
    it(`parses ${JSON.stringify(text)} without its malformed pairs`, () => {
      expect(Array.from(parseQuery(text))).to.deep.equal(expected);
    });
  }
});
