import { expect } from 'chai';
import {
  ConnectionError,
  DecodeError,
  IncompleteListError,
  StaleListError,
  UpstreamApiError,
} from '../../src/informers/errors.ts';
import { Ladder } from '../../src/informers/ladder.ts';
import {
  afterFailure,
  afterFrame,
  afterInitialEvents,
  afterList,
  afterWatch,
  NEW_ROUND,
  type Reading,
  readingFrom,
  type Recovery,
  type Watching,
} from '../../src/informers/reflector-state.ts';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import { WatchConnection } from '../../src/informers/watch-connection.ts';
import { FakeClock } from '../../src/testing/informers/fake-clock.ts';
import { FakeListWatch } from '../../src/testing/informers/fake-list-watch.ts';

const reading: Reading = { at: 'reading', way: 'watchList', round: NEW_ROUND };
const expired = new UpstreamApiError({ code: 410 });
const fault = new UpstreamApiError({ code: 500 });

describe('the states of a reflector', () => {
  const clock = new FakeClock();
  let connection: WatchConnection<V1Pod>;
  let ladder: Ladder;

  beforeEach(async () => {
    const listWatch = new FakeListWatch<V1Pod>();
    const { signal } = new AbortController();
    connection = await WatchConnection.open({ listWatch, clock, signal, options: { timeoutSeconds: 300 } });
    ladder = new Ladder({ clock, random: () => 0, poll: false, count: () => undefined });
  });

  afterEach(() => {
    connection.close();
    expect(clock.waiting).to.equal(0);
  });

  const watching = (facts: Partial<Watching<V1Pod>> = {}): Watching<V1Pod> => ({
    ...afterInitialEvents(connection),
    ...facts,
  });
  const after = (error: Error, failed: Parameters<typeof afterFailure>[1], canWatch = true): Recovery =>
    afterFailure(error, failed, ladder, canWatch);

  it('begin with a WatchList, or with a list if the user wants to poll', () => {
    expect(readingFrom(ladder)).to.deep.equal(reading);
    const polling = new Ladder({ clock, random: () => 0, poll: true, count: () => undefined });
    expect(readingFrom(polling)).to.include({ at: 'reading', way: 'pages' });
  });

  it('try each way once without a wait, and then wait', () => {
    const tried: string[] = [];
    let recovery: Recovery = { next: reading, wait: 'none' };
    while (recovery.wait === 'none') {
      tried.push(recovery.next.at === 'reading' ? recovery.next.way : 'watch');
      recovery = after(fault, recovery.next);
    }
    expect(tried).to.deep.equal(['watchList', 'pages', 'onePage', 'watch']);
    // The next round begins with the cheapest way, and continues with the others.
    expect(recovery).to.deep.include({ wait: 'backoff' });
    expect(recovery.next).to.include({ at: 'connecting', round: NEW_ROUND });
    ladder.failed('watch', false);
    expect(after(fault, recovery.next).next).to.deep.equal({ ...reading, round: { failed: ['watch'], latest: false } });
  });

  it('do not watch before a complete state was read', () => {
    const round = { failed: ['watchList' as const, 'pages' as const], latest: false };
    expect(after(fault, { ...reading, way: 'onePage', round }, false).next).to.deep.equal(reading);
  });

  it('read by pages from now on when the server refuses WatchList', () => {
    const { next, wait } = after(new IncompleteListError('x'), reading);
    expect([next, wait]).to.deep.equal([
      { ...reading, way: 'pages', round: { failed: ['watchList'], latest: false } },
      'none',
    ]);
    ladder.read('pages');
    expect(after(expired, watching()).next).to.include({ at: 'reading', way: 'pages' });
  });

  it('read by a WatchList again after a single fault', () => {
    after(new DecodeError('x'), reading);
    ladder.read('pages');
    expect(after(expired, watching()).next).to.include({ at: 'reading', way: 'watchList' });
  });

  it('request the latest state until one was read', () => {
    const { next } = after(new StaleListError('1', '2'), reading);
    expect(next).to.deep.include({ way: 'pages', round: { failed: ['watchList'], latest: true } });
    expect(after(new ConnectionError('x'), next).next.round.latest).to.equal(true);
    expect(after(expired, watching()).next.round.latest).to.equal(false);
  });

  it('read after the second failure of a watch in a row', () => {
    expect(after(fault, watching())).to.deep.include({ wait: 'backoff' });
    const next = { ...reading, round: { failed: ['watch'], latest: false } };
    expect(after(fault, afterList())).to.deep.include({ next, wait: 'backoffIfRecent' });
    ladder.watched();
    expect(after(fault, watching()).next.at).to.equal('connecting');
  });

  it('do not count a 410 after a frame as a failure', () => {
    for (let count = 0; count < 5; count += 1) after(expired, afterFrame(watching()));
    expect(ladder.failuresOf('watch')).to.equal(0);
    after(expired, watching());
    expect(ladder.failuresOf('watch')).to.equal(1);
  });

  it('end a round at the first frame', () => {
    const round = { failed: ['pages' as const], latest: false };
    expect(afterFrame(watching({ round }))).to.include({ round: NEW_ROUND, noFrameSinceState: false });
    expect(afterWatch(watching({ round }))).to.include({ at: 'connecting', round: NEW_ROUND });
  });

  it('resume a watch without a wait when its connection breaks after a second', () => {
    expect(after(new ConnectionError('x'), watching()).wait).to.equal('backoff');
    ladder.watched();
    clock.advance(1000);
    const { next, wait } = after(new ConnectionError('x'), watching());
    expect(wait).to.equal('none');
    expect(next).to.include({ at: 'connecting', cuts: 1 });
    // The second watch in a row without a frame was not idle.
    expect(after(new ConnectionError('x'), watching({ cuts: 1 })).wait).to.equal('backoff');
  });
});
