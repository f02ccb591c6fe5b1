/** Sources that were readable before, and are refused later. */
import { expect } from 'chai';
import type { LineStream } from '../support/https-client.ts';
import { names, type TestServer, until } from '../support/test-server.ts';
import { bothWays, failures, LONGEST_WAIT, revisionOf, versionOf, nextChange } from './upstream-rig.ts';
import { FORBIDDEN, NAME, ROWS, UNAUTHORIZED, WidgetRig } from './upstream-widgets.ts';

describe('a source that was read before', () => {
  let rig: WidgetRig;
  let test: TestServer;
  let before: string;
  let stream: LineStream;

  beforeEach(async () => {
    rig = await WidgetRig.open(true);
    test = await rig.serve();
    await until(() => test.server.counts().ready);
    before = versionOf(await bothWays(test, ROWS));
    stream = test.http2.watch(`${ROWS}?watch=1&resourceVersion=${before}&allowWatchBookmarks=true`);
    await until(() => test.server.counts().watchers === 1);
  });
  afterEach(async () => {
    stream.cancel();
    await rig.close();
  });

  const nextName = async (): Promise<string | undefined> =>
    ((await nextChange(stream))?.object as unknown as { metadata: { name: string } } | undefined)?.metadata.name;
  const age = async (): Promise<unknown> => (await bothWays(test, ROWS)).headers['x-kubefacet-source-age'];

  for (const { what, refuse, message, cause } of [FORBIDDEN, UNAUTHORIZED]) {
    it(`is served from memory when it becomes ${what}, and is updated afterwards`, async () => {
      const allow = refuse(rig);
      rig.add('second');
      expect(await nextName(), 'an open upstream watch continues').to.equal('second');
      rig.rig.cluster.api.cutWatches(NAME);
      rig.add('third');
      await until(() => failures(rig.widgets.metrics) === 1);
      for (let minute = 1; minute <= 5; minute += 1) {
        await rig.failAgain(3);
        await rig.failAgain(3);
        expect(names(JSON.parse((await bothWays(test, ROWS)).text))).to.deep.equal(['first', 'second']);
        expect(await age()).to.equal(`${NAME}=${minute * 60}.000`);
        expect((await bothWays(test, '/readyz')).text, 'rows are in memory').to.equal('ok');
      }
      expect(rig.widgets.metrics.errors).to.have.all.keys('ConnectionError', cause);
      const [broken, refused, stale, ...others] = test.log.of('warn');
      expect(broken).to.match(new RegExp(`^source ${NAME} has a problem: can't reach .*Stream closed`));
      expect(refused).to.equal(`source ${message.replace(': ', ' has a problem: ')}`);
      expect(stale).to.match(new RegExp(`^source ${NAME} is stale: nothing has arrived for \\d+ s, `));
      expect(others).to.deep.equal([]);
      allow();
      rig.rig.clock.advance(LONGEST_WAIT);
      expect(await nextName(), 'the watch is still open and complete').to.equal('third');
      expect(rig.widgets.metrics.relists).to.equal(0);
      expect(await age()).to.equal(`${NAME}=0.000`);
      rig.rig.clock.advance(10_000);
      expect(test.log.of('info').filter((line) => line.startsWith('source'))).to.deep.equal([
        `source ${NAME} works again, after 330 s and 31 failed requests`,
      ]);
    });
  }

  it('disappears a minute after it is deleted, while the server stays ready, and never returns to older versions', async () => {
    const install = rig.refuse(404, 'no such resource');
    rig.rig.cluster.api.cutWatches(NAME);
    await until(() => failures(rig.widgets.metrics) === 1);
    await rig.failAgain(3);
    const verbose = (await test.get('/readyz?verbose')).text.split('\n');
    expect(verbose).to.include.members([
      `[+]informer-sync/${NAME} ok (last heard 30.0s ago, retrying)`,
      '[+]cache-widgetrows ok',
    ]);
    // A probe hears of the pods every 30 s.
    expect(verbose.some((line) => /^\[\+\]informer-sync\/pods ok \(last heard (30|0)\.0s ago\)$/.test(line))).to.equal(
      true,
    );
    expect((await test.get('/readyz/informer-sync')).text).to.equal('ok');
    expect((await bothWays(test, ROWS)).status, 'the API server may just have started').to.equal(200);
    await rig.failAgain(3);
    await rig.failAgain(2);
    expect(await nextChange(stream), 'no DELETED event for unreadable objects').to.equal(undefined);
    const { status, text, headers } = await bothWays(test, ROWS);
    expect(status).to.equal(429);
    expect(Number(headers['retry-after']), 'the resource waits for a person').to.be.within(1, 2);
    expect(JSON.parse(text).message).to.contain('the resource no longer exists: no such resource');
    expect((await bothWays(test, '/readyz')).text).to.equal('ok');
    const { text: lines } = await test.get('/readyz?verbose');
    expect(lines).to.match(new RegExp(`^\\[\\+\\]informer-sync/${NAME} ok \\(.*, does not exist, retrying\\)$`, 'm'));
    expect(lines).to.contain('[+]cache-widgetrows/sources ok (a source no longer exists)\n');
    install();
    rig.rig.clock.advance(LONGEST_WAIT);
    await until(() => rig.widgets.hasSynced);
    const after = versionOf(await bothWays(test, ROWS));
    expect(revisionOf(after)).to.be.within(revisionOf(before), rig.rig.cluster.storage.revision);
    rig.add('second');
    stream = test.http2.watch(`${ROWS}?watch=1&resourceVersion=${after}`);
    expect(await nextName()).to.equal('second');
  });
});
