import { expect } from 'chai';
import { ConnectionError, StaleListError, TransformError, UpstreamApiError } from '../../src/informers/errors.ts';
import { ReflectorStatus } from '../../src/informers/reflector-status.ts';
import { FakeClock } from '../../src/testing/informers/fake-clock.ts';

describe('ReflectorStatus', () => {
  let clock: FakeClock;
  let status: ReflectorStatus;

  beforeEach(() => {
    clock = new FakeClock(0);
    status = new ReflectorStatus(clock);
  });

  it('is not ready before the first complete state', () => {
    const message = 'the first complete state has not arrived';
    expect(status.health).to.deep.equal({
      hasRead: false,
      ready: false,
      message,
      cause: undefined,
      failingSince: undefined,
      failures: 0,
      needsAction: false,
      lastActivity: undefined,
    });
    status.read([]);
    expect(status.health).to.deep.equal({
      hasRead: true,
      ready: true,
      message: undefined,
      cause: undefined,
      failingSince: undefined,
      failures: 0,
      needsAction: false,
      lastActivity: 0,
    });
  });

  it('stays ready during a failure, and reports it in one line', () => {
    status.read([]);
    status.failed(new ConnectionError('broken\n  pipe'));
    expect(status.health).to.include({ ready: true, message: 'broken pipe' });
    status.failed(new UpstreamApiError({ code: 403, message: 'no' }));
    expect(status.health).to.include({ ready: true, message: 'not allowed: no' });
    status.connected();
    expect(status.health.message).to.equal(undefined);
  });

  it('needs action after 401, 403 and 404, until a request succeeds or fails otherwise', () => {
    for (const code of [401, 403, 404]) {
      status.failed(new UpstreamApiError({ code }));
      expect(status.health.needsAction, String(code)).to.equal(true);
      if (code === 403) status.connected();
      else status.failed(new UpstreamApiError({ code: 503 }));
      expect(status.health.needsAction, String(code)).to.equal(false);
    }
  });

  it('counts each failure under its cause', () => {
    status.failed(new ConnectionError('x'));
    status.alsoFailed(new UpstreamApiError({ code: 410 }));
    status.subscriberFailed(new Error('oops'));
    const errors = { ConnectionError: 1, 'UpstreamApiError 410': 1, Subscriber: 1 };
    expect(status.metrics.errors).to.deep.equal(errors);
  });

  it('is gone once, after a minute of 404', () => {
    status.read([]);
    status.failed(new UpstreamApiError({ code: 404, message: 'no such resource' }));
    expect(status.health).to.include({ ready: true, message: 'the resource no longer exists: no such resource' });
    clock.advance(59_999);
    expect(status.takeGone()).to.equal(false);
    clock.advance(1);
    expect([status.takeGone(), status.takeGone()]).to.deep.equal([true, false]);
    expect(status.health).to.include({ hasRead: false, ready: true });
  });

  it('is ready from the first complete state on, whatever happens then', () => {
    for (const error of [
      ...[401, 403, 404, 410, 429, 500].map((code) => new UpstreamApiError({ code })),
      new StaleListError('1', '2'),
      new ConnectionError('x'),
    ]) {
      status = new ReflectorStatus(clock);
      status.failed(error);
      expect(status.health.ready, `${error.message}, before`).to.equal(false);
      status.read([]);
      for (let hour = 0; hour < 5; hour += 1) {
        status.failed(error);
        clock.advance(3_600_000);
        status.takeGone();
        expect(status.health.ready, error.message).to.equal(true);
      }
    }
  });

  it('counts failed requests, and since when, until one succeeds', () => {
    for (let i = 0; i < 3; i += 1) {
      clock.advance(10);
      status.failed(new ConnectionError('x'));
    }
    expect(status.health).to.include({ cause: 'ConnectionError', failures: 3, failingSince: 10 });
    status.failed(new UpstreamApiError({ code: 503 }));
    expect(status.health).to.include({ cause: 'UpstreamApiError 503', failures: 4, failingSince: 10 });
    status.connected();
    expect(status.health).to.include({ cause: undefined, failures: 0, failingSince: undefined });
  });

  it('notifies when a problem begins, changes, repeats or ends, and not for each event', () => {
    let calls = 0;
    const status = new ReflectorStatus(clock, { onStatus: () => (calls += 1) });
    const callsOf = (step: () => void): number => {
      const before = calls;
      step();
      return calls - before;
    };
    const error = new ConnectionError('x');
    expect(callsOf(() => status.failed(error))).to.equal(1);
    expect(callsOf(() => status.failed(error))).to.equal(1);
    expect(callsOf(() => status.connected())).to.equal(1);
    expect(callsOf(() => status.read([]))).to.equal(1);
    const quiet = callsOf(() => {
      status.connected();
      status.received();
      status.applied('a/a');
    });
    expect(quiet).to.equal(0);
    const omit = (key: string): number => callsOf(() => status.omitted(key, new TransformError(key, 'x')));
    expect([omit('a/a'), omit('a/b'), omit('a/a')]).to.deep.equal([1, 0, 0]);
    expect(callsOf(() => status.applied('a/a'))).to.equal(0);
    expect(callsOf(() => status.omitted('a/b', undefined))).to.equal(1);
    expect(callsOf(() => status.subscriberFailed(error))).to.equal(1);
    expect(callsOf(() => status.polled('x', 1000))).to.equal(1);
  });

  it('reports the first omitted object and the number of the others', () => {
    status.read([new TransformError('a/a', 'x'), new TransformError('a/b', 'y')]);
    expect(status.health.message).to.equal('the transform failed for a/a: x (and 1 more objects)');
    status.applied('a/a');
    expect(status.health.message).to.equal('the transform failed for a/b: y');
    status.omitted('a/b', undefined);
    expect(status.health.message).to.equal(undefined);
  });

  it('reports the failure of a subscriber and the interval of polls', () => {
    status.read([]);
    status.polled('it cannot be watched', 20_000);
    expect(status.health.message).to.equal('polled every 20 s, because it cannot be watched');
    status.subscriberFailed(new Error('oops'));
    expect(status.health.message).to.equal('a subscriber failed: oops');
  });
});
