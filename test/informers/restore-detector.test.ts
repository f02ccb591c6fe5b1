import { expect } from 'chai';
import { UpstreamApiError } from '../../src/informers/errors.ts';
import { RestoreDetector } from '../../src/informers/restore-detector.ts';
import { FakeClock } from '../../src/testing/informers/fake-clock.ts';
import { FakeListWatch } from '../../src/testing/informers/fake-list-watch.ts';
import { pod } from '../../src/testing/informers/objects.ts';

describe('RestoreDetector', () => {
  let clock: FakeClock;
  let upstream: FakeListWatch<object>;
  let frontier: string | undefined;
  let restored: string[];
  let suspected: string[];
  let failed: number;
  let stop: AbortController;
  let detector: RestoreDetector;

  beforeEach(() => {
    clock = new FakeClock();
    upstream = new FakeListWatch<object>([pod('a/a')], { revision: 89 });
    frontier = '100';
    restored = [];
    suspected = [];
    failed = 0;
    stop = new AbortController();
    const options = {
      listWatch: upstream,
      clock,
      frontier: () => frontier,
      onRestored: (version: string) => restored.push(version),
      onSuspected: (version: string) => suspected.push(version),
      onFailed: () => (failed += 1),
    };
    detector = new RestoreDetector(options, stop.signal);
  });
  afterEach(async () => {
    stop.abort();
    await clock.run(0);
    expect(clock.waiting).to.equal(0);
  });

  it('reports a restore after two checks a minute apart, and not earlier', async () => {
    detector.request();
    await clock.run(59_999);
    expect([suspected, restored]).to.deep.equal([['90'], []]);
    await clock.run(1);
    expect([suspected, restored]).to.deep.equal([['90', '90'], ['90']]);
  });

  it('trusts upstream again if the second check finds the frontier', async () => {
    detector.request();
    await clock.run(30_000);
    upstream.tick(10);
    await clock.run(300_000);
    expect(restored).to.deep.equal([]);
    expect(upstream.requests).to.have.length(2);
  });

  it('trusts upstream again if the frontier has moved, because its history continues', async () => {
    detector.request();
    await clock.run(30_000);
    frontier = '101';
    await clock.run(31_000);
    expect(restored).to.deep.equal([]);
    await clock.run(60_000);
    expect(restored, 'a minute after the frontier has moved').to.deep.equal(['90']);
  });

  it('doubles the time between the checks after each restore', async () => {
    detector.request();
    await clock.run(60_000);
    detector.accepted();
    detector.request();
    await clock.run(119_000);
    expect(restored).to.have.length(1);
    await clock.run(2_000);
    expect(restored).to.have.length(2);
  });

  it('checks at most once a second, for all callers', async () => {
    const first = detector.latest();
    await clock.run(0);
    const others = Promise.all(Array.from({ length: 1000 }, () => detector.latest()));
    await clock.run(999);
    expect(upstream.requests).to.have.length(1);
    await clock.run(1);
    expect(upstream.requests).to.have.length(2);
    expect(await first).to.equal('90');
    expect(new Set(await others)).to.deep.equal(new Set(['90']));
    expect(upstream.requests[0]).to.deep.equal({ verb: 'list', limit: 1 });
  });

  it('counts checks that fail, and continues', async () => {
    upstream.fail('list', { code: 500 });
    detector.request();
    await clock.run(1000);
    expect(failed).to.equal(1);
    upstream.fail('list', { code: 500 });
    const failure: unknown = await Promise.all([detector.latest(), clock.run(0)]).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(UpstreamApiError);
    detector.request();
    await clock.run(1000);
    expect(suspected).to.deep.equal(['90']);
  });

  it('does not suspect versions that do not compare, or a source that was not read', async () => {
    frontier = undefined;
    detector.request();
    expect(detector.saw('90')).to.equal(false);
    frontier = 'v-100';
    expect(detector.saw('v-90')).to.equal(false);
    await clock.run(120_000);
    expect([upstream.requests, suspected]).to.deep.equal([[], []]);
  });
});
