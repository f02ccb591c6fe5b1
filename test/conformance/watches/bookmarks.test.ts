/** Bookmarks: conformance 2.2 and 2.3. */
import { expect } from 'chai';
import { pod } from '../../../src/testing/informers/index.ts';
import { BASE } from '../../support/test-server.ts';
import {
  AWB,
  later,
  lines,
  next,
  NO_SIE,
  objectOf,
  PARTIAL,
  rest,
  ROWS,
  SHOP,
  SIE,
  TABLE,
  eventText,
} from './watch-rig.ts';
import { versionOf, WatchRig } from './watch-rig.ts';
import { revisionAfter, revisionOf } from '../../support/versions.ts';

const MATCH = 'resourceVersionMatch';
const REQUIRES = 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
const UNLESS = 'Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
const CONTINUE = 'Forbidden: resourceVersionMatch is forbidden when continue is provided';
const unsupported = (value: string): string => `Unsupported value: "${value}": supported values: "NotOlderThan"`;

describe('bookmarks of watches', () => {
  let rig: WatchRig;
  let version: string;

  beforeEach(async () => {
    rig = await WatchRig.of(pod('shop/a', { phase: 'Running' }), pod('shop/b'));
    version = await rig.version();
  });

  afterEach(() => rig.close());

  describe('at the end of the initial events', () => {
    it('2.2 the end bookmark is sent once, directly after the last initial event, even if there are no initial events', async () => {
      const [some, none] = [
        await rig.opened(`${AWB}&${SIE}&timeoutSeconds=200`),
        await rig.opened(`${AWB}&${SIE}&timeoutSeconds=200&labelSelector=missing`),
      ];
      for (let n = 0; n < 3; n += 1) {
        rig.pods.bookmark();
        await rig.pass(60_000);
      }
      await rig.pass(20_000);
      // One each minute, and one before the end.
      const marks = ['BOOKMARK', 'BOOKMARK', 'BOOKMARK', 'BOOKMARK'];
      expect(await rest(some)).to.deep.equal(['ADDED a Running', 'ADDED b Pending', 'END', ...marks]);
      expect(await rest(none)).to.deep.equal(['END', ...marks]);
    });

    it('2.2 the object of the end bookmark has kind, apiVersion, version and annotation, and later bookmarks lack the annotation', async () => {
      const stream = await rig.opened(`${AWB}&labelSelector=missing`);
      rig.pods.bookmark();
      await rig.pass(60_000);
      const [end, mark] = await lines(stream, 2);
      const [kind, apiVersion] = ['PodSummary', 'example.com/v1'];
      const annotations = { 'k8s.io/initial-events-end': 'true' };
      expect(end?.object).to.deep.equal({ kind, apiVersion, metadata: { resourceVersion: version, annotations } });
      expect(mark?.object).to.deep.equal({ kind, apiVersion, metadata: { resourceVersion: later(version, 1n) } });
    });

    it('2.2 the version of the end bookmark is the version of the state of all namespaces, and not below the requested version', async () => {
      rig.pods.add(pod('bank/x'));
      rig.pods.bookmark();
      for (const since of ['', '&resourceVersion=0', `&resourceVersion=${version}`]) {
        const all = await lines(rig.open(`${AWB}&${SIE}${since}`, { path: SHOP }), 3);
        expect([eventText(all[2]), versionOf(all[2])]).to.deep.equal(['END', await rig.version()]);
        expect(revisionOf(versionOf(all[2]))).to.equal(revisionAfter(version, 2));
      }
      const before = rig.test.clock.waiting;
      const ahead = rig.open(`${AWB}&${SIE}&resourceVersion=${later(version, 4n)}`, { path: SHOP });
      await rig.waiting(before);
      rig.pods.bookmark();
      rig.pods.bookmark();
      const all = await lines(ahead, 3);
      expect([eventText(all[2]), revisionOf(versionOf(all[2]))]).to.deep.equal(['END', revisionAfter(version, 4)]);
    });

    it('2.2 without AWB, initial events are sent without an end bookmark', async () => {
      for (const query of [SIE, `${SIE}&allowWatchBookmarks=false`]) {
        const stream = await rig.opened(query);
        expect(await next(stream, 2)).to.deep.equal(['ADDED a Running', 'ADDED b Pending']);
        rig.pods.modify(pod('shop/b', { labels: { query: `${query.length}` } }));
        expect(eventText(await stream.next())).to.equal('MODIFIED b Pending');
      }
    });

    for (const [title, query, causes] of [
      ['2.2 validation rejects SIE without RVM', 'sendInitialEvents=true', [[MATCH, REQUIRES]]],
      ['2.2 validation rejects SIE false without RVM', 'sendInitialEvents=false', [[MATCH, REQUIRES]]],
      [
        '2.2 validation rejects SIE with another RVM',
        `sendInitialEvents=true&${MATCH}=Exact&resourceVersion=1`,
        [
          [MATCH, REQUIRES],
          [MATCH, unsupported('Exact')],
        ],
      ],
      ['2.2 validation rejects RVM without SIE', `${MATCH}=NotOlderThan`, [[MATCH, UNLESS]]],
      [
        '2.2 validation rejects an unknown RVM',
        `${MATCH}=Newest`,
        [
          [MATCH, UNLESS],
          [MATCH, unsupported('Newest')],
        ],
      ],
      ['2.2 validation rejects RVM with continue', `${SIE}&continue=x`, [[MATCH, CONTINUE]]],
    ] as const) {
      it(title, async () => {
        const { status, text } = await rig.test.get(`${ROWS}?watch=1&${query}`);
        expect(status).to.equal(422);
        const { message, reason, details } = JSON.parse(text);
        expect([reason, details.group, details.kind]).to.deep.equal(['Invalid', 'meta.k8s.io', 'ListOptions']);
        expect(details.causes.map((cause: any) => [cause.field, cause.message])).to.deep.equal(causes);
        for (const [, cause] of causes) expect(message).to.include(cause);
      });
    }
  });

  describe('later', () => {
    it('2.3 an idle collection sends a bookmark each minute, with the version that the watch already has', async () => {
      const stream = await rig.opened(`${AWB}&resourceVersion=${version}&timeoutSeconds=300`);
      for (let minute = 0; minute < 4; minute += 1) await rig.pass(60_000);
      const marks = await lines(stream, 4);
      expect(marks.map(eventText)).to.deep.equal(Array.from(marks, () => 'BOOKMARK'));
      expect(marks.map(versionOf)).to.deep.equal(Array.from(marks, () => version));
      await rig.pass(60_000);
      // The bookmark before the end.
      expect(await rest(stream)).to.deep.equal(['BOOKMARK']);
    });

    it('2.3 bookmarks are sent about every minute and two seconds before the deadline to watchers that requested them', async () => {
      const query = `resourceVersion=${version}&timeoutSeconds=150`;
      const [withBookmarks, withoutBookmarks] = [await rig.opened(`${query}&${AWB}`), await rig.opened(query)];
      const versions: string[] = [];
      for (const milliseconds of [60_000, 60_000, 28_000]) {
        rig.pods.bookmark();
        let isEarly = true;
        const mark = withBookmarks.next().then((line) => {
          expect(isEarly, 'the bookmark is not early').to.equal(false);
          versions.push(versionOf(line));
        });
        await rig.pass(milliseconds - 1);
        // A response on the same connection arrives after everything sent earlier.
        await rig.test.http2.request('/livez');
        isEarly = false;
        await rig.pass(1);
        await mark;
      }
      expect(versions).to.deep.equal([1n, 2n, 3n].map((n) => later(version, n)));
      await rig.pass(2000);
      expect([await rest(withBookmarks), await rest(withoutBookmarks)]).to.deep.equal([[], []]);
    });

    it('2.3 a watcher that resumes from a bookmark receives each later event once', async () => {
      const stream = await rig.opened(`${AWB}&resourceVersion=${version}`);
      rig.pods.modify(pod('shop/b', { phase: 'Running' }));
      rig.pods.bookmark();
      await rig.pass(60_000);
      const [event, mark] = await lines(stream, 2);
      expect([eventText(event), eventText(mark)]).to.deep.equal(['MODIFIED b Running', 'BOOKMARK']);
      expect(BigInt(versionOf(mark)) > BigInt(versionOf(event))).to.equal(true);
      stream.cancel();
      while (rig.watchers > 0) await rig.pass(0);
      rig.pods.delete('shop/b');
      const resumed = await rig.opened(`${AWB}&resourceVersion=${versionOf(mark)}`);
      expect(await next(resumed, 1)).to.deep.equal(['DELETED b Running']);
    });

    it('2.3 bookmarks advance the version of a watcher of unchanged objects, so that it never becomes too old', async () => {
      const quiet = await WatchRig.over(rig.pods, { definition: { log: { entries: 5 } } });
      const first = await quiet.version();
      const stream = await quiet.opened(`${AWB}&resourceVersion=${first}&fieldSelector=metadata.name%3Da`);
      for (let n = 0; n < 20; n += 1) rig.pods.modify(pod('shop/b', { labels: { n: String(n) } }));
      await quiet.pass(60_000);
      const [mark] = await lines(stream, 1);
      expect([eventText(mark), versionOf(mark)]).to.deep.equal(['BOOKMARK', await quiet.version()]);
      expect(revisionOf(versionOf(mark))).to.equal(revisionAfter(first, 20));
      expect(await next(quiet.open(`resourceVersion=${first}`), 1)).to.deep.equal(['ERROR 410']);
      const resumed = await quiet.opened(`resourceVersion=${versionOf(mark)}&fieldSelector=metadata.name%3Da`);
      rig.pods.delete('shop/a');
      expect(await next(resumed, 1)).to.deep.equal(['DELETED a Running']);
      await quiet.close();
    });
  });

  describe('in other representations', () => {
    const cells = ['', null, null];

    for (const [includeObject, end, later] of [
      ['', 'PartialObjectMetadata', 'PartialObjectMetadata'],
      ['Metadata', 'PartialObjectMetadata', 'PartialObjectMetadata'],
      ['Object', 'PodSummary', 'PodSummary'],
      ['None', 'PartialObjectMetadata', undefined],
    ] as const) {
      it(`2.3 a bookmark in a Table has an empty name and empty other cells, with includeObject "${includeObject}"`, async () => {
        const stream = await rig.opened(`${AWB}&labelSelector=missing&includeObject=${includeObject}`, {
          accept: TABLE,
        });
        rig.pods.bookmark();
        await rig.pass(60_000);
        const [first, second] = (await lines(stream, 2)) as any[];
        expect([first.type, second.type]).to.deep.equal(['BOOKMARK', 'BOOKMARK']);
        expect([first.object.rows[0].cells, second.object.rows[0].cells]).to.deep.equal([cells, cells]);
        expect([first.object.columnDefinitions.length, second.object.columnDefinitions]).to.deep.equal([3, null]);
        expect(first.object.rows[0].object).to.deep.include({ kind: end });
        expect(first.object.rows[0].object.metadata.annotations).to.deep.equal({ 'k8s.io/initial-events-end': 'true' });
        expect(second.object.rows[0].object?.kind).to.equal(later);
        expect(BigInt(versionOf(second)) > BigInt(versionOf(first))).to.equal(true);
      });
    }

    it('2.3 a bookmark as PartialObjectMetadata has a version, the annotation at the end of initial events, and no name', async () => {
      const stream = await rig.opened(`${AWB}&labelSelector=missing`, { accept: PARTIAL });
      const [end] = await lines(stream, 1);
      expect(objectOf(end)).to.deep.equal({
        kind: 'PartialObjectMetadata',
        apiVersion: 'meta.k8s.io/v1',
        metadata: { resourceVersion: version, annotations: { 'k8s.io/initial-events-end': 'true' } },
      });
    });

    it('2.3 the deprecated paths send bookmarks, but no end bookmark', async () => {
      const stream = await rig.opened(AWB, { path: `${BASE}/watch/podsummaries` });
      rig.pods.bookmark();
      await rig.pass(60_000);
      expect(await next(stream, 3)).to.deep.equal(['ADDED a Running', 'ADDED b Pending', 'BOOKMARK']);
    });

    it('2.3 a watch without initial events sends bookmarks, but no end bookmark', async () => {
      const stream = await rig.opened(`${AWB}&${NO_SIE}`);
      rig.pods.bookmark();
      await rig.pass(60_000);
      expect(await next(stream, 1)).to.deep.equal(['BOOKMARK']);
    });
  });
});
