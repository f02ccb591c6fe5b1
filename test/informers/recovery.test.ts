import { expect } from 'chai';
import {
  UpstreamApiError,
  ConnectionError,
  DecodeError,
  IdleTimeoutError,
  IncompleteListError,
  NotWatchableError,
  StaleListError,
} from '../../src/informers/errors.ts';
import { connectionFailure } from '../../src/informers/request-failure.ts';
import { remedyFor, type Remedy, type Situation } from '../../src/informers/recovery.ts';

const api = (code: number, cause?: string): UpstreamApiError =>
  new UpstreamApiError({ code, ...(cause === undefined ? {} : { details: { causes: [{ reason: cause }] } }) });
const busy = new UpstreamApiError({ code: 429, details: { retryAfterSeconds: 3 } });
const tooLarge = api(504, 'ResourceVersionTooLarge');
const refused = connectionFailure('https://here', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }));
const other: Remedy = { next: 'otherWay', wait: 'none' };
const unsupported: Remedy = { ...other, isUnsupported: true };
const notOnePage: Remedy = { ...other, skips: 'onePage' };
const outage: Remedy = { next: 'watch', wait: 'backoff', isOutage: true };
const watch: Remedy = { next: 'watch', wait: 'backoff' };
const read: Remedy = { next: 'read', wait: 'backoffIfRecent' };

describe('remedyFor()', () => {
  const cases: [string, Error, Partial<Situation>, Remedy][] = [
    ['WatchList 422', api(422), { failed: 'watchList' }, unsupported],
    ['WatchList 405', api(405), { failed: 'watchList' }, unsupported],
    ['WatchList unfinished', new IncompleteListError('x'), { failed: 'watchList' }, unsupported],
    ['WatchList not watchable', new NotWatchableError('x'), { failed: 'watchList' }, unsupported],
    ['WatchList 403', api(403), { failed: 'watchList' }, other],
    ['WatchList 404', api(404), { failed: 'watchList' }, other],
    ['WatchList 429', api(429), { failed: 'watchList' }, other],
    ['WatchList 429 with Retry-After', busy, { failed: 'watchList' }, { ...other, wait: 'backoff' }],
    ['WatchList 500', api(500), { failed: 'watchList' }, other],
    ['WatchList undecodable', new DecodeError('x'), { failed: 'watchList' }, other],
    ['WatchList reset', new ConnectionError('x'), { failed: 'watchList' }, other],
    ['WatchList refused', refused, { failed: 'watchList' }, outage],
    ['list 422', api(422), {}, other],
    ['list 410', api(410), {}, { ...other, requestLatest: true }],
    ['list too large', tooLarge, {}, { ...notOnePage, requestLatest: true }],
    ['list stale', new StaleListError('1', '2'), {}, { ...notOnePage, requestLatest: true }],
    ['list 403', api(403), {}, notOnePage],
    ['list 404', api(404), {}, notOnePage],
    ['list 429', api(429), {}, notOnePage],
    ['list 500', api(500), {}, other],
    ['list undecodable', new DecodeError('x'), {}, other],
    ['list silent', new IdleTimeoutError('x'), {}, notOnePage],
    ['list with pages of different versions', new IncompleteListError('x'), {}, unsupported],
    ['list refused', refused, {}, outage],
    ['watch 410', api(410), { failed: 'watch' }, { next: 'read', wait: 'expiry' }],
    ['watch 404', api(404), { failed: 'watch' }, read],
    ['watch 400', api(400), { failed: 'watch' }, read],
    ['watch 401', api(401), { failed: 'watch' }, watch],
    ['watch 403', api(403), { failed: 'watch' }, watch],
    ['watch 403 twice', api(403), { failed: 'watch', failures: 2 }, read],
    ['watch 429', api(429), { failed: 'watch' }, watch],
    ['watch 429 twice', api(429), { failed: 'watch', failures: 2 }, read],
    ['watch 429 twice with Retry-After', busy, { failed: 'watch', failures: 2 }, { ...read, wait: 'backoff' }],
    ['watch 500', api(500), { failed: 'watch' }, watch],
    ['watch 500 twice', api(500), { failed: 'watch', failures: 2 }, read],
    ['watch 500 after other ways', api(500), { failed: 'watch', othersFailed: true }, other],
    ['watch too large', tooLarge, { failed: 'watch' }, { ...read, requestLatest: true }],
    ['watch 405', api(405), { failed: 'watch' }, { next: 'read', wait: 'backoff', isUnsupported: true }],
    ['watch undecodable', new DecodeError('x'), { failed: 'watch' }, read],
    ['watch silent', new IdleTimeoutError('x'), { failed: 'watch' }, watch],
    ['watch silent twice', new IdleTimeoutError('x'), { failed: 'watch', failures: 2 }, read],
    ['watch reset', new ConnectionError('x'), { failed: 'watch' }, watch],
    [
      'watch reset after a while',
      new ConnectionError('x'),
      { failed: 'watch', wasHealthy: true },
      { ...watch, wait: 'none' },
    ],
    ['watch reset twice', new ConnectionError('x'), { failed: 'watch', failures: 2 }, read],
    ['watch refused many times', refused, { failed: 'watch', failures: 9 }, outage],
  ];
  for (const [name, error, situation, remedy] of cases) {
    it(`returns the remedy for: ${name}`, () => {
      expect(remedyFor(error, { failed: 'pages', failures: 1, ...situation })).to.deep.equal(remedy);
    });
  }
});
