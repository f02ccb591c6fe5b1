import { expect } from 'chai';
import * as fc from 'fast-check';
import { ApiError } from '../../../src/server/wire/api-error.ts';
import { parseGetParameters, parseListParameters, type ListSource } from '../../../src/server/wire/list-parameters.ts';
import { anyListQuery, token, tokenOfFreshState as fresh } from './any-list-query.ts';
import { apiErrorFrom, resultOrApiError } from './api-error-of.ts';

const query = (text: string): URLSearchParams => new URLSearchParams(text);
const at7 = { resourceVersion: 7n, start: 'ns/a\0' };

const forbidden = 'Forbidden: resourceVersionMatch is forbidden';
const unlessProvided = `${forbidden} unless resourceVersion is provided`;
const withContinue = `${forbidden} when continue is provided`;

describe('parseListParameters()', () => {
  const decisions: readonly (readonly [text: string, source: ListSource, limit: number])[] = [
    ['', { from: 'consistent' }, 0],
    ['limit=5', { from: 'consistent' }, 5],
    ['limit=-5', { from: 'consistent' }, 0],
    ['resourceVersion=', { from: 'consistent' }, 0],
    ['resourceVersion=0', { from: 'latest' }, 0],
    ['resourceVersion=0&limit=5', { from: 'latest' }, 0],
    ['resourceVersion=9', { from: 'notOlderThan', resourceVersion: 9n }, 0],
    ['resourceVersion=9&limit=0', { from: 'notOlderThan', resourceVersion: 9n }, 0],
    ['resourceVersion=9&limit=1', { from: 'exact', resourceVersion: 9n }, 1],
    ['resourceVersion=9&limit=5', { from: 'exact', resourceVersion: 9n }, 5],
    ['resourceVersion=0&resourceVersionMatch=NotOlderThan&limit=5', { from: 'latest' }, 0],
    ['resourceVersion=9&resourceVersionMatch=NotOlderThan&limit=5', { from: 'notOlderThan', resourceVersion: 9n }, 5],
    ['resourceVersion=9&resourceVersionMatch=Exact', { from: 'exact', resourceVersion: 9n }, 0],
    [`continue=${token}`, { from: 'continue', token: at7 }, 0],
    [`continue=${token}&resourceVersion=0&limit=5`, { from: 'continue', token: at7 }, 5],
    [`continue=${fresh}`, { from: 'continue', token: { ...at7, resourceVersion: -1n } }, 0],
    ['resourceVersion=9223372036854775807', { from: 'notOlderThan', resourceVersion: 9223372036854775807n }, 0],
    ['unknown=1&allowWatchBookmarks=1', { from: 'consistent' }, 0],
  ];
  for (const [text, source, limit] of decisions) {
    it(`reads from "${source.from}" with limit ${limit} for ?${text.slice(0, 70)}`, () => {
      const parameters = parseListParameters(query(text));
      expect(parameters.source).to.deep.equal(source);
      expect(parameters.limit).to.equal(limit);
    });
  }

  const badRequests: readonly (readonly [text: string, message: string])[] = [
    [
      'resourceVersion=abc',
      'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    ],
    [`continue=${token}&resourceVersion=9`, 'specifying resource version is not allowed when using continue'],
    ['continue=x', 'invalid continue token: continue key is not valid: illegal base64 data'],
    ['limit=abc', 'strconv.ParseInt: parsing "abc": invalid syntax'],
    ['timeoutSeconds=abc', 'strconv.ParseInt: parsing "abc": invalid syntax'],
    ['labelSelector=a,', "found '', expected: identifier after ','"],
    ['fieldSelector=a', "invalid selector: 'a'; can't understand 'a'"],
    // Decoding comes before validation.
    ['limit=abc&resourceVersionMatch=Exact', 'strconv.ParseInt: parsing "abc": invalid syntax'],
  ];
  for (const [text, message] of badRequests) {
    it(`throws a 400 for ?${text.slice(0, 70)}`, () => {
      const { status } = apiErrorFrom(() => parseListParameters(query(text)));
      expect(status).to.include({ code: 400, reason: 'BadRequest', message });
    });
  }

  const invalid: readonly (readonly [
    text: string,
    ...causes: readonly (readonly [field: string, message: string])[],
  ])[] = [
    ['resourceVersionMatch=Exact', ['resourceVersionMatch', unlessProvided]],
    [
      `resourceVersionMatch=Exact&continue=${token}`,
      ['resourceVersionMatch', unlessProvided],
      ['resourceVersionMatch', withContinue],
    ],
    [`resourceVersionMatch=NotOlderThan&resourceVersion=0&continue=${token}`, ['resourceVersionMatch', withContinue]],
    [
      'resourceVersionMatch=exact&resourceVersion=1',
      ['resourceVersionMatch', 'Unsupported value: "exact": supported values: "Exact", "NotOlderThan", ""'],
    ],
    [
      'resourceVersionMatch=Exact&resourceVersion=0',
      ['resourceVersionMatch', 'Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"'],
    ],
    [
      'resourceVersionMatch=Exact&resourceVersion=00',
      ['resourceVersionMatch', 'Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"'],
    ],
    ['sendInitialEvents=false', ['sendInitialEvents', 'Forbidden: sendInitialEvents is forbidden for list']],
    [
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan',
      ['resourceVersionMatch', unlessProvided],
      ['sendInitialEvents', 'Forbidden: sendInitialEvents is forbidden for list'],
    ],
  ];
  for (const [text, ...causes] of invalid) {
    it(`throws a 422 for ?${text.slice(0, 70)}`, () => {
      const { status } = apiErrorFrom(() => parseListParameters(query(text)));
      const texts = causes.map(([field, message]) => `${field}: ${message}`);
      const why = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
      expect(status).to.include({
        code: 422,
        reason: 'Invalid',
        message: `ListOptions.meta.k8s.io "" is invalid: ${why}`,
      });
      expect(status.details).to.include({ group: 'meta.k8s.io', kind: 'ListOptions' });
      expect(status.details?.causes?.map(({ field, message }) => [field, message])).to.deep.equal(causes);
    });
  }

  it('has the reasons that upstream gives in the causes', () => {
    const { status } = apiErrorFrom(() => parseListParameters(query('resourceVersionMatch=x')));
    expect(status.details?.causes?.map(({ reason }) => reason)).to.deep.equal([
      'FieldValueForbidden',
      'FieldValueNotSupported',
    ]);
  });

  it('notes that a version is exact only because of the limit', () => {
    for (const [text, expected] of [
      ['resourceVersion=9&limit=1', true],
      ['resourceVersion=9&limit=1&resourceVersionMatch=Exact', false],
      ['resourceVersion=9&resourceVersionMatch=Exact', false],
      ['resourceVersion=9', false],
      ['limit=1', false],
      [`continue=${token}&limit=1`, false],
    ] as const) {
      expect(parseListParameters(query(text)).isExactByLimit, text).to.equal(expected);
    }
  });

  it('returns parsed selectors and the timeout', () => {
    const parameters = parseListParameters(
      query('labelSelector=b,a%3D1&fieldSelector=metadata.name%3D%3Dx&timeoutSeconds=5'),
    );
    expect(String(parameters.labelSelector)).to.equal('a=1,b');
    expect(String(parameters.fieldSelector)).to.equal('metadata.name=x');
    expect(parameters.timeoutSeconds).to.equal(5);
  });

  it('ignores a timeout of 0 or less', () => {
    expect(parseListParameters(query('timeoutSeconds=0')).timeoutSeconds).to.equal(undefined);
    expect(parseListParameters(query('timeoutSeconds=-1')).timeoutSeconds).to.equal(undefined);
  });
});

describe('parseGetParameters()', () => {
  it('distinguishes a missing version, 0 and a version', () => {
    expect(parseGetParameters(query(''))).to.deep.equal({ resourceVersion: undefined });
    expect(parseGetParameters(query('resourceVersion=0'))).to.deep.equal({ resourceVersion: 0n });
    expect(parseGetParameters(query('resourceVersion=12'))).to.deep.equal({ resourceVersion: 12n });
  });

  it('throws a 400 for an invalid version, and for export', () => {
    expect(apiErrorFrom(() => parseGetParameters(query('resourceVersion=x'))).code).to.equal(400);
    expect(apiErrorFrom(() => parseGetParameters(query('export=true'))).message).to.equal(
      'the export parameter, deprecated since v1.14, is no longer supported',
    );
    expect(parseGetParameters(query('export=false')).resourceVersion).to.equal(undefined);
  });
});

describe('parseListParameters() with any text', () => {
  it('returns parameters without the version 0, or throws a 400 or 422', () => {
    fc.assert(
      fc.property(anyListQuery, (queryOfAnyText) => {
        const result = resultOrApiError(() => parseListParameters(queryOfAnyText));
        if (result instanceof ApiError) expect(result.code).to.be.oneOf([400, 422]);
        else {
          const from = result.source;
          expect('resourceVersion' in from && from.resourceVersion === 0n).to.equal(false);
        }
      }),
    );
  });
});
