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
    it('is closed after two and a half bookmark intervals if a bookmark has arrived', async () => {
      const { upstream, clock, requests, sink, reflector } = reflectorRig([pod('a/a')]);
      await clock.run(60_000);
      upstream.bookmark();
      await clock.run(60_000);
      upstream.goSilent();
      upstream.put(pod('a/b'));
      await clock.run(89_999);
      expect(requests()).to.deep.equal(['watchlist']);
      await clock.run(1);
      expect(reflector.metrics.errors).to.deep.equal({ IdleTimeoutError: 1 });
      upstream.wake();
      await clock.run(800);
      expect(requests()).to.deep.equal(['watch 101']);
      expect(sink.take()).to.deep.equal(['replace 101: a/a', 'ADDED a/b 102']);
    });

    it('is closed at the deadline of the watch if no bookmark has arrived', async () => {
      const { upstream, clock, requests, reflector } = reflectorRig([pod('a/a')]);
      await clock.run(329_999);
      expect(requests()).to.deep.equal(['watchlist']);
      await clock.run(801);
      expect(requests()).to.deep.equal(['check', 'watch 101']);
      expect(reflector.metrics.errors).to.deep.equal({ IdleTimeoutError: 1 });
      expect(upstream.openWatches).to.equal(1);
    });

    it('leads to a new list if the next one is silent too', async () => {
      const { upstream, clock, requests } = reflectorRig([pod('a/a')]);
      upstream.watchList = 'refused';
      upstream.goSilent();
      await clock.run(330_800);
      expect(requests()).to.deep.equal(['watchlist', 'list', 'watch 101', 'check', 'watch 101']);
      await clock.run(330_800);
      expect(requests()).to.deep.equal(['list 101', 'watch 101']);
    });

    it('is not assumed when requests for a watch time out: the watch resumes from the frontier', async () => {
      const { upstream, clock, requests, sink, reflector } = reflectorRig([pod('a/a')]);
      upstream.put(pod('a/b'));
      await clock.run(0);
      upstream.bookmark();
      upstream.goSilent();
      upstream.fail('watch', new IdleTimeoutError('no answer'), 4);
      upstream.put(pod('a/c'), pod('a/d'));
      await clock.run(200_000);
      upstream.wake();
      await clock.run(30_000);
      expect(requests()).to.deep.equal(['watchlist', ...Array.from({ length: 5 }, () => 'watch 102')]);
      expect(sink.take().slice(-2)).to.deep.equal(['ADDED a/c 103', 'ADDED a/d 104']);
      expect(reflector.metrics).to.deep.include({ relists: 0, errors: { IdleTimeoutError: 5 } });
    });

    it('may be idle if no bookmark has arrived on it', async () => {
      const { upstream, clock, requests, reflector } = reflectorRig([pod('a/a')]);
      await clock.run(60_000);
      upstream.bookmark();
      upstream.endWatches();
      await clock.run(0);
      expect(requests()).to.deep.equal(['watchlist', 'watch 101']);
      await clock.run(250_000);
      expect(requests()).to.deep.equal([]);
      expect(reflector.metrics.errors).to.deep.equal({});
    });

    it('is followed by a list of one object, which detects versions that went back', async () => {
      const { upstream, clock, requests, reflector, sink } = reflectorRig([pod('a/a')]);
      await clock.run(300_000);
      upstream.endWatches();
      await clock.run(0);
      expect(requests()).to.deep.equal(['watchlist', 'check', 'watch 101']);
      upstream.tick(10);
      upstream.bookmark();
      await clock.run(0);
      upstream.endWatches();
      await clock.run(0);
      expect(requests()).to.deep.equal(['watch 111']);
      await clock.run(300_000);
      upstream.staleAt = 101;
      upstream.endWatches();
      await clock.run(300_000);
      expect(requests().slice(0, 2)).to.deep.equal(['check', 'watchlist']);
      expect(reflector.health.ready).to.equal(true);
      expect(reflector.health.message).to.match(/restored from a backup/);
      expect(sink.take()).to.deep.equal(['replace 101: a/a', 'progress 111']);
    });
  });
});
