/** The reflector reads the complete state by WatchList, or by pages. */
import { expect } from 'chai';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import { pod } from '../../src/testing/informers/objects.ts';
import { reflectorRig, stopRigs } from './reflector-rig.ts';

const many = (count: number): V1Pod[] =>
  Array.from({ length: count }, (_, index) => pod(`a/p${String(index).padStart(5, '0')}`));

describe('Reflector', () => {
  afterEach(async () => {
    expect(await stopRigs()).to.deep.equal({ timers: 0, watches: 0, violations: [] });
  });

  describe('reading by WatchList', () => {
    it('requests the initial events, and writes them to the sink together with the version of their end', async () => {
      const { upstream, clock, sink, requests } = reflectorRig([pod('a/a'), pod('a/b')]);
      await clock.run(0);
      expect(requests()).to.deep.equal(['watchlist']);
      expect(upstream.requests[0]).to.deep.equal({
        verb: 'watch',
        sendInitialEvents: true,
        resourceVersionMatch: 'NotOlderThan',
        resourceVersion: undefined,
      });
      expect(upstream.watchOptions[0]?.allowWatchBookmarks).to.equal(true);
      expect(sink.take()).to.deep.equal(['replace 102: a/a a/b']);
    });

    it('continues with the same watch', async () => {
      const { upstream, clock, sink, requests, reflector } = reflectorRig([pod('a/a')]);
      await clock.run(0);
      upstream.put(pod('a/b'), pod('a/a', { node: 'n1' }));
      upstream.delete('a/b');
      await clock.run(0);
      expect(sink.take()).to.deep.equal(['replace 101: a/a', 'ADDED a/b 102', 'MODIFIED a/a 103', 'DELETED a/b 104']);
      expect(requests()).to.deep.equal(['watchlist']);
      expect(reflector.metrics).to.include({ watchLists: 1, lists: 0, watches: 1, events: 3, relists: 0 });
      expect(reflector.health).to.include({ hasRead: true, ready: true, message: undefined });
    });

    it('writes nothing of incomplete initial events, and lists', async () => {
      const { upstream, clock, sink, requests } = reflectorRig([pod('a/a')]);
      upstream.watchList = 'unfinished';
      await clock.run(0);
      expect(sink.take()).to.deep.equal([]);
      upstream.breakWatches();
      await clock.run(0);
      expect(sink.take()).to.deep.equal(['replace 101: a/a']);
      expect(requests()).to.deep.equal(['watchlist', 'list', 'watch 101']);
    });

    const refusals: [string, number][] = [
      ['422', 422],
      ['400', 400],
      ['405', 405],
      ['415', 415],
      ['406', 406],
      ['501', 501],
    ];
    for (const [name, code] of refusals) {
      it(`lists without a wait, now and later, when the server refuses a WatchList with ${name}`, async () => {
        const { upstream, clock, sink, requests } = reflectorRig([pod('a/a')]);
        upstream.fail('watch', { code });
        await clock.run(0);
        expect(requests()).to.deep.equal(['watchlist', 'list', 'watch 101']);
        upstream.expire();
        upstream.tick();
        upstream.expire();
        upstream.breakWatches();
        await clock.run(3_000);
        expect(requests()).to.deep.equal(['watch 101', 'list 101', 'watch 102']);
        expect(sink.take()).to.deep.equal(['replace 101: a/a', 'replace 102: a/a']);
      });
    }

    it('lists when a change arrives before the end of the initial events', async () => {
      const { upstream, clock, requests } = reflectorRig([pod('a/a')]);
      upstream.watchList = 'ignored';
      await clock.run(0);
      upstream.put(pod('a/a', { node: 'n1' }));
      await clock.run(0);
      expect(requests()).to.deep.equal(['watchlist', 'list', 'watch 102']);
    });

    it('lists when another bookmark arrives before the end of the initial events', async () => {
      const { upstream, clock, sink, requests } = reflectorRig([pod('a/a')]);
      upstream.watchList = 'ignored';
      await clock.run(0);
      upstream.bookmark();
      await clock.run(0);
      expect(requests()).to.deep.equal(['watchlist', 'list', 'watch 101']);
      expect(sink.take()).to.deep.equal(['replace 101: a/a']);
    });

    it('lists after 10 s without a frame, and not earlier', async () => {
      const { upstream, clock, sink, requests } = reflectorRig([pod('a/a')]);
      upstream.watchList = 'ignored';
      await clock.run(9_999);
      expect(requests()).to.deep.equal(['watchlist']);
      await clock.run(1);
      expect(requests()).to.deep.equal(['list', 'watch 101']);
      expect(sink.take()).to.deep.equal(['replace 101: a/a']);
    });

    it('lists when the watch ends before the initial events', async () => {
      const { upstream, clock, requests } = reflectorRig([pod('a/a')]);
      upstream.watchList = 'unfinished';
      await clock.run(5_000);
      upstream.endWatches();
      await clock.run(0);
      expect(requests()).to.deep.equal(['watchlist', 'list', 'watch 101']);
    });

    it('lists once after an internal error, and uses WatchList again later', async () => {
      const { upstream, clock, requests } = reflectorRig([pod('a/a')]);
      upstream.fail('watch', { code: 500, reason: 'InternalError' });
      await clock.run(800);
      expect(requests()).to.deep.equal(['watchlist', 'list', 'watch 101']);
      upstream.tick();
      upstream.expire();
      upstream.breakWatches();
      await clock.run(5_000);
      expect(requests()).to.deep.equal(['watch 101', 'watchlist 101']);
    });

    it('requests the latest state when the server has not reached the frontier yet', async () => {
      const { upstream, clock, sink, requests } = reflectorRig([pod('a/a')], { notOlderThan: '500' });
      await clock.run(0);
      expect(requests()).to.deep.equal(['watchlist 500', 'list']);
      await clock.run(800);
      expect(requests()).to.deep.equal(['watchlist', 'list']);
      expect(sink.take()).to.deep.equal([]);
      upstream.tick(500);
      await clock.run(1600);
      expect(sink.take()).to.deep.equal(['replace 601: a/a']);
    });
  });

  describe('reading by pages', () => {
    it('lists a snapshot in pages of 500, and writes it to the sink as a whole', async () => {
      const { upstream, clock, sink, requests, reflector } = reflectorRig(many(1200));
      upstream.watchList = 'refused';
      await clock.run(0);
      expect(requests()).to.deep.equal(['watchlist', 'list', 'page', 'page', 'watch 1300']);
      expect(upstream.requests[1]).to.deep.equal({ verb: 'list', limit: 500 });
      expect(upstream.requests[2]).to.include({ limit: 500 });
      expect(sink.rows.size).to.equal(1200);
      expect(sink.log).to.have.length(1);
      expect(reflector.metrics).to.include({ lists: 1, watches: 1 });
    });

    it('starts the list again when a page expires', async () => {
      const { upstream, clock, sink, requests } = reflectorRig(many(1200));
      upstream.watchList = 'refused';
      upstream.expirePages();
      await clock.run(0);
      expect(requests()).to.deep.equal(['watchlist', 'list', 'page', 'list', 'page', 'page', 'watch 1300']);
      expect(sink.rows.size).to.equal(1200);
    });

    it('requests one page with all objects when pages expire repeatedly', async () => {
      const { upstream, clock, sink, requests } = reflectorRig(many(600));
      upstream.watchList = 'refused';
      upstream.expirePages(100);
      await clock.run(0);
      expect(requests()).to.deep.equal(['watchlist', 'list', 'page', 'list', 'page', 'list', 'watch 700']);
      expect(upstream.requests[5]).to.deep.equal({ verb: 'list', limit: undefined });
      expect(sink.rows.size).to.equal(600);
    });

    it('adds the type of the list to its items', async () => {
      const { upstream, clock, sink } = reflectorRig();
      upstream.watchList = 'refused';
      upstream.list = async () => ({
        items: [{ metadata: { name: 'a', namespace: 'a', resourceVersion: '7' } }],
        apiVersion: 'v1',
        kind: 'PodList',
        resourceVersion: '101',
        continue: undefined,
      });
      await clock.run(0);
      expect(sink.rows.get('a/a')).to.include({ apiVersion: 'v1', kind: 'Pod' });
    });

    it('refuses a state older than the frontier, and continues with a watch', async () => {
      const { upstream, clock, sink, reflector } = reflectorRig([pod('a/a')]);
      upstream.watchList = 'refused';
      await clock.run(0);
      upstream.put(pod('a/b'));
      await clock.run(0);
      sink.take();
      upstream.staleAt = 101;
      upstream.send({ type: 'ERROR', object: { code: 410 } });
      await clock.run(3_000);
      expect(sink.take()).to.deep.equal([]);
      expect(reflector.health.message).to.match(/a state at 101, older than 102/);
      expect(reflector.health.ready).to.equal(true);
      expect(reflector.metrics.errors).to.have.property('StaleListError');
      upstream.staleAt = undefined;
      upstream.put(pod('a/c'));
      await clock.run(0);
      expect(sink.take()).to.deep.equal(['ADDED a/c 103']);
      expect(reflector.health.message).to.equal(undefined);
    });

    it('accepts older states of a restored upstream after a minute, and not earlier', async () => {
      const { upstream, clock, sink, reflector } = reflectorRig([pod('a/a')]);
      await clock.run(0);
      upstream.put(pod('a/b'));
      await clock.run(0);
      sink.take();
      upstream.staleAt = 101;
      upstream.send({ type: 'ERROR', object: { code: 410 } });
      await clock.run(59_000);
      expect(sink.take()).to.deep.equal([]);
      expect(reflector.health.message).to.match(/a state at 101, older than 102/);
      await clock.run(2_000);
      expect(sink.take()[0]).to.equal('restore 101: a/a');
      expect(reflector.metrics.restores).to.equal(1);
    });

    it('suspects lists that lag behind watches for longer each time', async () => {
      const { upstream, clock, reflector } = reflectorRig([pod('a/a')]);
      await clock.run(0);
      upstream.put(pod('a/b'));
      upstream.staleAt = 101;
      // The watch from 101 delivers the change at 102 again, so only the lists are behind.
      await clock.run(6 * 3_600_000);
      expect(reflector.metrics.restores).to.be.within(4, 10);
    });

    it('requests a state not older than the frontier when it lists again', async () => {
      const { upstream, clock, requests } = reflectorRig([pod('a/a')]);
      upstream.watchList = 'refused';
      await clock.run(0);
      upstream.send({ type: 'ERROR', object: { code: 410 } });
      await clock.run(800);
      expect(requests()).to.deep.equal(['watchlist', 'list', 'watch 101', 'list 101', 'watch 101']);
      expect(
        upstream.requests.findLast(({ verb, ...options }) => verb === 'list' && 'resourceVersion' in options),
      ).to.deep.equal({
        verb: 'list',
        limit: 500,
        resourceVersion: '101',
        resourceVersionMatch: 'NotOlderThan',
      });
    });
  });
});
