import { expect } from 'chai';
import * as fc from 'fast-check';
import { ApiError } from '../../../src/server/wire/api-error.ts';
import { encodeContinueToken } from '../../../src/server/wire/continue-token.ts';
import {
  parseGetOptions,
  parseListOptions,
  parseWatchOptions,
  type ListSource,
  type WatchRules,
  type WatchStart,
} from '../../../src/server/wire/list-options.ts';
import { apiErrorFrom, resultOrApiError } from './api-error-of.ts';

const query = (text: string): URLSearchParams => new URLSearchParams(text);
const at7 = { resourceVersion: 7n, start: 'ns/a\0' };
const token = encodeContinueToken(at7);
const fresh = encodeContinueToken({ ...at7, resourceVersion: -1n });

const forbidden = 'Forbidden: resourceVersionMatch is forbidden';
const unlessProvided = `${forbidden} unless resourceVersion is provided`;
const withContinue = `${forbidden} when continue is provided`;

describe('parseListOptions', () => {
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
      const options = parseListOptions(query(text));
      expect(options.source).to.deep.equal(source);
      expect(options.limit).to.equal(limit);
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
    it(`answers 400 for ?${text.slice(0, 70)}`, () => {
      const { status } = apiErrorFrom(() => parseListOptions(query(text)));
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
    it(`answers 422 for ?${text.slice(0, 70)}`, () => {
      const { status } = apiErrorFrom(() => parseListOptions(query(text)));
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

  it('gives the reasons of the causes upstream gives', () => {
    const { status } = apiErrorFrom(() => parseListOptions(query('resourceVersionMatch=x')));
    expect(status.details?.causes?.map(({ reason }) => reason)).to.deep.equal([
      'FieldValueForbidden',
      'FieldValueNotSupported',
    ]);
  });

  it('says whether a version is exact by its limit only', () => {
    for (const [text, expected] of [
      ['resourceVersion=9&limit=1', true],
      ['resourceVersion=9&limit=1&resourceVersionMatch=Exact', false],
      ['resourceVersion=9&resourceVersionMatch=Exact', false],
      ['resourceVersion=9', false],
      ['limit=1', false],
      [`continue=${token}&limit=1`, false],
    ] as const) {
      expect(parseListOptions(query(text)).isExactByLimit, text).to.equal(expected);
    }
  });

  it('carries parsed selectors and the timeout', () => {
    const options = parseListOptions(
      query('labelSelector=b,a%3D1&fieldSelector=metadata.name%3D%3Dx&timeoutSeconds=5'),
    );
    expect(String(options.labelSelector)).to.equal('a=1,b');
    expect(String(options.fieldSelector)).to.equal('metadata.name=x');
    expect(options.timeoutSeconds).to.equal(5);
  });

  it('takes a timeout of 0 or less for none', () => {
    expect(parseListOptions(query('timeoutSeconds=0')).timeoutSeconds).to.equal(undefined);
    expect(parseListOptions(query('timeoutSeconds=-1')).timeoutSeconds).to.equal(undefined);
  });
});

describe('parseWatchOptions', () => {
  interface Expected {
    readonly start: WatchStart;
    /** Whether initial events are sent, and their end bookmark. */
    readonly events: boolean;
    readonly end: boolean;
  }
  const consistent: WatchStart = { from: 'consistent' };
  const latest: WatchStart = { from: 'latest' };
  const notOlderThan: WatchStart = { from: 'notOlderThan', resourceVersion: 9n };
  const after: WatchStart = { from: 'after', resourceVersion: 9n };
  const bookmarks = '&allowWatchBookmarks=true';
  const watchList = '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
  const noEvents = '&sendInitialEvents=false&resourceVersionMatch=NotOlderThan';

  const decisions: readonly (readonly [text: string, expected: Expected, rules?: WatchRules])[] = [
    ['', { start: consistent, events: true, end: false }],
    [bookmarks, { start: consistent, events: true, end: true }],
    ['resourceVersion=0', { start: latest, events: true, end: false }],
    [`resourceVersion=0${bookmarks}`, { start: latest, events: true, end: true }],
    [`resourceVersion=9${bookmarks}`, { start: after, events: false, end: false }],
    [watchList, { start: consistent, events: true, end: false }],
    [`${watchList}${bookmarks}`, { start: consistent, events: true, end: true }],
    [`resourceVersion=0${watchList}${bookmarks}`, { start: latest, events: true, end: true }],
    [`resourceVersion=9${watchList}${bookmarks}`, { start: notOlderThan, events: true, end: true }],
    [`${noEvents}${bookmarks}`, { start: consistent, events: false, end: false }],
    [`resourceVersion=0${noEvents}${bookmarks}`, { start: latest, events: false, end: false }],
    [`resourceVersion=9${noEvents}${bookmarks}`, { start: after, events: false, end: false }],
    [bookmarks, { start: latest, events: true, end: false }, { isWatchPath: true }],
    [`resourceVersion=0${bookmarks}`, { start: latest, events: true, end: false }, { isWatchPath: true }],
    [`resourceVersion=9${bookmarks}`, { start: after, events: false, end: false }, { isWatchPath: true }],
    [
      'resourceVersion=9&resourceVersionMatch=Exact',
      { start: after, events: false, end: false },
      { isWatchPath: true },
    ],
    [bookmarks, { start: consistent, events: true, end: false }, { watchList: false }],
    [`resourceVersion=0${bookmarks}`, { start: latest, events: true, end: false }, { watchList: false }],
  ];
  for (const [text, { start, events, end }, rules] of decisions) {
    it(`starts from "${start.from}" for ?${text} ${rules === undefined ? '' : JSON.stringify(rules)}`, () => {
      const options = parseWatchOptions(query(text), rules);
      expect(options.start).to.deep.equal(start);
      expect(options.sendInitialEvents).to.equal(events);
      expect(options.sendInitialEventsEnd).to.equal(end);
      expect(options.allowWatchBookmarks).to.equal(text.includes(bookmarks));
    });
  }

  const invalid: readonly (readonly [text: string, causes: readonly string[], rules?: WatchRules])[] = [
    ['sendInitialEvents=true', ['sendInitialEvents requires setting resourceVersionMatch to NotOlderThan']],
    ['sendInitialEvents=false', ['sendInitialEvents requires setting resourceVersionMatch to NotOlderThan']],
    [
      'sendInitialEvents=true&resourceVersionMatch=Exact',
      [
        'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
        'Unsupported value: "Exact": supported values: "NotOlderThan"',
      ],
    ],
    [
      'resourceVersionMatch=NotOlderThan',
      ['resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'],
    ],
    [
      'resourceVersionMatch=NotOlderThan&sendInitialEvents=1&continue=x',
      ['resourceVersionMatch is forbidden when continue is provided'],
    ],
    [
      'resourceVersionMatch=NotOlderThan&sendInitialEvents=1',
      ['sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled'],
      { watchList: false },
    ],
    ['sendInitialEvents=true', ['sendInitialEvents is forbidden for list'], { isWatchPath: true }],
  ];
  for (const [text, causes, rules] of invalid) {
    it(`answers 422 for ?${text} ${rules === undefined ? '' : JSON.stringify(rules)}`, () => {
      const { status } = apiErrorFrom(() => parseWatchOptions(query(text), rules));
      expect(status.code).to.equal(422);
      const messages = status.details?.causes?.map(({ message }) => message?.replace('Forbidden: ', ''));
      expect(messages).to.deep.equal(causes);
    });
  }

  it('answers 400, as a list does, for a version that is none', () => {
    const { status } = apiErrorFrom(() => parseWatchOptions(query('resourceVersion=abc')));
    expect(status.code).to.equal(400);
    expect(status.message).to.match(/^invalid resource version: /);
  });

  it('carries selectors and the timeout', () => {
    const options = parseWatchOptions(query('labelSelector=a&fieldSelector=b%3D1&timeoutSeconds=3'));
    expect(String(options.labelSelector)).to.equal('a');
    expect(String(options.fieldSelector)).to.equal('b=1');
    expect(options.timeoutSeconds).to.equal(3);
    expect(parseWatchOptions(query('timeoutSeconds=0')).timeoutSeconds).to.equal(undefined);
  });
});

describe('parseGetOptions', () => {
  it('tells unset from 0 from a version', () => {
    expect(parseGetOptions(query(''))).to.deep.equal({ resourceVersion: undefined });
    expect(parseGetOptions(query('resourceVersion=0'))).to.deep.equal({ resourceVersion: 0n });
    expect(parseGetOptions(query('resourceVersion=12'))).to.deep.equal({ resourceVersion: 12n });
  });

  it('answers 400 for what is no version, and for export', () => {
    expect(apiErrorFrom(() => parseGetOptions(query('resourceVersion=x'))).code).to.equal(400);
    expect(apiErrorFrom(() => parseGetOptions(query('export=true'))).message).to.equal(
      'the export parameter, deprecated since v1.14, is no longer supported',
    );
    expect(parseGetOptions(query('export=false')).resourceVersion).to.equal(undefined);
  });
});

describe('options of any text', () => {
  const value = fc.oneof(
    fc.constantFrom('', '0', '1', 'true', 'false', 'Exact', 'NotOlderThan', token, fresh, 'a=b'),
    fc.string(),
  );
  const name = fc.constantFrom(
    'resourceVersion',
    'resourceVersionMatch',
    'limit',
    'continue',
    'sendInitialEvents',
    'allowWatchBookmarks',
    'labelSelector',
    'fieldSelector',
    'timeoutSeconds',
  );
  const anyQuery = fc.array(fc.tuple(name, value), { maxLength: 6 }).map((pairs) => new URLSearchParams(pairs));

  it('are parsed or answered 400 or 422; a version 0 never comes out', () => {
    fc.assert(
      fc.property(anyQuery, fc.boolean(), fc.boolean(), (given, isWatchPath, watchList) => {
        for (const result of [
          resultOrApiError(() => parseListOptions(given)),
          resultOrApiError(() => parseWatchOptions(given, { isWatchPath, watchList })),
        ]) {
          if (result instanceof ApiError) {
            expect(result.code).to.be.oneOf([400, 422]);
          } else {
            const from = 'source' in result ? result.source : result.start;
            expect('resourceVersion' in from && from.resourceVersion === 0n).to.equal(false);
          }
        }
      }),
    );
  });
});
