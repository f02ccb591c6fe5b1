import { expect } from 'chai';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import { UpstreamApiError, ConnectionError } from '../../src/informers/errors.ts';
import { connectionFailure } from '../../src/informers/request-failure.ts';
import { pod } from '../../src/testing/informers/objects.ts';
import { reflectorRig, stopRigs } from './reflector-rig.ts';

describe('Reflector', () => {
  afterEach(async () => {
    expect(await stopRigs()).to.deep.equal({ timers: 0, watches: 0, violations: [] });
  });

  describe('watching', () => {
    it('watches from the frontier with bookmarks, for 300 to 600 s', async () => {
      let random = 0;
      const { upstream, clock } = reflectorRig([pod('a/a')], { random: () => random });
      upstream.watchList = 'refused';
      await clock.run(0);
      expect(upstream.watchOptions[1]).to.deep.equal({
        resourceVersion: '101',
        allowWatchBookmarks: true,
        timeoutSeconds: 300,
      });
      random = 0.9999;
      await clock.run(5_000);
      upstream.endWatches();
      await clock.run(0);
      expect(upstream.watchOptions[2]?.timeoutSeconds).to.equal(600);
    });

    it('advances the frontier with bookmarks', async () => {
      const { upstream, clock, sink, requests } = reflectorRig([pod('a/a')]);
      await clock.run(2_000);
      sink.take();
      upstream.bookmark(150);
      upstream.endWatches();
      await clock.run(0);
      expect(sink.take()).to.deep.equal(['progress 150']);
      expect(requests()).to.deep.equal(['watchlist', 'watch 150']);
    });

    it('resumes without a wait after a clean end', async () => {
      const { upstream, clock, sink, requests, reflector } = reflectorRig([pod('a/a')]);
      await clock.run(1_000);
      upstream.endWatches();
      upstream.put(pod('a/b'));
      await clock.run(0);
      expect(requests()).to.deep.equal(['watchlist', 'watch 101']);
      expect(sink.take()).to.deep.equal(['replace 101: a/a', 'ADDED a/b 102']);
      expect(reflector.metrics).to.include({ reconnects: 1, relists: 0 });
    });

    it('waits after a very short watch without a frame', async () => {
      const { upstream, clock, requests } = reflectorRig([pod('a/a')]);
      await clock.run(0);
      upstream.endWatches();
      await clock.run(799);
      expect(requests()).to.deep.equal(['watchlist']);
      await clock.run(1);
      expect(requests()).to.deep.equal(['watch 101']);
      upstream.endWatches();
      await clock.run(1_599);
      expect(requests()).to.deep.equal([]);
      await clock.run(1);
      expect(requests()).to.deep.equal(['watch 101']);
    });

    it('drops and counts events that were applied before', async () => {
      const { upstream, clock, sink, reflector } = reflectorRig([pod('a/a'), pod('a/b')]);
      await clock.run(0);
      sink.take();
      upstream.send({ type: 'MODIFIED', object: pod('a/a', { resourceVersion: '101' }) });
      upstream.send({ type: 'MODIFIED', object: pod('a/a', { resourceVersion: '102' }) });
      upstream.send({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '90' } } });
      upstream.put(pod('a/c'));
      await clock.run(0);
      expect(sink.take()).to.deep.equal(['ADDED a/c 103']);
      expect(reflector.metrics.droppedEvents).to.equal(2);
    });

    it('reads the complete state again on an ERROR event 410, and on an HTTP 410', async () => {
      const { upstream, clock, sink, requests, reflector } = reflectorRig([pod('a/a')]);
      await clock.run(0);
      upstream.put(pod('a/b'));
      await clock.run(0);
      upstream.dropEvents();
      upstream.put(pod('a/c'));
      upstream.send({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
      await clock.run(0);
      expect(requests()).to.deep.equal(['watchlist', 'watchlist 102']);
      expect(sink.take()).to.deep.equal(['replace 101: a/a', 'ADDED a/b 102', 'replace 103: a/a a/b a/c']);
      await clock.run(2_000);
      upstream.fail('watch', { code: 410 });
      upstream.put(pod('a/d'));
      upstream.endWatches();
      await clock.run(0);
      expect(requests()).to.deep.equal(['watch 104', 'watchlist 104']);
      expect(reflector.metrics).to.include({ relists: 2 });
      expect(reflector.metrics.errors).to.deep.equal({ 'UpstreamApiError 410': 2 });
    });

    it('waits between lists of a server that expires the version of its last list', async () => {
      const { upstream, clock, requests } = reflectorRig([pod('a/a')]);
      upstream.watchList = 'refused';
      upstream.fail('watch', { code: 422 });
      upstream.fail('watch', { code: 410 }, 1_000);
      await clock.run(60_000);
      expect(requests().length).to.be.within(10, 24);
    });

    for (const [name, failure] of [
      ['429', { code: 429, reason: 'TooManyRequests' }],
      ['500', { code: 500, reason: 'InternalError' }],
      ['503', { code: 503, reason: 'ServiceUnavailable' }],
      ['a lost connection', new ConnectionError('reset')],
    ] as const) {
      it(`resumes from the frontier after ${name}`, async () => {
        const { upstream, clock, requests, sink } = reflectorRig([pod('a/a')]);
        await clock.run(5_000);
        upstream.fail('watch', failure);
        upstream.breakWatches();
        upstream.put(pod('a/b'));
        await clock.run(0);
        await clock.run(800 + 1_600);
        expect(requests()).to.deep.equal(['watchlist', 'watch 101', 'watch 101']);
        expect(sink.take()).to.deep.equal(['replace 101: a/a', 'ADDED a/b 102']);
      });
    }

    it('waits for the Retry-After of the server, also in an ERROR event', async () => {
      const { upstream, clock, requests } = reflectorRig([pod('a/a')]);
      upstream.fail('watch', { code: 429, details: { retryAfterSeconds: 20 } });
      await clock.run(19_999);
      expect(requests()).to.deep.equal(['watchlist']);
      await clock.run(1);
      expect(requests()).to.deep.equal(['list', 'watch 101']);
      upstream.send({ type: 'ERROR', object: { code: 429, details: { retryAfterSeconds: 25 } } });
      await clock.run(24_999);
      expect(requests()).to.deep.equal([]);
      await clock.run(1);
      expect(requests()).to.deep.equal(['watch 101']);
    });

    it('reads the complete state again on another ERROR event', async () => {
      const { upstream, clock, requests, reflector } = reflectorRig([pod('a/a')]);
      await clock.run(0);
      upstream.send({ type: 'ERROR', object: { code: 400, reason: 'BadRequest', message: 'no' } });
      await clock.run(800);
      expect(requests()).to.deep.equal(['watchlist', 'watchlist 101']);
      expect(reflector.metrics.errors).to.deep.equal({ 'UpstreamApiError 400': 1 });
    });

    it('reads the complete state again after a frame that cannot be decoded, so that no event is skipped', async () => {
      for (const object of [pod('a/x'), {}, { metadata: { namespace: 'a' } }]) {
        const { upstream, clock, requests, reflector, sink } = reflectorRig([pod('a/a')]);
        await clock.run(0);
        upstream.dropEvents();
        upstream.put(pod('a/b'));
        upstream.send({ type: 'ADDED', object });
        await clock.run(800);
        expect(requests()).to.deep.equal(['watchlist', 'watchlist 101']);
        expect(reflector.metrics.errors).to.deep.equal({ DecodeError: 1 });
        expect(sink.take()).to.deep.equal(['replace 101: a/a', 'replace 102: a/a a/b']);
      }
    });

    const refused = (): Error =>
      connectionFailure('https://here', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));

    it('doubles its waits from 0.8 s to 30 s, and resets them after two healthy minutes', async () => {
      const { upstream, clock } = reflectorRig([pod('a/a')]);
      await clock.run(5_000);
      const times: number[] = [];
      const watch = upstream.watch.bind(upstream);
      upstream.watch = (options, signal) => {
        times.push(clock.now());
        return watch(options, signal);
      };
      upstream.fail('watch', refused(), 8);
      const start = clock.now();
      upstream.breakWatches();
      await clock.run(300_000);
      const waits = times.map((time, index) => time - (times[index - 1] ?? start));
      expect(waits).to.deep.equal([0, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
      times.length = 0;
      const later = clock.now();
      upstream.fail('watch', refused());
      upstream.breakWatches();
      await clock.run(1_000);
      expect(times).to.deep.equal([later, later + 800]);
    });

    it('shortens its waits at random, to half at most', async () => {
      const { upstream, clock, requests } = reflectorRig([pod('a/a')], { random: () => 0.999_999 });
      await clock.run(500);
      upstream.breakWatches();
      await clock.run(400);
      expect(requests()).to.deep.equal(['watchlist']);
      await clock.run(1);
      expect(requests()).to.deep.equal(['watch 101']);
    });

    it('resumes a watch of at least a second without a wait when its connection breaks', async () => {
      const { upstream, clock, requests, sink } = reflectorRig([pod('a/a')]);
      await clock.run(1_000);
      requests();
      upstream.breakWatches();
      upstream.put(pod('a/b'));
      await clock.run(0);
      expect(requests()).to.deep.equal(['watch 101']);
      expect(sink.take()).to.deep.equal(['replace 101: a/a', 'ADDED a/b 102']);
    });
  });

  describe('repeated versions', () => {
    it('resume one revision earlier after a DELETED, and drop the events that were applied', async () => {
      const objects = [pod('a/a'), pod('a/b'), pod('a/c')];
      const { upstream, clock, sink, requests, reflector } = reflectorRig(objects, { versions: 'repeated' });
      await clock.run(5_000);
      sink.take();
      upstream.cutAfter(1);
      upstream.delete('a/a', 'a/b');
      await clock.run(800);
      expect(requests()).to.deep.equal(['watchlist', 'watch 103']);
      expect(sink.take()).to.deep.equal(['DELETED a/a 104', 'DELETED a/b 104']);
      expect(reflector.metrics.droppedEvents).to.equal(1);
    });

    it('resume from the frontier itself after a later event', async () => {
      const { upstream, clock, sink, requests } = reflectorRig([pod('a/a'), pod('a/b')], { versions: 'repeated' });
      await clock.run(5_000);
      upstream.delete('a/a', 'a/b');
      upstream.bookmark();
      upstream.endWatches();
      await clock.run(0);
      expect(requests()).to.deep.equal(['watchlist', 'watch 103']);
      upstream.put(pod('a/c'));
      await clock.run(5_000);
      upstream.endWatches();
      await clock.run(0);
      expect(requests()).to.deep.equal(['watch 104']);
      expect(sink.take()).to.deep.equal([
        'replace 102: a/a a/b',
        'DELETED a/a 103',
        'DELETED a/b 103',
        'ADDED a/c 104',
      ]);
    });

    it('are dropped from a source whose versions are unique', async () => {
      const { upstream, clock, sink, reflector } = reflectorRig([pod('a/a'), pod('a/b')]);
      await clock.run(0);
      sink.take();
      upstream.delete('a/a', 'a/b');
      await clock.run(0);
      expect(sink.take()).to.deep.equal(['DELETED a/a 103']);
      expect(reflector.metrics.droppedEvents).to.equal(1);
    });
  });

  describe('a source that is forbidden or does not exist', () => {
    it('stays unread on 403, reports the cause, and is tried again', async () => {
      const { upstream, clock, sink, reflector } = reflectorRig([pod('a/a')]);
      for (const verb of ['list', 'watch'] as const) {
        upstream.fail(verb, { code: 403, reason: 'Forbidden', message: 'pods is forbidden' }, 10);
      }
      await clock.run(100_000);
      expect(sink.take()).to.deep.equal([]);
      expect(reflector.health).to.include({ hasRead: false, ready: false, message: 'not allowed: pods is forbidden' });
      await clock.run(200_000);
      expect(sink.take()).to.deep.equal(['replace 101: a/a']);
      expect(reflector.health).to.include({ hasRead: true, ready: true, message: undefined });
    });

    it('keeps its rows on a later 403, and stays ready', async () => {
      const { upstream, clock, sink, reflector } = reflectorRig([pod('a/a')]);
      await clock.run(5_000);
      for (const verb of ['list', 'watch'] as const) {
        upstream.fail(verb, { code: 403, message: 'pods is forbidden' }, 100);
      }
      upstream.endWatches();
      await clock.run(300_000);
      expect(sink.take()).to.deep.equal(['replace 101: a/a']);
      expect(reflector.health).to.include({ hasRead: true, ready: true, message: 'not allowed: pods is forbidden' });
    });

    it('stays unread on 404, reports the cause, and is tried at least every 30 s', async () => {
      const { upstream, clock, sink, reflector, requests } = reflectorRig([pod('a/a')]);
      upstream.exists = false;
      await clock.run(600_000);
      expect(sink.take()).to.deep.equal([]);
      expect(reflector.health).to.include({ hasRead: false, ready: false });
      expect(reflector.health.message).to.match(/could not find the requested resource/);
      requests();
      upstream.exists = true;
      await clock.run(30_000);
      expect(sink.take()).to.deep.equal(['replace 101: a/a']);
    });

    it('keeps its rows for a minute on a later 404, is then gone, and returns without a restart', async () => {
      const { upstream, clock, sink, reflector } = reflectorRig([pod('a/a')]);
      await clock.run(5_000);
      upstream.exists = false;
      upstream.endWatches();
      await clock.run(55_000);
      expect(sink.take()).to.deep.equal(['replace 101: a/a']);
      expect(reflector.health).to.include({ hasRead: true, ready: true });
      expect(reflector.health.message).to.match(/no longer exists/);
      await clock.run(36_000);
      expect(sink.take()).to.deep.equal(['gone']);
      expect(reflector.health).to.include({ hasRead: false, ready: true });
      await clock.run(300_000);
      expect(sink.take()).to.deep.equal([]);
      upstream.exists = true;
      upstream.put(pod('a/b'));
      await clock.run(30_000);
      expect(sink.take()).to.deep.equal(['replace 102: a/a a/b']);
      expect(reflector.health).to.include({ hasRead: true, ready: true, message: undefined });
    });

    it('keeps its rows during a 404 of less than a minute', async () => {
      const { upstream, clock, sink, reflector } = reflectorRig([pod('a/a')]);
      await clock.run(5_000);
      upstream.exists = false;
      upstream.endWatches();
      await clock.run(20_000);
      upstream.exists = true;
      await clock.run(30_000);
      expect(sink.take()).to.deep.equal(['replace 101: a/a', 'replace 101: a/a']);
      expect(reflector.health.ready).to.equal(true);
    });
  });

  describe('a way that fails while another one works', () => {
    it('lists again if watches fail with 5xx, and polls after a minute', async () => {
      const { upstream, clock, sink, reflector } = reflectorRig([pod('a/a')]);
      await clock.run(5_000);
      upstream.fail('watch', { code: 500 }, 1_000_000);
      upstream.breakWatches();
      for (let hour = 0; hour < 24; hour += 1) {
        upstream.put(pod('a/b', { node: `n${hour}` }));
        await clock.run(60_000);
        expect(sink.frontier).to.equal(String(upstream.revision));
        await clock.run(3_540_000);
      }
      expect(reflector.metrics).to.include({ stepsDown: 1, stepsUp: 0 });
      expect(reflector.metrics.lists).to.be.within(2_700, 3_000);
      expect(reflector.health.message).to.match(/^polled every 30 s, because /);
      expect(sink.isUnwatchable, 'it was watched').to.equal(false);
      expect(reflector.metrics.climbs).to.be.within(40, 60);
    });

    it('lists if a list is allowed and watches are forbidden', async () => {
      const { upstream, clock, sink, requests, reflector } = reflectorRig([pod('a/a')]);
      upstream.fail('watch', { code: 403, message: 'no watch' }, 1_000_000);
      await clock.run(0);
      expect(sink.take()).to.deep.equal(['replace 101: a/a']);
      expect(requests()).to.deep.equal(['watchlist', 'list', 'watch 101']);
      await clock.run(120_000);
      expect(reflector.health.message).to.equal('polled every 30 s, because no watch');
      expect(sink.isUnwatchable, 'views over it are local').to.equal(true);
      upstream.put(pod('a/b'));
      await clock.run(30_000);
      expect(sink.rows.size).to.equal(2);
    });

    it('does not change the rows or the message when an attempt to watch fails', async () => {
      const { upstream, clock, sink, reflector } = reflectorRig([pod('a/a')]);
      upstream.watchable = false;
      await clock.run(0);
      const { message } = reflector.health;
      for (let poll = 0; poll < 200; poll += 1) {
        await clock.run(10_000);
        expect(reflector.health).to.include({ message, ready: true });
        expect(reflector.health.lastActivity).to.be.greaterThan(clock.now() - 30_001);
      }
      expect(reflector.metrics.climbs).to.be.greaterThan(2);
      expect(new Set(sink.take())).to.deep.equal(new Set(['replace 101: a/a']));
    });

    it('lists in one page if the pages of a list have different versions', async () => {
      const { upstream, clock, sink, requests } = reflectorRig([pod('a/a'), pod('a/b'), pod('a/c')]);
      upstream.watchList = 'refused';
      const list = upstream.list.bind(upstream);
      upstream.list = async (options, signal) => {
        const page = await list(options, signal);
        if (options.limit === undefined) return page;
        upstream.tick();
        const [first, ...items] = page.items;
        if (options.continue !== undefined) return { ...page, resourceVersion: String(upstream.revision), items };
        return { ...page, items: first === undefined ? [] : [first], continue: `${upstream.revision}/1` };
      };
      await clock.run(0);
      expect(sink.take()[0]).to.match(/^replace \d+: a\/a a\/b a\/c$/);
      expect(requests().slice(0, 6)).to.deep.equal(['watchlist', 'list', 'page', 'list', 'page', 'list']);
    });

    for (const [what, itemsOf] of [
      ['repeat their objects', (items) => items],
      ['are empty', () => []],
      ['have no valid objects', () => [{ metadata: {} }]],
    ] satisfies [string, (items: readonly V1Pod[]) => readonly object[]][]) {
      it(`lists in one page if the pages of a list ${what} and do not end`, async () => {
        const { upstream, clock, sink, requests } = reflectorRig([pod('a/a'), pod('a/b')]);
        upstream.watchList = 'refused';
        const list = upstream.list.bind(upstream);
        let pages = 0;
        upstream.list = async (options, signal) => {
          const { continue: token, ...first } = options;
          const page = await list(first, signal);
          if (options.limit === undefined || (pages += 1) > 1000) return page;
          const items = itemsOf(page.items) as V1Pod[];
          return { ...page, items, continue: token ?? `${upstream.revision}/1` };
        };
        await clock.run(0);
        expect(sink.take()[0]).to.equal('replace 102: a/a a/b');
        expect(pages).to.equal(12 - (what === 'repeat their objects' ? 0 : 1));
        expect(requests().at(-1)).to.equal('watch 102');
      });
    }

    it('lists if a WatchList sends its objects without an end', async () => {
      const { upstream, clock, sink, reflector } = reflectorRig([pod('a/a'), pod('a/b')]);
      upstream.watchList = 'unfinished';
      await clock.run(0);
      upstream.send({ type: 'ADDED', object: pod('a/a', { resourceVersion: '101' }) });
      await clock.run(0);
      expect(sink.take()).to.deep.equal(['replace 102: a/a a/b']);
      expect(reflector.metrics.stepsDown).to.equal(1);
    });

    it('lists if a WatchList sends more and more objects for 45 s', async () => {
      const { upstream, clock, sink } = reflectorRig([pod('a/a')]);
      upstream.watchList = 'unfinished';
      await clock.run(0);
      for (let second = 1; second <= 45; second += 1) {
        upstream.send({ type: 'ADDED', object: pod(`a/x${second}`, { resourceVersion: '101' }) });
        await clock.run(1000);
      }
      expect(sink.take()).to.deep.equal([]);
      upstream.send({ type: 'ADDED', object: pod('a/y', { resourceVersion: '101' }) });
      await clock.run(0);
      expect(sink.take()).to.deep.equal(['replace 101: a/a']);
    });

    it('accepts a state in which an object differs that it should have seen as another history', async () => {
      const { upstream, clock, sink } = reflectorRig([pod('a/a'), pod('a/b')]);
      await clock.run(0);
      upstream.put(pod('a/c'));
      await clock.run(0);
      sink.take();
      upstream.list = async () => ({
        items: [pod('a/a', { resourceVersion: '103', node: 'other' })],
        apiVersion: 'v1',
        kind: 'PodList',
        resourceVersion: '110',
        continue: undefined,
      });
      upstream.watchList = 'refused';
      upstream.send({ type: 'ERROR', object: { code: 410 } });
      await clock.run(0);
      expect(sink.take()).to.deep.equal(['restore 110: a/a']);
    });

    it('reads without a wait after a 410, but not more than once a second', async () => {
      const { upstream, clock, requests } = reflectorRig([pod('a/a')]);
      await clock.run(60_000);
      upstream.bookmark();
      await clock.run(0);
      requests();
      upstream.send({ type: 'ERROR', object: { code: 410 } });
      await clock.run(0);
      expect(requests()).to.deep.equal(['watchlist 101']);
      upstream.bookmark();
      await clock.run(0);
      upstream.send({ type: 'ERROR', object: { code: 410 } });
      await clock.run(0);
      expect(requests()).to.deep.equal([]);
      await clock.run(800);
      expect(requests()).to.deep.equal(['watchlist 101']);
    });
  });

  describe('a source that cannot be watched', () => {
    it('is polled if it has no verb watch, and reports that', async () => {
      const { upstream, clock, sink, requests, reflector } = reflectorRig([pod('a/a')], { pollInterval: 20_000 });
      upstream.watchable = false;
      await clock.run(0);
      expect(requests()).to.deep.equal(['watchlist', 'list', 'watch 101']);
      upstream.put(pod('a/b'));
      await clock.run(20_000);
      upstream.delete('a/a');
      await clock.run(20_000);
      expect(requests()).to.deep.equal(['list', 'list']);
      expect(sink.take()).to.deep.equal(['replace 101: a/a', 'replace 102: a/a a/b', 'replace 103: a/b']);
      expect(reflector.health.ready).to.equal(true);
      expect(reflector.health.message).to.match(/polled every 20 s/);
    });

    it('is polled if its lists carry no version', async () => {
      const { upstream, clock, sink, requests, reflector } = reflectorRig([pod('a/a')]);
      upstream.watchList = 'refused';
      upstream.versioned = false;
      await clock.run(30_000);
      expect(requests()).to.deep.equal(['watchlist', 'list', 'list']);
      expect(sink.take()).to.deep.equal(['replace undefined: a/a', 'replace undefined: a/a']);
      expect(reflector.health.message).to.match(/no resourceVersion/);
    });

    it('is polled from the beginning with the option poll', async () => {
      const { clock, requests, reflector } = reflectorRig([pod('a/a')], { poll: true, pollInterval: 5_000 });
      await clock.run(10_000);
      expect(requests()).to.deep.equal(['list', 'list', 'list']);
      expect(reflector.health).to.include({ ready: true, message: undefined });
    });

    it('is listed again after a failed poll, and keeps its rows', async () => {
      const { upstream, clock, sink, reflector } = reflectorRig([pod('a/a')], { poll: true });
      await clock.run(0);
      upstream.fail('list', { code: 503, message: 'not now' }, 2);
      await clock.run(30_000);
      expect(reflector.health.message).to.equal('not now');
      await clock.run(800 + 1_600);
      expect(sink.take()).to.deep.equal(['replace 101: a/a', 'replace 101: a/a']);
      expect(reflector.health.message).to.equal(undefined);
    });
  });

  it('reports the error of a subscriber, and continues', async () => {
    const { upstream, clock, sink, reflector, requests } = reflectorRig([pod('a/a')]);
    await clock.run(0);
    const apply = sink.apply.bind(sink);
    sink.apply = (event) => {
      apply(event);
      throw new Error('oops');
    };
    upstream.put(pod('a/b'), pod('a/c'));
    await clock.run(0);
    expect(sink.rows.size).to.equal(3);
    expect(requests()).to.deep.equal(['watchlist']);
    expect(reflector.metrics.errors).to.deep.equal({ Subscriber: 2 });
    expect(reflector.health.message).to.equal('a subscriber failed: oops');
  });

  it('writes nothing after it was stopped', async () => {
    const { upstream, clock, sink, stop } = reflectorRig([pod('a/a')]);
    stop();
    await clock.run(1_000);
    expect(sink.take()).to.deep.equal([]);
    expect(upstream.openWatches).to.equal(0);
  });

  it('exposes the causes of an error', () => {
    const error = new UpstreamApiError({ code: 504, details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } });
    expect(error.causes).to.deep.equal(['ResourceVersionTooLarge']);
  });
});
