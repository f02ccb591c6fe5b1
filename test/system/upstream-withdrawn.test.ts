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
        await rig.failAgain();
        await rig.failAgain();
        expect(names(JSON.parse((await bothWays(test, ROWS)).text))).to.deep.equal(['first', 'second']);
        expect(await age()).to.equal(`${NAME}=${minute * 60}.000`);
        expect((await bothWays(test, '/readyz')).text, 'rows are in memory').to.equal('ok');
      }
      expect(rig.widgets.metrics.errors).to.deep.equal({ ConnectionError: 1, [cause]: 10 });
      expect(test.log.of('warn')).to.deep.equal([`readyz: informer-sync is ok, but ${message}`]);
      allow();
      rig.rig.clock.advance(LONGEST_WAIT);
      expect(await nextName(), 'the watch is still open and complete').to.equal('third');
      expect(rig.widgets.metrics.relists).to.equal(0);
      expect(await age()).to.equal(`${NAME}=0.000`);
      await test.get('/readyz');
      expect(test.log.of('info').filter((line) => line.startsWith('readyz:'))).to.deep.equal([
        'readyz: informer-sync is healthy again',
      ]);
    });
  }

  it('makes the server unready when it is deleted, disappears after a minute, and never returns to older versions', async () => {
    const install = rig.refuse(404, 'no such resource');
    rig.rig.cluster.api.cutWatches(NAME);
    await until(() => failures(rig.widgets.metrics) === 1);
    await rig.failAgain();
    expect((await test.get('/readyz?verbose')).text.split('\n')).to.include.members([
      `[-]informer-sync/${NAME} failed: reason withheld (last heard 30.0s ago)`,
      '[+]informer-sync/pods ok (last heard 30.0s ago)',
      '[+]cache-widgetrows ok',
    ]);
    expect((await test.get('/readyz/informer-sync')).text).to.equal(
      `internal server error: ${NAME}: the resource no longer exists: no such resource\n`,
    );
    expect((await bothWays(test, ROWS)).status, 'the API server may just have started').to.equal(200);
    await rig.failAgain();
    await rig.failAgain();
    expect(await nextChange(stream), 'no DELETED event for unreadable objects').to.equal(undefined);
    const { status, text } = await bothWays(test, ROWS);
    expect(status).to.equal(429);
    expect(JSON.parse(text).message).to.contain('no such resource');
    install();
    rig.rig.clock.advance(LONGEST_WAIT);
    await until(() => test.server.counts().ready);
    const after = versionOf(await bothWays(test, ROWS));
    expect(revisionOf(after)).to.be.within(revisionOf(before), rig.rig.cluster.storage.revision);
    rig.add('second');
    stream = test.http2.watch(`${ROWS}?watch=1&resourceVersion=${after}`);
    expect(await nextName()).to.equal('second');
  });
});
