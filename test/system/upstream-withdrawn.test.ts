/** Sources that we have read, and are not let have any more. */
import { expect } from 'chai';
import type { LineStream } from '../support/https-client.ts';
import { names, type TestServer, until } from '../support/test-server.ts';
import { bothWays, failures, LONGEST_WAIT, revisionOf, versionOf } from './upstream-rig.ts';
import { FORBIDDEN, NAME, ROWS, UNAUTHORIZED, WidgetStage } from './upstream-widgets.ts';

describe('A source that was read', () => {
  let stage: WidgetStage;
  let test: TestServer;
  let before: string;
  let stream: LineStream;

  beforeEach(async () => {
    stage = await WidgetStage.open(true);
    test = await stage.serve();
    await until(() => test.server.counts().ready);
    before = versionOf(await bothWays(test, ROWS));
    stream = test.http2.watch(`${ROWS}?watch=1&resourceVersion=${before}&allowWatchBookmarks=true`);
    await until(() => test.server.counts().watchers === 1);
  });
  afterEach(async () => {
    stream.cancel();
    await stage.close();
  });

  const nextName = async (): Promise<string | undefined> =>
    ((await stream.next())?.object as unknown as { metadata: { name: string } } | undefined)?.metadata.name;
  const age = async (): Promise<unknown> => (await bothWays(test, ROWS)).headers['x-kubefacet-source-age'];

  for (const { what, refuse, message, cause } of [FORBIDDEN, UNAUTHORIZED]) {
    it(`is served from memory when it becomes ${what}, and follows when that is over`, async () => {
      const allow = refuse(stage);
      stage.add('second');
      expect(await nextName(), 'a watch of upstream goes on while it lasts').to.equal('second');
      stage.rig.cluster.api.cutWatches(NAME);
      stage.add('third');
      await until(() => failures(stage.widgets.metrics) === 1);
      for (let minute = 1; minute <= 5; minute += 1) {
        await stage.failAgain();
        await stage.failAgain();
        expect(names(JSON.parse((await bothWays(test, ROWS)).text))).to.deep.equal(['first', 'second']);
        expect(await age()).to.equal(`${NAME}=${minute * 60}.000`);
        expect((await bothWays(test, '/readyz')).text, 'there is something to serve').to.equal('ok');
      }
      expect(stage.widgets.metrics.errors).to.deep.equal({ ConnectionError: 1, [cause]: 10 });
      expect(test.log.of('warn')).to.deep.equal([`readyz: informer-sync is ok, though ${message}`]);
      allow();
      stage.rig.clock.advance(LONGEST_WAIT);
      expect(await nextName(), 'the watch is open still, and nothing is missing').to.equal('third');
      expect(stage.widgets.metrics.relists).to.equal(0);
      expect(await age()).to.equal(`${NAME}=0.000`);
      await test.get('/readyz');
      expect(test.log.of('info')).to.deep.equal(['readyz: informer-sync is well again']);
    });
  }

  it('and ceases to exist makes the server unready at once, and is gone after a minute; versions never go back', async () => {
    const install = stage.refuse(404, 'no such resource');
    stage.rig.cluster.api.cutWatches(NAME);
    await until(() => failures(stage.widgets.metrics) === 1);
    await stage.failAgain();
    expect((await test.get('/readyz?verbose')).text.split('\n')).to.include.members([
      `[-]informer-sync/${NAME} failed: reason withheld (last heard 30.0s ago)`,
      '[+]informer-sync/pods ok (last heard 30.0s ago)',
      '[+]cache-widgetrows ok',
    ]);
    expect((await test.get('/readyz/informer-sync')).text).to.equal(
      `internal server error: ${NAME}: the resource no longer exists: no such resource\n`,
    );
    expect((await bothWays(test, ROWS)).status, 'it may be an API server that has just started').to.equal(200);
    await stage.failAgain();
    await stage.failAgain();
    expect(await stream.next(), 'no DELETED for what only ceased to be known').to.equal(undefined);
    const { status, text } = await bothWays(test, ROWS);
    expect(status).to.equal(429);
    expect(JSON.parse(text).message).to.contain('no such resource');
    install();
    stage.rig.clock.advance(LONGEST_WAIT);
    await until(() => test.server.counts().ready);
    const after = versionOf(await bothWays(test, ROWS));
    expect(revisionOf(after)).to.be.within(revisionOf(before), stage.rig.cluster.storage.revision);
    stage.add('second');
    stream = test.http2.watch(`${ROWS}?watch=1&resourceVersion=${after}`);
    expect(await nextName()).to.equal('second');
  });
});
