/** Events of a watcher with a selector: conformance 2.4, row by row, live and from history. */
import { expect } from 'chai';
import { pod } from '../../../src/testing/informers/index.ts';
import type { WatchLine } from '../../support/https-client.ts';
import { BASE } from '../../support/test-server.ts';
import { lines, objectOf, PARTIAL, SHOP, TABLE, eventText, versionOf, WatchRig } from './watch-rig.ts';
import { revisionAfter, revisionOf } from '../../support/versions.ts';

describe('events under selectors', () => {
  let rig: WatchRig;
  let version: string;

  beforeEach(async () => {
    rig = await WatchRig.of(
      pod('shop/in', { phase: 'Running', labels: { app: 'web', n: '0' } }),
      pod('shop/out', { phase: 'Pending', labels: { app: 'db', n: '0' } }),
    );
    version = await rig.version();
  });

  afterEach(() => rig.close());

  const SELECTIONS = ['labelSelector=app%3Dweb', 'fieldSelector=status.phase%3DRunning', 'labelSelector=app+in+(web)'];

  /** The events of a change. Watchers that are open, and watchers that resume must receive the same events for all equal selectors. */
  async function sent(change: () => void): Promise<WatchLine[]> {
    const live = await Promise.all(
      SELECTIONS.map((selection) => rig.opened(`resourceVersion=${version}&${selection}`)),
    );
    change();
    // A marker that all watchers receive, to find the end of the events before it.
    rig.pods.add(pod('zoo/marker', { phase: 'Running', labels: { app: 'web' } }));
    const replayed = SELECTIONS.map((selection) => rig.open(`resourceVersion=${version}&${selection}`));
    const all: WatchLine[][] = [];
    for (const stream of [...live, ...replayed]) {
      const events: WatchLine[] = [];
      for await (const line of stream) {
        if (objectOf(line).metadata.name === 'marker') break;
        events.push(line);
      }
      all.push(events);
    }
    const [first = []] = all;
    for (const events of all) expect(events).to.deep.equal(first);
    return first;
  }

  const shown = (line: WatchLine): string =>
    `${eventText(line)} ${objectOf(line).metadata.labels?.['n']} +${revisionOf(versionOf(line)) - revisionOf(version)}`;

  it('2.4 a row that begins to match is ADDED with its new content at the version of the event', async () => {
    const moved = await sent(() =>
      rig.pods.modify(pod('shop/out', { phase: 'Running', labels: { app: 'web', n: '1' } })),
    );
    expect(moved.map(shown)).to.deep.equal(['ADDED out Running 1 +1']);
  });

  it('2.4 a new matching row is ADDED with its content at the version of the event', async () => {
    const created = await sent(() =>
      rig.pods.add(pod('shop/new', { phase: 'Running', labels: { app: 'web', n: '2' } })),
    );
    expect(created.map(shown)).to.deep.equal(['ADDED new Running 2 +1']);
  });

  it('2.4 a row that still matches is MODIFIED with its new content at the version of the event', async () => {
    const events = await sent(() =>
      rig.pods.modify(pod('shop/in', { phase: 'Running', labels: { app: 'web', n: '1' } })),
    );
    expect(events.map(shown)).to.deep.equal(['MODIFIED in Running 1 +1']);
  });

  it('2.4 a row that stops matching is DELETED with its previous content at the version of the change', async () => {
    const events = await sent(() =>
      rig.pods.modify(pod('shop/in', { phase: 'Failed', labels: { app: 'db', n: '1' } })),
    );
    expect(events.map(shown)).to.deep.equal(['DELETED in Running 0 +1']);
  });

  it('2.4 a deleted matching row is DELETED with its last content at the version of the deletion', async () => {
    const events = await sent(() => {
      rig.pods.modify(pod('shop/in', { phase: 'Running', labels: { app: 'web', n: '1' } }));
      rig.pods.bookmark();
      rig.pods.delete('shop/in');
    });
    expect(events.slice(1).map(shown)).to.deep.equal(['DELETED in Running 1 +3']);
  });

  it('2.4 changes and deletions of rows that do not match cause no events', async () => {
    const events = await sent(() => {
      rig.pods.modify(pod('shop/out', { phase: 'Failed', labels: { app: 'db', n: '1' } }));
      rig.pods.add(pod('shop/new', { labels: { app: 'db' } }));
      rig.pods.delete('shop/out', 'shop/new');
    });
    expect(events).to.deep.equal([]);
  });

  it('2.4 a row that matches only for a time is ADDED and DELETED, even for a watcher that resumes late', async () => {
    const events = await sent(() => {
      for (const [n, app, phase] of [
        ['1', 'web', 'Running'],
        ['2', 'web', 'Running'],
        ['3', 'db', 'Failed'],
        ['4', 'db', 'Pending'],
        ['5', 'web', 'Running'],
      ] as const) {
        rig.pods.modify(pod('shop/out', { phase, labels: { app, n } }));
      }
    });
    expect(events.map((line) => `${eventText(line)} ${objectOf(line).metadata.labels?.['n']}`)).to.deep.equal([
      'ADDED out Running 1',
      'MODIFIED out Running 2',
      'DELETED out Running 2',
      'ADDED out Running 5',
    ]);
    expect(events.map(versionOf).map(revisionOf)).to.deep.equal([1, 2, 3, 5].map((n) => revisionAfter(version, n)));
  });

  it('2.4 namespaces select events, and are not matched as prefixes', async () => {
    const streams = await Promise.all(
      ['shop', 'shop-2', 'sho'].map((namespace) =>
        rig.opened(`resourceVersion=${version}`, { path: `${BASE}/namespaces/${namespace}/podsummaries` }),
      ),
    );
    rig.pods.add(pod('shop-2/x'), pod('sho/y'), pod('shop/z'));
    const firsts = await Promise.all(streams.map(async (stream) => eventText(await stream.next())));
    expect(firsts).to.deep.equal(['ADDED z Pending', 'ADDED x Pending', 'ADDED y Pending']);
  });

  it('2.4 a DELETED event has the previous content in every representation', async () => {
    const query = `resourceVersion=${version}&labelSelector=app%3Dweb`;
    const streams = await Promise.all(
      [TABLE, PARTIAL, 'application/json'].map((accept) => rig.opened(query, { path: SHOP, accept })),
    );
    rig.pods.modify(pod('shop/in', { phase: 'Failed', labels: { app: 'db', n: '1' } }));
    const events: any[] = await Promise.all(streams.map((stream) => stream.next()));
    const [table, partial, object] = events.map((event) => event.object);
    expect(events.map(({ type }) => type)).to.deep.equal(['DELETED', 'DELETED', 'DELETED']);
    expect(table.rows[0].cells.slice(0, 2)).to.deep.equal(['in', 'Running']);
    expect(table.rows[0].object.metadata).to.deep.equal(partial.metadata);
    expect(partial.metadata).to.deep.equal(object.metadata);
    expect(object.metadata.labels).to.deep.equal({ app: 'web', n: '0' });
    const now = await rig.version();
    for (const event of events) expect(versionOf(event)).to.equal(now);
    expect(revisionOf(now)).to.equal(revisionAfter(version, 1));
  });

  it('2.4 a MODIFIED event with an unchanged version is never sent', async () => {
    const stream = await rig.opened('');
    const seen = new Map<string | undefined, string>();
    for (const line of await lines(stream, 2)) seen.set(objectOf(line).metadata.name, versionOf(line));
    // A change without effect on the row, the same objects in a relist, and then a change of the row.
    rig.pods.modify(pod('shop/in', { node: 'n1', phase: 'Running', labels: { app: 'web', n: '0' } }));
    rig.pods.relist();
    rig.pods.modify(pod('shop/in', { node: 'n1', phase: 'Running', labels: { app: 'web', n: '1' } }));
    const event = await stream.next();
    expect([eventText(event), objectOf(event).metadata.labels?.['n']]).to.deep.equal(['MODIFIED in Running', '1']);
    expect(versionOf(event)).to.not.equal(seen.get('in'));
  });
});
