import { expect } from 'chai';
import {
  ConnectionError,
  DecodeError,
  IdleTimeoutError,
  IncompleteListError,
  NotWatchableError,
  StaleListError,
  UpstreamApiError,
} from '../../src/informers/errors.ts';
import {
  afterFailure,
  afterFrame,
  afterInitialEvents,
  afterList,
  afterWatch,
  initialState,
  type Reading,
  type Watching,
} from '../../src/informers/reflector-state.ts';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import { WatchConnection } from '../../src/informers/watch-connection.ts';
import { FakeClock } from '../../src/testing/informers/fake-clock.ts';
import { FakeListWatch } from '../../src/testing/informers/fake-list-watch.ts';

const reading: Reading = { at: 'reading', mode: 'watchList', latest: false, silentWatches: 0 };
const expired = new UpstreamApiError({ code: 410 });

describe('the states of a reflector', () => {
  const clock = new FakeClock();
  let connection: WatchConnection<V1Pod>;

  beforeEach(async () => {
    const listWatch = new FakeListWatch<V1Pod>();
    const { signal } = new AbortController();
    connection = await WatchConnection.open({ listWatch, clock, signal, options: { timeoutSeconds: 300 } });
  });

  afterEach(() => {
    connection.close();
    expect(clock.waiting).to.equal(0);
  });

  const watching = (facts: Partial<Watching<V1Pod>> = {}): Watching<V1Pod> => ({
    ...afterInitialEvents(reading, connection),
    ...facts,
  });

  it('begin with a WatchList, or with polling', () => {
    expect(initialState(false)).to.deep.equal(reading);
    expect(initialState(true)).to.deep.equal({ at: 'polling' });
  });

  it('use pages once after a fault of the server, and then WatchList again', () => {
    const { next } = afterFailure(new DecodeError('x'), reading);
    expect(next).to.deep.equal({ ...reading, mode: 'pagesOnce' });
    expect(afterFailure(new DecodeError('x'), next as Reading).next).to.deep.equal(reading);
    expect(afterList(next as Reading)).to.include({ at: 'connecting', mode: 'watchList', noFrameSinceState: true });
  });

  it('use pages from now on when the server refuses WatchList', () => {
    const { next, wait } = afterFailure(new IncompleteListError('x'), reading);
    expect([next, wait]).to.deep.equal([{ ...reading, mode: 'pages' }, false]);
    expect(afterList(next as Reading)).to.include({ mode: 'pages' });
    expect(afterFailure(expired, { ...watching(), mode: 'pages' }).next).to.include({ at: 'reading', mode: 'pages' });
  });

  it('request the latest state until one was read', () => {
    const { next } = afterFailure(new StaleListError('1', '2'), reading);
    expect(next).to.deep.equal({ ...reading, latest: true });
    expect(afterFailure(new ConnectionError('x'), next as Reading).next).to.deep.equal({ ...reading, latest: true });
    expect(afterFailure(expired, watching()).next).to.deep.equal(reading);
  });

  it('wait before they read again only when no frame has come since the last complete state', () => {
    expect(afterFailure(expired, watching()).wait).to.equal(true);
    expect(afterFailure(expired, afterFrame(watching())).wait).to.equal(false);
  });

  it('read again after the second silent watch in a row', () => {
    const silent = new IdleTimeoutError('x');
    const first = afterFailure(silent, watching());
    expect(first.next).to.include({ at: 'connecting', silentWatches: 1 });
    expect(afterFailure(silent, watching({ silentWatches: 1 })).next).to.include({ at: 'reading', silentWatches: 2 });
    expect(afterFrame(watching({ silentWatches: 1 }))).to.include({ silentWatches: 0 });
  });

  it('do not count a watch that was never accepted as a silent one', () => {
    const { next } = afterFailure(new IdleTimeoutError('x'), afterList({ ...reading, silentWatches: 1 }));
    expect(next).to.include({ at: 'connecting', silentWatches: 1 });
  });

  it('check the version of the server after a watch that lasted and delivered no frame', () => {
    expect(afterWatch(watching()).at).to.equal('connecting');
    clock.advance(1000);
    expect(afterWatch(watching()).at).to.equal('checking');
  });

  it('resume a healthy watch without a wait when its connection breaks', () => {
    expect(afterFailure(new ConnectionError('x'), watching()).wait).to.equal(true);
    clock.advance(1000);
    expect(afterFailure(new ConnectionError('x'), watching())).to.deep.include({ wait: false });
    expect(afterFailure(new UpstreamApiError({ code: 500 }), watching()).wait).to.equal(true);
  });

  it('poll a resource that cannot be watched', () => {
    expect(afterFailure(new NotWatchableError('x'), watching()).next).to.deep.equal({ at: 'polling' });
  });
});
