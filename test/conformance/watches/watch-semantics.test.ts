/**
 * The upstream conformance tests of watches (conformance 11.2), rewritten for this server. docs/contributors/conformance-watches.md
 * names the other tests that show a part of them. One file, because it follows the order of upstream's list.
 */
import { expect } from 'chai';
import { viewsOf } from '../../../src/server/api-server.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { BASE } from '../../support/test-server.ts';
import {
  AWB,
  later,
  lines,
  next,
  NO_SIE,
  objectOf,
  rest,
  SHOP,
  SIE,
  eventText,
  versionOf,
  WatchRig,
} from './watch-rig.ts';
import { revisionAfter, revisionOf } from '../../support/versions.ts';

describe('the upstream conformance tests of watches', () => {
  let rig: WatchRig;
  /** The version of a state without rows. */
  let empty: string;

  beforeEach(async () => {
    rig = await WatchRig.over(fakeInformer());
    rig.pods.bookmark(7);
    empty = await rig.version();
    rig.pods.add(pod('shop/a'), pod('shop/b'));
  });

  afterEach(() => rig.close());

  const added = ['ADDED a Pending', 'ADDED b Pending'];
  const end = [...added, 'END'];

  // `empty` stands for RV 1 in upstream's list, a kept version below all rows.
  for (const [title, query, expected] of [
    ['11.2 WatchSemantics: RV unset, AWB, SIE', `${AWB}&${SIE}`, end],
    ['11.2 WatchSemantics: RV 0, AWB, SIE', `resourceVersion=0&${AWB}&${SIE}`, end],
    ['11.2 WatchSemantics: RV old, AWB, SIE', `resourceVersion={old}&${AWB}&${SIE}`, end],
    ['11.2 WatchSemantics: RV current, AWB, SIE', `resourceVersion={now}&${AWB}&${SIE}`, end],
    ['11.2 WatchSemantics: RV unset, SIE', SIE, added],
    ['11.2 WatchSemantics: RV 0, SIE', `resourceVersion=0&${SIE}`, added],
    ['11.2 WatchSemantics: RV old, SIE', `resourceVersion={old}&${SIE}`, added],
    ['11.2 WatchSemantics: RV current, SIE', `resourceVersion={now}&${SIE}`, added],
    ['11.2 WatchSemantics: RV unset, AWB, SIE false', `${AWB}&${NO_SIE}`, []],
    ['11.2 WatchSemantics: RV 0, AWB, SIE false', `resourceVersion=0&${AWB}&${NO_SIE}`, []],
    ['11.2 WatchSemantics: RV old, AWB, SIE false', `resourceVersion={old}&${AWB}&${NO_SIE}`, added],
    ['11.2 WatchSemantics: RV current, AWB, SIE false', `resourceVersion={now}&${AWB}&${NO_SIE}`, []],
    ['11.2 WatchSemantics: RV unset, SIE false', NO_SIE, []],
    ['11.2 WatchSemantics: RV 0, SIE false', `resourceVersion=0&${NO_SIE}`, []],
    ['11.2 WatchSemantics: RV old, SIE false', `resourceVersion={old}&${NO_SIE}`, added],
    ['11.2 WatchSemantics: RV current, SIE false', `resourceVersion={now}&${NO_SIE}`, []],
    ['11.2 WatchSemantics: legacy, RV unset', '', added],
    ['11.2 WatchSemantics: legacy, RV 0', 'resourceVersion=0', added],
  ] as const) {
    it(title, async () => {
      const now = await rig.version();
      const stream = await rig.opened(query.replace('{old}', empty).replace('{now}', now));
      const before = await lines(stream, expected.length);
      expect(before.map(eventText)).to.deep.equal(expected);
      if (expected === end) expect(versionOf(before.at(-1))).to.equal(now);
      rig.pods.add(pod('shop/c'));
      rig.pods.modify(pod('shop/a', { phase: 'Running' }));
      expect(await next(stream, 2), 'no events in between').to.deep.equal(['ADDED c Pending', 'MODIFIED a Running']);
    });
  }

  it('11.2 Watch: sends creations, changes and deletions, with and without a selector', async () => {
    const all = await rig.opened(`resourceVersion=${await rig.version()}`);
    const some = await rig.opened(`resourceVersion=${await rig.version()}&fieldSelector=status.phase%3DRunning`);
    rig.pods.add(pod('shop/c', { phase: 'Running' }));
    rig.pods.modify(pod('shop/c', { phase: 'Running', labels: { a: 'b' } }));
    rig.pods.modify(pod('shop/c', { phase: 'Failed' }));
    rig.pods.modify(pod('shop/b', { phase: 'Running' }));
    rig.pods.delete('shop/c', 'shop/b');
    expect(await next(all, 6)).to.deep.equal([
      'ADDED c Running',
      'MODIFIED c Running',
      'MODIFIED c Failed',
      'MODIFIED b Running',
      'DELETED c Failed',
      'DELETED b Running',
    ]);
    expect(await next(some, 5)).to.deep.equal([
      'ADDED c Running',
      'MODIFIED c Running',
      'DELETED c Running',
      'ADDED b Running',
      'DELETED b Running',
    ]);
  });

  it('11.2 WatchFromZero: sends the current state and then changes, even if the history is gone', async () => {
    const stream = await rig.opened('resourceVersion=0');
    expect(await next(stream, 2)).to.deep.equal(added);
    rig.pods.modify(pod('shop/a', { phase: 'Running' }));
    expect(await next(stream, 1)).to.deep.equal(['MODIFIED a Running']);
    rig.pods.replace(pod('shop/x'), pod('shop/y'));
    expect(await next(rig.open(`resourceVersion=${empty}`), 2)).to.deep.equal(['ERROR 410', 'end']);
    expect(await next(rig.open('resourceVersion=0'), 2)).to.deep.equal(['ADDED x Pending', 'ADDED y Pending']);
  });

  it('11.2 DeleteTriggerWatch: a deletion reaches a watcher that started before it', async () => {
    const stream = await rig.opened(`resourceVersion=${await rig.version()}`);
    rig.pods.delete('shop/a');
    expect(await next(stream, 1)).to.deep.equal(['DELETED a Pending']);
  });

  it('11.2 WatchFromNonZero: sends only events after the version', async () => {
    const version = await rig.version();
    rig.pods.modify(pod('shop/a', { phase: 'Running' }));
    const second = await rig.version();
    expect(revisionOf(second)).to.equal(revisionAfter(version, 1));
    rig.pods.modify(pod('shop/a', { phase: 'Failed' }));
    const stream = rig.open(`resourceVersion=${second}`);
    expect(await next(stream, 1)).to.deep.equal(['MODIFIED a Failed']);
  });

  it('11.2 WatchDeleteEventObjectHaveLatestRV: a DELETED event has the version of the deletion, above all earlier versions', async () => {
    const version = await rig.version();
    rig.pods.modify(pod('shop/a', { phase: 'Running' }));
    rig.pods.delete('shop/a');
    const [modified, deleted] = await lines(rig.open(`resourceVersion=${version}`), 2);
    expect([modified, deleted].map(eventText)).to.deep.equal(['MODIFIED a Running', 'DELETED a Running']);
    expect([modified, deleted].map(versionOf).map(revisionOf)).to.deep.equal(
      [1, 2].map((n) => revisionAfter(version, n)),
    );
    expect(await rig.version()).to.equal(versionOf(deleted));
  });

  it('11.2 WatchContextCancel: a client can disconnect at any time, which blocks and leaks nothing', async () => {
    const future = later(await rig.version(), 9n);
    for (const query of ['', AWB, `resourceVersion=${future}&${SIE}`, `resourceVersion=${empty}`, 'labelSelector=x']) {
      rig.open(query).cancel();
      const read = rig.open(query);
      rig.pods.modify(pod('shop/a', { labels: { query: String(query.length) } }));
      read.cancel();
      expect(await rest(read)).to.have.length.below(6);
    }
    const last = rig.open(`resourceVersion=${empty}`);
    expect(await next(last, 2)).to.have.length(2);
    last.cancel();
    while (rig.watchers > 0 || rig.test.clock.waiting > 0) await rig.pass(0);
    expect(viewsOf(rig.test.server)[0]?.view.watchers).to.equal(0);
  });

  it('11.2 ClusterScopedWatch: a watch of a name receives only events of that name', async () => {
    const stream = await rig.opened(`resourceVersion=${await rig.version()}&fieldSelector=metadata.name%3Db`);
    rig.pods.add(pod('bank/a'), pod('bank/b'), pod('shop/bb'));
    rig.pods.modify(pod('shop/b', { phase: 'Running' }));
    expect(await next(stream, 2), 'in all namespaces').to.deep.equal(['ADDED b Pending', 'MODIFIED b Running']);
  });

  it('11.2 NamespaceScopedWatch: a watch of a namespace, a name or both receives only their events', async () => {
    const version = await rig.version();
    const shop = await rig.opened(`resourceVersion=${version}`, { path: SHOP });
    const shopB = await rig.opened(`resourceVersion=${version}&fieldSelector=metadata.name%3Db`, { path: SHOP });
    const byField = await rig.opened(`resourceVersion=${version}&fieldSelector=metadata.namespace%3Dshop`);
    const nothing = await rig.opened(`resourceVersion=${version}&fieldSelector=metadata.namespace%3Dbank`, {
      path: SHOP,
    });
    rig.pods.add(pod('bank/b'), pod('shop-2/b'), pod('sho/b'), pod('shop/c'));
    rig.pods.modify(pod('shop/b', { phase: 'Running' }));
    for (const stream of [shop, byField]) {
      expect(await next(stream, 2)).to.deep.equal(['ADDED c Pending', 'MODIFIED b Running']);
    }
    expect(await next(shopB, 1)).to.deep.equal(['MODIFIED b Running']);
    nothing.cancel();
    expect(await rest(nothing)).to.deep.equal([]);
  });

  it('11.2 WatchDispatchBookmarkEvents: sends a bookmark with the current version before the deadline, and none without AWB', async () => {
    const version = await rig.version();
    const query = `resourceVersion=${version}&timeoutSeconds=10&fieldSelector=metadata.name%3Da`;
    const [withBookmarks, withoutBookmarks] = [await rig.opened(`${query}&${AWB}`), await rig.opened(query)];
    await rig.pass(7999);
    rig.pods.modify(pod('shop/b', { phase: 'Running' }));
    await rig.pass(1);
    rig.pods.modify(pod('shop/b', { phase: 'Failed' }));
    await rig.pass(2000);
    const [bookmark, over] = await lines(withBookmarks, 2);
    expect([eventText(bookmark), over]).to.deep.equal(['BOOKMARK', undefined]);
    expect(revisionOf(versionOf(bookmark))).to.equal(revisionAfter(version, 1));
    expect(await rest(withoutBookmarks)).to.deep.equal([]);
  });

  it('11.2 OptionalWatchBookmarksWithCorrectResourceVersion: no bookmark is ahead of an unsent event, under load', async () => {
    const streams = [
      await rig.opened(`resourceVersion=${await rig.version()}&${AWB}&timeoutSeconds=201`),
      await rig.opened(`${AWB}&timeoutSeconds=201&fieldSelector=metadata.name%3Da`),
    ];
    for (let n = 0; n < 400; n += 1) {
      rig.pods.modify(pod(n % 3 === 0 ? 'shop/a' : 'shop/b', { labels: { n: String(n) } }));
      if (n % 5 === 4) rig.pods.bookmark();
      await rig.pass(500);
    }
    await rig.pass(1000);
    for (const [index, stream] of streams.entries()) {
      let [sent, bookmarks, events] = [0n, 0, 0];
      for await (const line of stream) {
        const version = BigInt(versionOf(line));
        const isInitial = index === 1 && events === 0;
        if (line.type === 'BOOKMARK') expect(version >= sent).to.equal(true);
        else if (!isInitial)
          expect(version > sent, 'events have higher versions than earlier bookmarks').to.equal(true);
        if (line.type === 'BOOKMARK') bookmarks += 1;
        else events += 1;
        sent = version;
      }
      expect(bookmarks).to.be.above(2);
      expect(events).to.equal(index === 0 ? 400 : 135);
    }
  });

  it('11.2 SendInitialEventsBackwardCompatibility: SIE unset at RV 0 keeps its earlier behaviour', async () => {
    const stream = await rig.opened('resourceVersion=0');
    rig.pods.modify(pod('shop/a', { phase: 'Running' }));
    expect(await next(stream, 3)).to.deep.equal([...added, 'MODIFIED a Running']);
  });

  it('11.2 WatchSemanticInitialEventsExtended: the end bookmark has the version of the whole state', async () => {
    rig.pods.add(pod('bank/other'));
    rig.pods.bookmark();
    const [, row, , marker] = await lines(rig.open(`${AWB}&${SIE}`), 4);
    expect(eventText(row)).to.equal('ADDED a Pending');
    expect(versionOf(marker)).to.equal(await rig.version());
    const [one, end] = await lines(rig.open(`${AWB}&${SIE}&fieldSelector=metadata.name%3Da`, { path: SHOP }), 2);
    expect([eventText(one), eventText(end)]).to.deep.equal(['ADDED a Pending', 'END']);
    expect(versionOf(end)).to.equal(await rig.version());
    expect(BigInt(versionOf(end)) > BigInt(versionOf(one)) + 1n).to.equal(true);
  });

  it('11.2 WatchListMatchSingle: SIE of one name sends that object, the end bookmark, and its changes', async () => {
    const query = `${AWB}&${SIE}&fieldSelector=metadata.name%3Da`;
    for (const stream of [await rig.opened(query), await rig.opened(query, { path: SHOP })]) {
      expect(await next(stream, 2)).to.deep.equal(['ADDED a Pending', 'END']);
      rig.pods.modify(pod('shop/b', { labels: { n: String(rig.watchers) } }));
      rig.pods.modify(pod('shop/a', { labels: { n: String(rig.watchers) } }));
      expect(await next(stream, 1)).to.deep.equal(['MODIFIED a Pending']);
    }
  });

  it('11.2 WatchErrorIsBlockingFurtherEvents: no event follows an ERROR', async () => {
    const stream = rig.open(`resourceVersion=${later(empty, -7n)}&${AWB}&timeoutSeconds=100`);
    rig.pods.add(pod('shop/c'));
    expect(await next(stream, 1)).to.deep.equal(['ERROR 410']);
    rig.pods.add(pod('shop/d'));
    await rig.pass(98_000);
    expect(await rest(stream)).to.deep.equal([]);
    expect(rig.watchers).to.equal(0);
  });

  it('11.4 WatchTable and WatchPartial: each event has the requested representation, and an ERROR has a Status', async () => {
    for (const [accept, kind] of [
      ['application/json;as=Table;v=v1;g=meta.k8s.io', 'Table'],
      ['application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io', 'PartialObjectMetadata'],
      ['application/json', 'PodSummary'],
    ] as const) {
      const stream = await rig.opened(AWB, { accept });
      rig.pods.modify(pod('shop/a', { labels: { form: kind } }));
      const all = await lines(stream, 4);
      expect(all.map((line) => [line?.type, objectOf(line).kind])).to.deep.equal([
        ['ADDED', kind],
        ['ADDED', kind],
        ['BOOKMARK', kind],
        ['MODIFIED', kind],
      ]);
      for (const line of all) expect(versionOf(line)).to.match(/^[1-9][0-9]*$/);
      const [error] = await lines(rig.open(`resourceVersion=${later(empty, -7n)}`, { accept }), 1);
      expect([error?.type, objectOf(error).kind]).to.deep.equal(['ERROR', 'Status']);
    }
  });

  it('11.4 selectors, version and timeout of a watch apply on each kind of path', async () => {
    rig.pods.add(pod('bank/a', { labels: { x: 'y' } }));
    const query = 'labelSelector=x%3Dy&fieldSelector=metadata.name%3Da&resourceVersion=0&timeoutSeconds=5';
    const streams = [
      await rig.opened(query),
      await rig.opened(query, { path: `${BASE}/namespaces/bank/podsummaries` }),
      await rig.opened(query, { path: `${BASE}/watch/podsummaries` }),
      await rig.opened(query, { path: `${BASE}/watch/namespaces/bank/podsummaries` }),
      await rig.opened('labelSelector=x%3Dy&timeoutSeconds=5', {
        path: `${BASE}/watch/namespaces/bank/podsummaries/a`,
      }),
    ];
    await rig.pass(5000);
    for (const stream of streams) expect(await rest(stream)).to.deep.equal(['ADDED a Pending']);
  });
});
