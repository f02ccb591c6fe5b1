import { expect } from 'chai';
import { ConnectionError, StaleListError, TransformError, UpstreamApiError } from '../../src/informers/errors.ts';
import { ReflectorStatus, sumMetrics } from '../../src/informers/reflector-status.ts';
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
      needsAction: false,
      lastActivity: undefined,
    });
    status.read([]);
    expect(status.health).to.deep.equal({
      hasRead: true,
      ready: true,
      message: undefined,
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

  it('is gone once, after a minute of 404', () => {
    status.read([]);
    status.failed(new UpstreamApiError({ code: 404, message: 'no such resource' }));
    expect(status.health).to.include({ ready: false, message: 'the resource no longer exists: no such resource' });
    clock.advance(59_999);
    expect(status.takeGone()).to.equal(false);
    clock.advance(1);
    expect([status.takeGone(), status.takeGone()]).to.deep.equal([true, false]);
    expect(status.health.hasRead).to.equal(false);
  });

  it('is not ready after two minutes of stale states', () => {
    status.read([]);
    for (const ready of [true, false]) {
      status.failed(new StaleListError('1', '2'));
      expect(status.health.ready).to.equal(ready);
      clock.advance(120_000);
    }
    status.read([]);
    expect(status.health.ready).to.equal(true);
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

  it('counts causes separately up to a limit', () => {
    for (let code = 500; code < 560; code += 1) status.failed(new UpstreamApiError({ code }));
    expect(Object.keys(status.metrics.errors)).to.have.length(51);
    expect(status.metrics.errors['other']).to.equal(10);
  });
});

describe('sumMetrics()', () => {
  it('adds counters and causes', () => {
    const clock = new FakeClock();
    const all = [new ReflectorStatus(clock), new ReflectorStatus(clock)];
    for (const status of all) {
      status.count('lists');
      status.failed(new ConnectionError('x'));
    }
    const sum = sumMetrics(all.map(({ metrics }) => metrics));
    expect(sum).to.deep.include({ lists: 2, watches: 0, errors: { ConnectionError: 2 } });
    expect(sumMetrics([])).to.deep.equal(new ReflectorStatus(clock).metrics);
  });
});
