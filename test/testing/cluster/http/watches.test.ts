import { expect } from 'chai';

import { settled, testCluster } from '../support/without-socket.ts';
import type { TestCluster } from '../support/without-socket.ts';

const CMS = '/api/v1/configmaps';
const TABLE = { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' } };

const cm = (name: string, labels: Record<string, string> = {}, data: object = {}) => ({
  metadata: { name, labels },
  data,
});

/** Revisions 1001 and 1002: b and a are created. 1003: a pod is created. */
const two = (options: Parameters<typeof testCluster>[0] = {}): TestCluster => {
  const cluster = testCluster(options);
  cluster.store.create('configmaps', cm('b'));
  cluster.store.create('configmaps', cm('a'));
  cluster.store.create('pods', { metadata: { name: 'p' } });
  return cluster;
};

const INITIAL = ['ADDED default/a@1002', 'ADDED default/b@1001'];
const LIVE = ['ADDED default/c@1004'];
const END = ['BOOKMARK @1003 end'];

describe('watches', () => {
  describe('start', () => {
    for (const [query, before, after] of [
      ['', INITIAL, LIVE],
      ['resourceVersion=0', INITIAL, LIVE],
      ['allowWatchBookmarks=true', [...INITIAL, ...END], LIVE],
      ['resourceVersion=0&allowWatchBookmarks=true', [...INITIAL, ...END], LIVE],
      ['sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true', [...INITIAL, ...END], LIVE],
      ['sendInitialEvents=true&resourceVersionMatch=NotOlderThan', INITIAL, LIVE],
      [
        'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=1001&allowWatchBookmarks=1',
        [...INITIAL, ...END],
        LIVE,
      ],
      ['sendInitialEvents=false&resourceVersionMatch=NotOlderThan', [], LIVE],
      ['sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=0', [], LIVE],
      ['resourceVersion=1000', ['ADDED default/b@1001', 'ADDED default/a@1002'], LIVE],
      ['resourceVersion=1001', ['ADDED default/a@1002'], LIVE],
      ['resourceVersion=1003', [], LIVE],
      ['resourceVersion=1004', [], []],
      ['resourceVersion=5000', [], []],
      ['resourceVersion=1000&allowWatchBookmarks=true', ['ADDED default/b@1001', 'ADDED default/a@1002'], LIVE],
    ] as const) {
      it(`with ${query === '' ? 'no parameters' : query} sends ${before.join(', ') || 'nothing'}, then ${after.join() || 'nothing'}`, async () => {
        const { watch, store } = two();
        const stream = await watch(`${CMS}?watch=1&${query}`);
        expect([stream.code, stream.headers['content-type']]).to.deep.equal([200, 'application/json']);
        expect(stream.seen()).to.deep.equal(before);
        store.create('configmaps', cm('c'));
        await settled();
        expect(stream.seen()).to.deep.equal(after);
        expect(stream.isEnded).to.equal(false);
      });
    }

    it('waits for a future version, then sends the current state', async () => {
      const { watch, store } = two();
      const stream = await watch(
        `${CMS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=1004`,
      );
      expect([stream.code, stream.seen()]).to.deep.equal([200, []]);
      store.create('configmaps', cm('c'));
      await settled();
      expect(stream.seen()).to.deep.equal([...INITIAL, 'ADDED default/c@1004']);
    });

    it('sends an ERROR and ends if that version is not reached', async () => {
      const { watch, clock } = two();
      const stream = await watch(
        `${CMS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=1004`,
      );
      clock.advance(3000);
      await stream.ended;
      expect(stream.seen()).to.deep.equal(['ERROR 504 Timeout: Too large resource version: 1004, current: 1003']);
    });

    it('sends an ERROR 410 for a version older than history, and ends', async () => {
      const { watch, store } = two();
      store.expireHistory();
      store.create('configmaps', cm('c'));
      const stream = await watch(`${CMS}?watch=1&resourceVersion=1002`);
      const [event] = stream.events();
      expect(event).to.deep.equal({
        type: 'ERROR',
        object: {
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          message: 'too old resource version: 1002 (1003)',
          reason: 'Expired',
          code: 410,
        },
      });
      expect(stream.isEnded).to.equal(true);
      expect((await watch(`${CMS}?watch=1&resourceVersion=1003`)).seen()).to.deep.equal(['ADDED default/c@1004']);
    });

    it('is refused with 422 by a cluster without WatchList', async () => {
      const { call } = two({ features: { watchList: false } });
      const { code, body } = await call(
        'GET',
        `${CMS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`,
      );
      expect([code, body.message]).to.deep.equal([
        422,
        'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled',
      ]);
    });

    it('has no end bookmark in a cluster that ignores sendInitialEvents', async () => {
      const { watch } = two({ features: { watchList: 'ignored' } });
      const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
      expect((await watch(`${CMS}?watch=1&${query}`)).seen()).to.deep.equal(INITIAL);
      expect((await watch(`${CMS}?watch=1&${query}&resourceVersion=1001`)).seen()).to.deep.equal([
        'ADDED default/a@1002',
      ]);
    });

    it('works by the deprecated path, also for one object', async () => {
      const { watch, call } = two();
      expect((await watch('/api/v1/watch/configmaps')).seen()).to.deep.equal(INITIAL);
      expect((await watch('/api/v1/watch/namespaces/default/configmaps/a')).seen()).to.deep.equal([
        'ADDED default/a@1002',
      ]);
      expect((await call('GET', '/api/v1/watch/configmaps?sendInitialEvents=true')).code).to.equal(422);
    });

    it('is a get if the path names an object', async () => {
      const { call } = two();
      expect((await call('GET', '/api/v1/namespaces/default/configmaps/a?watch=1')).body.kind).to.equal('ConfigMap');
    });
  });

  describe('events', () => {
    it('are ADDED and DELETED when an object enters and leaves the selection', async () => {
      const { watch, store } = two();
      const stream = await watch(`${CMS}?watch=1&resourceVersion=1003&labelSelector=app`);
      const set = (labels: Record<string, string>, data: object) => store.update('configmaps', cm('a', labels, data));
      set({}, { step: '1' });
      set({ app: 'x' }, { step: '2' });
      set({ app: 'x' }, { step: '3' });
      set({}, { step: '4' });
      set({ app: 'x' }, { step: '5' });
      store.delete('configmaps', 'default/a');
      await settled();
      const events = stream.events();
      expect(
        events.map(({ type, object }) => `${type} ${object.data.step}@${object.metadata.resourceVersion}`),
      ).to.deep.equal(['ADDED 2@1005', 'MODIFIED 3@1006', 'DELETED 3@1007', 'ADDED 5@1008', 'DELETED 5@1009']);
      expect(events[2].object.metadata.labels).to.deep.equal({ app: 'x' });
    });

    it('are those of the namespace and the name', async () => {
      const { watch, store } = two();
      const stream = await watch('/api/v1/namespaces/kube-system/configmaps?watch=1&resourceVersion=1003');
      const named = await watch(`${CMS}?watch=1&resourceVersion=1003&fieldSelector=metadata.name=d`);
      for (const namespace of ['default', 'kube-system']) {
        for (const name of ['c', 'd']) store.create('configmaps', { metadata: { namespace, name } });
      }
      await settled();
      expect(stream.seen()).to.deep.equal(['ADDED kube-system/c@1006', 'ADDED kube-system/d@1007']);
      expect(named.seen()).to.deep.equal(['ADDED default/d@1005', 'ADDED kube-system/d@1007']);
    });

    it('carry kind and apiVersion, and the same bytes as a get', async () => {
      const { watch, call } = two();
      const stream = await watch(`${CMS}?watch=1`);
      const [first] = stream.result().text.split('\n');
      const { text } = await call('GET', '/api/v1/namespaces/default/configmaps/a');
      expect(first).to.equal(`{"type":"ADDED","object":${text.trim()}}`);
    });

    it('of one revision are all sent to earlier watches', async () => {
      const { watch, store } = testCluster();
      for (const name of ['a', 'b', 'c']) store.create('events', { metadata: { name } });
      const open = await watch('/api/v1/events?watch=1&resourceVersion=1003');
      store.expireEvents(['default/a', 'default/b']);
      await settled();
      const expected = ['DELETED default/a@1004', 'DELETED default/b@1004'];
      expect(open.seen()).to.deep.equal(expected);
      expect((await watch('/api/v1/events?watch=1&resourceVersion=1003')).seen()).to.deep.equal(expected);
      expect((await watch('/api/v1/events?watch=1&resourceVersion=1004')).seen()).to.deep.equal([]);
    });

    it('are Tables of one row, with columns in the first event', async () => {
      const { watch, store } = two();
      const stream = await watch(`${CMS}?watch=1&resourceVersion=1001`, TABLE);
      store.create('configmaps', cm('c'));
      await settled();
      const [first, second] = stream.events();
      expect([first.object.kind, first.object.columnDefinitions.length, first.object.rows.length]).to.deep.equal([
        'Table',
        3,
        1,
      ]);
      expect([
        second.object.columnDefinitions,
        second.object.rows[0].cells[0],
        second.object.metadata.resourceVersion,
      ]).to.deep.equal([null, 'c', '1004']);
    });

    it('are partial metadata on request', async () => {
      const { watch } = two();
      const accept = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
      const [event] = (await watch(`${CMS}?watch=1`, { headers: { accept } })).events();
      expect(event.object.kind).to.equal('PartialObjectMetadata');
      expect('data' in event.object).to.equal(false);
    });
  });

  describe('bookmarks', () => {
    const bookmarked = `${CMS}?watch=1&resourceVersion=1002&allowWatchBookmarks=true`;

    it('are sent every minute, with the revision of writes to other resources', async () => {
      const { watch, clock, store } = two();
      const stream = await watch(bookmarked);
      clock.advance(59_999);
      expect(stream.seen()).to.deep.equal([]);
      clock.advance(1);
      expect(stream.seen()).to.deep.equal(['BOOKMARK @1003']);
      store.create('pods', { metadata: { name: 'q' } });
      clock.advance(60_000);
      const [event] = stream.events();
      expect(event).to.deep.equal({
        type: 'BOOKMARK',
        object: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: '1004' } },
      });
    });

    it('are never sent before an earlier event', async () => {
      const { watch, clock, store } = two();
      const stream = await watch(bookmarked);
      store.create('configmaps', cm('c'));
      clock.advance(60_000);
      expect(stream.seen()).to.deep.equal(['ADDED default/c@1004', 'BOOKMARK @1004']);
      stream.isFull = true;
      store.create('configmaps', cm('d'));
      await settled();
      store.create('configmaps', cm('e'));
      clock.advance(60_000);
      expect(stream.seen()).to.deep.equal(['ADDED default/d@1005']);
    });

    it('are not sent without allowWatchBookmarks, without the feature, or without a newer revision', async () => {
      const { watch, clock, api } = two();
      const unasked = await watch(`${CMS}?watch=1&resourceVersion=1002`);
      const idle = await watch(`${CMS}?watch=1&resourceVersion=1003&allowWatchBookmarks=true`);
      const without = await watch(bookmarked);
      api.features.bookmarks = false;
      clock.advance(120_000);
      expect([unasked.seen(), idle.seen(), without.seen()]).to.deep.equal([[], [], []]);
    });

    it('are sent once more two seconds before the end', async () => {
      const { watch, clock } = two();
      const stream = await watch(`${bookmarked}&timeoutSeconds=10`);
      clock.advance(7999);
      expect(stream.seen()).to.deep.equal([]);
      clock.advance(1);
      expect(stream.seen()).to.deep.equal(['BOOKMARK @1003']);
      clock.advance(2000);
      expect([stream.isEnded, stream.isCut, stream.seen()]).to.deep.equal([true, false, []]);
    });
  });

  describe('end', () => {
    it('is after half an hour to an hour by default', async () => {
      const { watch, clock } = two();
      const stream = await watch(`${CMS}?watch=1&timeoutSeconds=0`);
      clock.advance(45 * 60_000 - 1);
      expect(stream.isEnded).to.equal(false);
      clock.advance(1);
      expect(stream.isEnded).to.equal(true);
    });

    it('leaves no timers and listeners', async () => {
      const { watch, clock, api, store } = two();
      const streams = [
        await watch(`${CMS}?watch=1&timeoutSeconds=5&allowWatchBookmarks=1`),
        await watch(`${CMS}?watch=1&allowWatchBookmarks=1`),
      ];
      expect(api.openWatches('configmaps')).to.equal(2);
      clock.advance(5000);
      streams[1]?.destroy();
      expect(api.openWatches()).to.equal(0);
      store.create('configmaps', cm('c'));
      await settled();
      clock.advance(7_200_000);
      expect(streams[0]?.seen()).to.deep.equal(INITIAL.concat('BOOKMARK @1003 end'));
    });

    it('is at the end of the handler at the latest', async () => {
      const ended = new AbortController();
      const { watch } = two({ signal: ended.signal });
      const stream = await watch(`${CMS}?watch=1`);
      ended.abort();
      expect(stream.isEnded).to.equal(true);
    });
  });

  describe('a client that does not read', () => {
    it('receives all events in order when it reads again', async () => {
      const { watch, store } = two();
      const stream = await watch(`${CMS}?watch=1&resourceVersion=1003`);
      stream.isFull = true;
      for (let index = 0; index < 50; index += 1) store.create('configmaps', cm(`x${index}`));
      await settled();
      expect(stream.seen()).to.have.length(1);
      stream.drain();
      expect(stream.seen()).to.deep.equal(
        Array.from({ length: 49 }, (_, index) => `ADDED default/x${index + 1}@${1005 + index}`),
      );
    });

    it('is ended when the log drops its next event; other watches continue', async () => {
      const { watch, store, api } = two({ historyLimit: 10 });
      const slow = await watch(`${CMS}?watch=1&resourceVersion=1003`);
      const quick = await watch(`${CMS}?watch=1&resourceVersion=1003`);
      slow.isFull = true;
      for (let index = 0; index < 15; index += 1) {
        store.create('configmaps', cm(`x${index}`));
        await settled();
      }
      slow.drain();
      expect([slow.seen().length, slow.isEnded, slow.isCut]).to.deep.equal([1, true, false]);
      expect([quick.seen().length, quick.isEnded, api.openWatches()]).to.deep.equal([15, false, 1]);
    });

    it('does not receive its initial events either', async () => {
      const { store, watch } = testCluster();
      for (let index = 0; index < 5; index += 1) store.create('configmaps', cm(`x${index}`));
      const stream = await watch(`${CMS}?watch=1&allowWatchBookmarks=1`, { isFull: true });
      store.delete('configmaps', 'default/x3');
      await settled();
      expect(stream.seen()).to.deep.equal(['ADDED default/x0@1001']);
      stream.drain();
      expect(stream.seen()).to.deep.equal([
        'ADDED default/x1@1002',
        'ADDED default/x2@1003',
        'ADDED default/x3@1004',
        'ADDED default/x4@1005',
        'BOOKMARK @1005 end',
        'DELETED default/x3@1006',
      ]);
    });
  });

  describe('interruptions', () => {
    it('cut, end and fail the watches of one resource', async () => {
      const { watch, api } = two();
      const open = () =>
        Promise.all([watch(`${CMS}?watch=1&resourceVersion=1003`), watch('/api/v1/pods?watch=1&resourceVersion=1003')]);
      const [cut] = await open();
      api.cutWatches('configmaps');
      expect([cut.isCut, cut.isEnded, api.openWatches('configmaps'), api.openWatches('pods')]).to.deep.equal([
        true,
        false,
        0,
        1,
      ]);
      const [ended] = await open();
      api.endWatches('configmaps');
      expect([ended.isCut, ended.isEnded]).to.deep.equal([false, true]);
      const [failed] = await open();
      api.failWatches({ code: 410, message: 'gone' }, 'configmaps');
      expect([failed.seen(), failed.isEnded]).to.deep.equal([['ERROR 410 gone'], true]);
      expect(api.openWatches()).to.equal(3);
      api.cutWatches();
      expect(api.openWatches()).to.equal(0);
    });

    it('hold back events and bookmarks until release(), and lose none', async () => {
      const { watch, api, store, clock } = two();
      const open = await watch(`${CMS}?watch=1&resourceVersion=1003&allowWatchBookmarks=true`);
      api.hold('configmaps');
      const fresh = await watch(`${CMS}?watch=1`);
      const pods = await watch('/api/v1/pods?watch=1');
      store.create('configmaps', cm('c'));
      await settled();
      clock.advance(60_000);
      expect([open.seen(), fresh.code, fresh.seen(), pods.seen().length]).to.deep.equal([[], 200, [], 1]);
      api.release('configmaps');
      expect(open.seen()).to.deep.equal(['ADDED default/c@1004']);
      expect(fresh.seen()).to.deep.equal([...INITIAL, 'ADDED default/c@1004']);
    });

    it('drop the history without an effect on watches that are up to date', async () => {
      const { watch, store } = two();
      const stream = await watch(`${CMS}?watch=1&resourceVersion=1003`);
      store.expireHistory();
      store.create('configmaps', cm('c'));
      await settled();
      expect([stream.seen(), stream.isEnded]).to.deep.equal([LIVE, false]);
    });
  });

  it('encodes each event once for a thousand watches', async () => {
    const { watch, store, api } = two();
    const streams = await Promise.all(Array.from({ length: 1000 }, () => watch(`${CMS}?watch=1&resourceVersion=1003`)));
    expect(api.openWatches()).to.equal(1000);
    for (let index = 0; index < 5; index += 1) store.create('configmaps', cm(`x${index}`, {}, { step: index }));
    await settled();
    await settled();
    await settled();
    expect(new Set(streams.map((stream) => stream.chunks.length))).to.deep.equal(new Set([5]));
    for (let index = 0; index < 5; index += 1) {
      expect(new Set(streams.map((stream) => stream.chunks[index]))).to.have.property('size', 1);
    }
  });
});
