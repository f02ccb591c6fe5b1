/** The reflector detects and closes connections that deliver nothing. */
import { expect } from 'chai';
import { IdleTimeoutError } from '../../src/informers/errors.ts';
import { pod } from '../../src/testing/informers/objects.ts';
import { reflectorRig, stopRigs } from './reflector-rig.ts';

describe('Reflector', () => {
  afterEach(async () => {
    expect(await stopRigs()).to.deep.equal({ timers: 0, watches: 0, violations: [] });
  });

  describe('a silent connection', () => {
    it('is checked after 30 s, by a list of one object', async () => {
      const { clock, requests, checks, reflector } = reflectorRig([pod('a/a')]);
      await clock.run(29_999);
      expect(checks()).to.equal(0);
      await clock.run(1);
      expect(checks()).to.equal(1);
      await clock.run(270_000);
      expect(checks()).to.equal(9);
      expect(requests()).to.deep.equal(['watchlist']);
      expect(reflector.metrics).to.deep.include({ probes: 10, errors: {}, watches: 1 });
      expect(reflector.health.message).to.equal(undefined);
    });

    it('is not checked while bookmarks arrive', async () => {
      const { upstream, clock, checks } = reflectorRig([pod('a/a')]);
      for (let minute = 0; minute < 10; minute += 1) {
        await clock.run(25_000);
        upstream.bookmark();
      }
      expect(checks()).to.equal(0);
    });

    it('stays open if a short second watch shows that nothing was missed', async () => {
      const { upstream, clock, requests, reflector } = reflectorRig([pod('a/a')]);
      await clock.run(0);
      upstream.tick(10);
      await clock.run(30_000);
      expect(requests()).to.deep.equal(['watchlist', 'watch 101']);
      expect(upstream.watchOptions[1]?.timeoutSeconds).to.equal(5);
      expect(upstream.openWatches).to.equal(1);
      expect(reflector.metrics).to.deep.include({ errors: {}, reconnects: 0 });
    });

    it('is replaced if the second watch has an event', async () => {
      const { upstream, clock, requests, sink } = reflectorRig([pod('a/a')]);
      await clock.run(20_000);
      upstream.goSilent();
      upstream.put(pod('a/b'));
      await clock.run(9_000);
      expect(requests()).to.deep.equal(['watchlist']);
      // Only the old connection is dead.
      upstream.watch = ((watch) => (options, signal) => {
        upstream.wakeNew();
        return watch(options, signal);
      })(upstream.watch.bind(upstream));
      await clock.run(1_000);
      expect(requests()).to.deep.equal(['watch 101', 'watch 101']);
      expect(sink.take()).to.deep.equal(['replace 101: a/a', 'ADDED a/b 102']);
    });

    it('leads to a list within a minute if all watches are silent', async () => {
      const { upstream, clock, requests, sink, reflector } = reflectorRig([pod('a/a')]);
      await clock.run(20_000);
      upstream.goSilent();
      upstream.put(pod('a/b'));
      await clock.run(37_000);
      expect(requests()).to.deep.equal(['watchlist', 'watch 101', 'watchlist 101', 'list 101', 'watch 102']);
      expect(sink.take()).to.deep.equal(['replace 101: a/a', 'replace 102: a/a a/b']);
      expect(reflector.metrics.errors).to.deep.equal({ IdleTimeoutError: 1, IncompleteListError: 1 });
    });

    it('leads to polling if all watches stay silent, and to a watch when they work again', async () => {
      const { upstream, clock, sink, reflector } = reflectorRig([pod('a/a')]);
      await clock.run(20_000);
      upstream.goSilent();
      for (let minute = 0; minute < 10; minute += 1) {
        upstream.put(pod('a/b', { node: `n${minute}` }));
        await clock.run(60_000);
        expect(sink.frontier).to.equal(String(upstream.revision));
      }
      expect(reflector.metrics.stepsDown).to.be.greaterThan(0);
      expect(reflector.health.message).to.match(/^polled every 30 s, because .*the server has not ended the watch/);
      upstream.behave();
      await clock.run(1_800_000);
      expect(reflector.health.message).to.equal(undefined);
      expect(reflector.metrics.stepsUp).to.be.greaterThan(0);
      expect(upstream.openWatches).to.equal(1);
    });

    it('is closed at the deadline of the watch if it only seems to work', async () => {
      const { clock, requests, reflector } = reflectorRig([pod('a/a')]);
      await clock.run(329_999);
      expect(requests()).to.deep.equal(['watchlist']);
      await clock.run(801);
      expect(requests()).to.deep.equal(['watch 101']);
      expect(reflector.metrics.errors).to.deep.equal({ IdleTimeoutError: 1 });
    });

    it('is not assumed when one request for a watch times out: the watch resumes from the frontier', async () => {
      const { upstream, clock, requests, sink, reflector } = reflectorRig([pod('a/a')]);
      await clock.run(5_000);
      upstream.fail('watch', new IdleTimeoutError('no answer'));
      upstream.breakWatches();
      upstream.put(pod('a/b'), pod('a/c'));
      await clock.run(800);
      expect(requests()).to.deep.equal(['watchlist', 'watch 101', 'watch 101']);
      expect(sink.take().slice(1)).to.deep.equal(['ADDED a/b 102', 'ADDED a/c 103']);
      expect(reflector.metrics.relists).to.equal(0);
    });
  });
});
