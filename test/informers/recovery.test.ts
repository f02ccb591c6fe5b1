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
import { remedyFor, type Remedy, type Situation } from '../../src/informers/recovery.ts';

const api = (code: number, cause?: string): UpstreamApiError =>
  new UpstreamApiError({ code, ...(cause === undefined ? {} : { details: { causes: [{ reason: cause }] } }) });
const tooLarge = api(504, 'ResourceVersionTooLarge');
const read: Remedy = { next: 'reading', wait: true };
const watch: Remedy = { next: 'watching', wait: true };
const withoutWatchList: Remedy = { next: 'reading', wait: false, withoutWatchList: 'always' };

describe('remedyFor()', () => {
  const cases: [string, Error, Partial<Situation>, Remedy][] = [
    ['WatchList 422', api(422), { byWatchList: true }, withoutWatchList],
    ['WatchList 405', api(405), { byWatchList: true }, withoutWatchList],
    ['WatchList unfinished', new IncompleteListError('x'), { byWatchList: true }, withoutWatchList],
    ['WatchList not watchable', new NotWatchableError('x'), { byWatchList: true }, withoutWatchList],
    ['WatchList 403', api(403), { byWatchList: true }, read],
    ['WatchList 404', api(404), { byWatchList: true }, read],
    ['WatchList 429', api(429), { byWatchList: true }, read],
    ['WatchList 500', api(500), { byWatchList: true }, { ...read, withoutWatchList: 'once' }],
    ['WatchList undecodable', new DecodeError('x'), { byWatchList: true }, { ...read, withoutWatchList: 'once' }],
    ['WatchList connection', new ConnectionError('x'), { byWatchList: true }, read],
    ['list 422', api(422), {}, read],
    ['list 410', api(410), {}, { next: 'reading', wait: false, requestLatest: true }],
    ['list 410 of the latest', api(410), { requestedLatest: true }, { ...read, requestLatest: true }],
    ['list too large', tooLarge, {}, { ...read, requestLatest: true }],
    ['list stale', new StaleListError('1', '2'), {}, { ...read, requestLatest: true }],
    ['watch 410', api(410), { failed: 'watching' }, { next: 'reading', wait: false }],
    ['watch 410 after a list', api(410), { failed: 'watching', noFrameSinceState: true }, read],
    ['watch 404', api(404), { failed: 'watching' }, read],
    ['watch 400', api(400), { failed: 'watching' }, read],
    ['watch 401', api(401), { failed: 'watching' }, watch],
    ['watch 403', api(403), { failed: 'watching' }, watch],
    ['watch 429', api(429), { failed: 'watching' }, watch],
    ['watch 500', api(500), { failed: 'watching' }, watch],
    ['watch too large', tooLarge, { failed: 'watching' }, watch],
    ['watch 405', api(405), { failed: 'watching' }, { next: 'polling', wait: true }],
    ['watch undecodable', new DecodeError('x'), { failed: 'watching' }, read],
    ['watch silent', new IdleTimeoutError('x'), { failed: 'watching', silentWatches: 1 }, watch],
    ['watch silent twice', new IdleTimeoutError('x'), { failed: 'watching', silentWatches: 2 }, read],
    ['watch connection', new ConnectionError('x'), { failed: 'watching' }, watch],
    ['poll', api(410), { failed: 'polling' }, { next: 'polling', wait: true }],
  ];
  for (const [name, error, situation, remedy] of cases) {
    it(`returns the remedy for: ${name}`, () => {
      const usual: Situation = {
        failed: 'reading',
        byWatchList: false,
        requestedLatest: false,
        noFrameSinceState: false,
        silentWatches: 0,
      };
      expect(remedyFor(error, { ...usual, ...situation })).to.deep.equal(remedy);
    });
  }
});
