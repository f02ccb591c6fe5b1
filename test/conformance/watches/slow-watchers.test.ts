/** Watchers that do not read, and their effect on others: conformance 2.8 and parts of 11.2 and 11.3. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { DEFAULT_LOG_BOUNDS } from '../../../src/projections/change-log.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { lines, next, rest, ROWS, eventText, versionOf, WatchRig } from './watch-rig.ts';
import { revisionAfter, revisionOf } from '../../support/versions.ts';

/** A few dozen of these rows fill all buffers on the way to a client that does not read. */
const TEXT = 'x'.repeat(100_000);
const big = (n: number): ReturnType<typeof pod> => pod('shop/a', { labels: { n: String(n), text: TEXT } });

describe('slow watchers', () => {
  let rig: WatchRig;

  /** A watch on a separate connection. The client does not read its body. */
  const unread = async (query: string): Promise<IncomingMessage> => {
    const { port, ca } = rig.test.client;
    const path = `${ROWS}?watch=1&${query}`;
    const sent = request({ host: '127.0.0.1', servername: 'localhost', port, ca, path, agent: false });
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return response;
  };
  /** Reads a number of lines, or all, and returns their values of the label `n`. */
  const numbers = async (response: IncomingMessage, count = Number.POSITIVE_INFINITY): Promise<number[]> => {
    const taken: number[] = [];
    for await (const line of createInterface(response)) {
      taken.push(Number(JSON.parse(line).object.metadata.labels.n));
      if (taken.length === count) break;
    }
    response.destroy();
    return taken;
  };
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);

  afterEach(() => rig.close());

  it('11.2 WatcherTimeout: eight watchers that do not read do not delay the others, and each receives all events up to a point', async () => {
    rig = await WatchRig.over(fakeInformer(big(0)), { definition: { log: { entries: 20 } } });
    const query = `resourceVersion=${await rig.version()}`;
    const slow = await Promise.all(Array.from({ length: 8 }, () => unread(query)));
    const reader = await rig.opened(query);
    for (const n of upTo(150)) {
      rig.pods.modify(big(n));
      const line = (await reader.next()) as any;
      expect(Number(line.object.metadata.labels.n)).to.equal(n);
    }
    const got = await Promise.all(slow.map(numbers));
    for (const sent of got) {
      expect(sent).to.deep.equal(upTo(sent.length));
      expect(sent.length).to.be.within(1, 149);
    }
    while (rig.watchers > 1) await rig.pass(0);
  });

  it('11.2 DelayedWatchDelivery: 21 events are accepted for a watcher that does not read, which can read them after the end', async () => {
    rig = await WatchRig.of(pod('shop/a', { labels: { n: '0' } }));
    const slow = await unread(`resourceVersion=${await rig.version()}&timeoutSeconds=60`);
    for (const n of upTo(21)) rig.pods.modify(pod('shop/a', { labels: { n: String(n) } }));
    await rig.pass(0);
    await rig.pass(60_000);
    expect(rig.watchers).to.equal(0);
    expect(await numbers(slow)).to.deep.equal(upTo(21));
  });

  it('2.8 a watcher that reads late loses no events that are still in the log', async () => {
    rig = await WatchRig.of(big(0));
    const slow = await unread(`resourceVersion=${await rig.version()}`);
    for (const n of upTo(100)) rig.pods.modify(big(n));
    await rig.pass(0);
    expect(await numbers(slow, 100)).to.deep.equal(upTo(100));
  });

  it('2.8 history covers at least 100 events and 75 seconds', async () => {
    expect(DEFAULT_LOG_BOUNDS.entries).to.be.at.least(100);
    expect(DEFAULT_LOG_BOUNDS.age).to.be.at.least(75_000);
    rig = await WatchRig.of(pod('shop/a'));
    const version = await rig.version();
    for (let n = 0; n < 500; n += 1) {
      rig.pods.modify(pod('shop/a', { labels: { n: String(n) } }));
      rig.test.clock.advance(150);
    }
    expect(await next(rig.open(`resourceVersion=${version}`), 500)).to.not.include('ERROR 410');
  });

  it('2.8 versions in a watch strictly increase, with one event for each change and no gaps', async () => {
    rig = await WatchRig.of(pod('shop/a'), pod('shop/b'));
    const version = await rig.version();
    const live = await rig.opened(`resourceVersion=${version}`);
    for (let n = 0; n < 60; n += 1) {
      if (n % 7 === 6) rig.pods.delete('shop/b');
      else if (n % 7 === 0 && n > 0) rig.pods.add(pod('shop/b', { labels: { n: String(n) } }));
      else rig.pods.modify(pod(n % 2 === 0 ? 'shop/a' : 'shop/b', { labels: { n: String(n) } }));
      if (n % 10 === 0) await rig.pass(0);
    }
    const expected = Array.from({ length: 60 }, (_, n) => revisionAfter(version, n + 1));
    for (const stream of [live, rig.open(`resourceVersion=${version}`)]) {
      expect((await lines(stream, 60)).map(versionOf).map(revisionOf)).to.deep.equal(expected);
    }
  });

  it('2.8 a relist ends all watches of its view and no others', async () => {
    const others = await WatchRig.of(pod('shop/a'));
    rig = await WatchRig.of(pod('shop/a'), pod('shop/b'));
    const [ended, stays] = [await rig.opened(''), await others.opened('')];
    rig.pods.replace(pod('shop/c'));
    while (rig.watchers > 0) await rig.pass(1000);
    expect(await rest(ended)).to.deep.equal(['ADDED a Pending', 'ADDED b Pending']);
    others.pods.delete('shop/a');
    expect(await next(stays, 2)).to.deep.equal(['ADDED a Pending', 'DELETED a Pending']);
    expect(eventText(await rig.open('').next())).to.equal('ADDED c Pending');
    await others.close();
  });
});
