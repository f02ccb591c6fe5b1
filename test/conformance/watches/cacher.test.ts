/** The cases of upstream's tests of its cache that are visible in watches (conformance 11.3), rewritten for this server. */
import { expect } from 'chai';
import { partsOf } from '../../../src/server/define/opaque.ts';
import { viewsOf } from '../../../src/server/api-server.ts';
import type { RowObject } from '../../../src/projections/row.ts';
import { ServedResource } from '../../../src/server/write/served-resource.ts';
import { FakeInformer, fakeClock, fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import type { LineStream } from '../../support/https-client.ts';
import { podSummaries, RecordedLog } from '../../support/test-server.ts';
import { AWB, later, lines, next, NO_SIE, objectOf, rest, SIE, eventText, versionOf, WatchRig } from './watch-rig.ts';

describe('the tests of the upstream cache', () => {
  describe('watches', () => {
    let rig: WatchRig;

    afterEach(() => rig.close());

    it('11.3 EmptyWatchEventCache: before the first event, the version of the state is the oldest start', async () => {
      rig = await WatchRig.over(fakeInformer(pod('shop/a')));
      const at = await rig.version();
      expect(await next(rig.open(`resourceVersion=${later(at, -1n)}`), 2)).to.deep.equal(['ERROR 410', 'end']);
      const future = await rig.versionAfter((pods) => pods.add(pod('shop/b')));
      const streams = [await rig.opened(`resourceVersion=${at}`), await rig.opened(`resourceVersion=${future}`)];
      rig.pods.add(pod('shop/b'));
      rig.pods.add(pod('shop/c'));
      const firsts = await Promise.all(streams.map((stream) => stream.next()));
      expect(firsts.map(eventText)).to.deep.equal(['ADDED b Pending', 'ADDED c Pending']);
    });

    it('11.3 WatcherNotGoingBackInTime: no object of the initial events, and no older one, is sent again', async () => {
      // The initial events take several writes to each watch. Changes come before, between and after them.
      rig = await WatchRig.over(fakeInformer(...Array.from({ length: 900 }, (_, n) => pod(`shop/p${1000 + n}`))));
      let writes = 0;
      const change = (): void => {
        writes += 1;
        for (const name of ['p1000', 'p1450', 'p1899'])
          rig.pods.modify(pod(`shop/${name}`, { labels: { writes: String(writes) } }));
        if (writes > 1) rig.pods.delete(`shop/new-${writes - 1}`);
        rig.pods.add(pod(`shop/new-${writes}`));
      };
      const streams = [];
      for (let n = 0; n < 6; n += 1) {
        streams.push(await rig.opened(n % 2 === 0 ? AWB : ''));
        change();
        await rig.pass(0);
        change();
      }
      rig.pods.add(pod('shop/z-last'));
      const read = async (stream: LineStream): Promise<void> => {
        const versions = new Map<string, bigint>();
        let repeated = 0;
        while (!versions.has('z-last')) {
          const line = await stream.next();
          const { name } = objectOf(line).metadata;
          if (line?.type === 'BOOKMARK' || name === undefined) continue;
          const version = BigInt(versionOf(line));
          expect(version > (versions.get(name) ?? 0n), `${eventText(line)} again`).to.equal(true);
          if (versions.has(name)) repeated += 1;
          versions.set(name, version);
        }
        expect(versions.size).to.be.above(900);
        expect(repeated, 'events after the initial ones').to.be.above(2);
      };
      const pending = new Set(streams);
      const reads = Promise.all(streams.map((stream) => read(stream).finally(() => pending.delete(stream))));
      // A watch continues its initial events at the next turn of the clock.
      while (pending.size > 0) await rig.pass(0);
      await reads;
    });

    it('11.3 CacherDontMissEventsOnReinitialization: a watcher receives all changes of a relist or a 410', async () => {
      rig = await WatchRig.over(fakeInformer(pod('shop/a'), pod('shop/b')));
      const at = await rig.version();
      const one = await rig.opened(`resourceVersion=${at}`);
      rig.pods.replace(pod('shop/a', { phase: 'Running' }), pod('shop/b'));
      expect(await next(one, 1), 'the watch continues after one changed row').to.deep.equal(['MODIFIED a Running']);
      const before = await rig.version();
      rig.pods.replace(pod('shop/c'));
      while (rig.watchers > 0) await rig.pass(1000);
      expect(await rest(one)).to.deep.equal([]);
      expect(await next(rig.open(`resourceVersion=${before}`), 1)).to.deep.equal(['ERROR 410']);
      expect(await next(rig.open(AWB), 2)).to.deep.equal(['ADDED c Pending', 'END']);
    });

    it('11.3 CacherNoLeakWithMultipleWatchers: hundreds of watchers that connect and disconnect at once leak nothing', async () => {
      rig = await WatchRig.over(fakeInformer(pod('shop/a')));
      for (let round = 0; round < 5; round += 1) {
        const streams = Array.from({ length: 60 }, (_, n) =>
          rig.open(n % 3 === 0 ? AWB : `labelSelector=x%3D${n % 7}`),
        );
        rig.pods.modify(pod('shop/a', { labels: { x: String(round) } }));
        await Promise.all(streams.filter((_, n) => n % 3 === 0).map((stream) => stream.next()));
        for (const stream of streams) stream.cancel();
      }
      while (rig.watchers > 0 || rig.test.clock.waiting > 0) await rig.pass(0);
      expect(viewsOf(rig.test.server)[0]?.view.watchers).to.equal(0);
      expect(rig.test.log.of('error')).to.deep.equal([]);
    });

    it('11.3 CacherSendsMultipleWatchBookmarks: sends a bookmark each minute, each with a higher version', async () => {
      rig = await WatchRig.over(fakeInformer(pod('shop/a')));
      const stream = await rig.opened(`${AWB}&resourceVersion=${await rig.version()}`);
      for (let n = 0; n < 5; n += 1) {
        rig.pods.bookmark();
        await rig.pass(60_000);
      }
      const marks = await lines(stream, 5);
      expect(marks.map(eventText)).to.deep.equal(Array.from({ length: 5 }, () => 'BOOKMARK'));
      const versions = marks.map((mark) => BigInt(versionOf(mark)));
      expect(new Set(versions).size).to.equal(5);
      expect(versions.toSorted((a, b) => (a < b ? -1 : 1))).to.deep.equal(versions);
    });

    it('11.3 WatchListIsSynchronisedWhenNoEventsFromStoreReceived: a version from an upstream bookmark ends the wait', async () => {
      rig = await WatchRig.over(fakeInformer(pod('shop/a')));
      const at = await rig.version();
      const stream = rig.open(`${AWB}&${SIE}&resourceVersion=${later(at, 3n)}`);
      await rig.waiting();
      rig.pods.bookmark();
      rig.pods.bookmark();
      rig.pods.bookmark();
      const [, end] = await lines(stream, 2);
      expect([eventText(end), versionOf(end)]).to.deep.equal(['END', later(at, 3n)]);
    });

    it('11.3 WaitUntilWatchCacheFreshAndForceAllEvents: initial events of a future version are sent with the whole state after the wait', async () => {
      rig = await WatchRig.over(fakeInformer(pod('shop/a')));
      const future = await rig.versionAfter((pods) => {
        pods.add(pod('shop/b'));
        pods.add(pod('shop/c'));
      });
      const [withEvents, without] = [
        rig.open(`${AWB}&${SIE}&resourceVersion=${future}`),
        rig.open(`${AWB}&${NO_SIE}&resourceVersion=${future}`),
      ];
      // The watch that does not wait has three timers: its deadline, and two for bookmarks.
      await rig.waiting(3);
      rig.pods.add(pod('shop/b'));
      rig.pods.add(pod('shop/c'));
      expect(await next(withEvents, 4)).to.deep.equal(['ADDED a Pending', 'ADDED b Pending', 'ADDED c Pending', 'END']);
      rig.pods.add(pod('shop/d'));
      expect(await next(without, 1)).to.deep.equal(['ADDED d Pending']);
    });

    it('11.3 WatchNotHangingOnStartupFailure: a source that is never ready causes an error response at once, not a silent stream', async () => {
      rig = await WatchRig.over(new FakeInformer({ objects: [pod('shop/a')], notSynced: true }));
      const stream = rig.open(`${AWB}&${SIE}`);
      await stream.next().catch(() => undefined);
      expect(stream.status).to.equal(429);
    });
  });

  describe('sharing between watchers', () => {
    const pods = fakeInformer(pod('shop/a', { phase: 'Running' }));
    const served = new ServedResource({ group: 'example.com', version: 'v1' }, partsOf(podSummaries(pods)), {
      clock: fakeClock(0),
      random: () => 0.5,
      log: new RecordedLog(),
    });
    const { view, representations } = served.read;
    before(() => view.start());
    after(() => view.stop());

    it('11.3 CachingObjects: an event is encoded once for all watchers of a representation', () => {
      const cursors = [view.watchFrom(view.position), view.watchFrom(view.position)];
      pods.modify(pod('shop/a', { phase: 'Failed' }));
      const events = cursors.map((cursor) => cursor.next());
      for (const form of [
        { as: 'object' },
        { as: 'partial', version: 'v1' },
        { as: 'table', version: 'v1', includeObject: 'Metadata' },
      ] as const) {
        const [first, second] = events.map((event) => event && representations.event(event, form, false));
        expect(first).to.be.instanceOf(Buffer);
        expect(first, form.as).to.equal(second);
      }
      for (const cursor of cursors) cursor.end('closed');
    });

    it('11.3 CachingDeleteEvents: a DELETED event has one shared copy at its version, and the row is unchanged', () => {
      const cursors = [view.watchFrom(view.position), view.watchFrom(view.position)];
      const row = view.get('shop/a');
      const bytes = row?.bytes.toString();
      pods.delete('shop/a');
      const events = cursors.map((cursor) => cursor.next());
      const sent = events.map((event) => event && representations.event(event, { as: 'object' }, false));
      expect(events.map((event) => event?.row)).to.deep.equal([row, row]);
      expect(sent[0]).to.equal(sent[1]);
      const { object } = JSON.parse(String(sent[0])) as { object: RowObject };
      expect(object.metadata.resourceVersion).to.equal(String(events[0]?.entry.position));
      expect(row?.bytes.toString()).to.equal(bytes);
      expect(row?.object.metadata.resourceVersion).to.not.equal(object.metadata.resourceVersion);
      for (const cursor of cursors) cursor.end('closed');
    });
  });
});
