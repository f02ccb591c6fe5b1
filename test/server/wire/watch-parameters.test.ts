import { expect } from 'chai';
import * as fc from 'fast-check';
import { ApiError } from '../../../src/server/wire/api-error.ts';
import { parseWatchParameters, type WatchRules, type WatchStart } from '../../../src/server/wire/watch-parameters.ts';
import { anyListQuery } from './any-list-query.ts';
import { apiErrorFrom, resultOrApiError } from './api-error-of.ts';

const query = (text: string): URLSearchParams => new URLSearchParams(text);

describe('parseWatchParameters()', () => {
  interface Expected {
    readonly start: WatchStart;
    /** True if initial events are sent; `end` is true for their end bookmark. */
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
      const parameters = parseWatchParameters(query(text), rules);
      expect(parameters.start).to.deep.equal(start);
      expect(parameters.sendInitialEvents).to.equal(events);
      expect(parameters.sendInitialEventsEnd).to.equal(end);
      expect(parameters.allowWatchBookmarks).to.equal(text.includes(bookmarks));
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
    ['continue=x', ['resourceVersionMatch is forbidden when continue is provided']],
    ['continue=x&resourceVersion=0', ['resourceVersionMatch is forbidden when continue is provided']],
    [
      'resourceVersionMatch=NotOlderThan&sendInitialEvents=1',
      ['sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled'],
      { watchList: false },
    ],
    ['sendInitialEvents=true', ['sendInitialEvents is forbidden for list'], { isWatchPath: true }],
  ];
  for (const [text, causes, rules] of invalid) {
    it(`throws a 422 for ?${text} ${rules === undefined ? '' : JSON.stringify(rules)}`, () => {
      const { status } = apiErrorFrom(() => parseWatchParameters(query(text), rules));
      expect(status.code).to.equal(422);
      const messages = status.details?.causes?.map(({ message }) => message?.replace('Forbidden: ', ''));
      expect(messages).to.deep.equal(causes);
    });
  }

  for (const [text, rules] of [
    ['continue=x&resourceVersion=7'],
    ['continue='],
    ['continue=x', { isWatchPath: true }],
    ['continue=x', { watchList: false }],
  ] as const) {
    it(`ignores a continue token without a resourceVersionMatch: ?${text} ${JSON.stringify(rules ?? {})}`, () => {
      expect(parseWatchParameters(query(text), rules).allowWatchBookmarks).to.equal(false);
    });
  }

  it('throws a 400 for an invalid version, like a list', () => {
    const { status } = apiErrorFrom(() => parseWatchParameters(query('resourceVersion=abc')));
    expect(status.code).to.equal(400);
    expect(status.message).to.match(/^invalid resource version: /);
  });

  it('returns parsed selectors and the timeout', () => {
    const parameters = parseWatchParameters(query('labelSelector=a&fieldSelector=b%3D1&timeoutSeconds=3'));
    expect(String(parameters.labelSelector)).to.equal('a');
    expect(String(parameters.fieldSelector)).to.equal('b=1');
    expect(parameters.timeoutSeconds).to.equal(3);
    expect(parseWatchParameters(query('timeoutSeconds=0')).timeoutSeconds).to.equal(undefined);
  });
});

describe('parseWatchParameters() with any text', () => {
  it('returns parameters without the version 0, or throws a 400 or 422', () => {
    fc.assert(
      fc.property(anyListQuery, fc.boolean(), fc.boolean(), (queryOfAnyText, isWatchPath, watchList) => {
        const result = resultOrApiError(() => parseWatchParameters(queryOfAnyText, { isWatchPath, watchList }));
        if (result instanceof ApiError) expect(result.code).to.be.oneOf([400, 422]);
        else {
          const from = result.start;
          expect('resourceVersion' in from && from.resourceVersion === 0n).to.equal(false);
        }
      }),
    );
  });
});
