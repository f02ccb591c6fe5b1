/** Sources that the cluster refuses: forbidden, unauthorized or not installed. They recover without a restart. */
import { expect } from 'chai';
import { BASE, names, type TestServer, until } from '../support/test-server.ts';
import { bothWays, failures, LONGEST_WAIT, phases, PHASES } from './upstream-rig.ts';
import { FORBIDDEN, NAME, NOT_INSTALLED, ROWS, UNAUTHORIZED, WidgetRig } from './upstream-widgets.ts';

for (const { what, isInstalled, refuse, cause, message } of [FORBIDDEN, UNAUTHORIZED, NOT_INSTALLED]) {
  describe(`a source that is ${what}`, () => {
    let rig: WidgetRig;
    let test: TestServer;
    let allow: () => void;

    beforeEach(async () => {
      rig = await WidgetRig.open(isInstalled);
      allow = refuse(rig);
      test = await rig.serve();
      // A WatchList and a list have failed.
      await until(() => failures(rig.widgets.metrics) === 2);
      await until(() => rig.informers.pods.hasSynced);
    });
    afterEach(() => rig.close());

    it('causes responses of 429 with the reason, not an empty list or a 404', async () => {
      for (const path of [
        ROWS,
        `${ROWS}?watch=1`,
        `${ROWS}?resourceVersion=0`,
        `${BASE}/namespaces/default/widgetrows/first`,
      ]) {
        const { status, headers, text } = await bothWays(test, path);
        expect([status, headers['retry-after']], path).to.deep.equal([429, '1']);
        expect(JSON.parse(text), path).to.deep.equal({
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          message: `storage is (re)initializing: ${message}`,
          reason: 'TooManyRequests',
          details: { retryAfterSeconds: 1 },
          code: 429,
        });
      }
      await rig.failAgain(2);
      expect((await test.get(ROWS)).headers['retry-after']).to.equal('2');
    });

    it('makes the server unready, and reports the source and the reason to the log and to authorized callers', async () => {
      const { status, text } = await bothWays(test, '/readyz');
      expect(status).to.equal(500);
      expect(text).to.contain('[-]informer-sync failed: reason withheld\n');
      expect(text).to.contain(`[-]informer-sync/${NAME} failed: reason withheld (never heard, retrying)\n`);
      expect(text).to.contain('[-]cache-widgetrows failed: reason withheld\n');
      expect((await test.get('/readyz/informer-sync')).text).to.equal(`internal server error: ${message}\n`);
      expect((await test.get('/livez')).status).to.equal(200);
      await rig.failAgain(2);
      await test.get('/readyz');
      expect(test.log.of('warn'), 'one cause is one line').to.deep.equal([
        `source ${message.replace(': ', ' has a problem: ')}`,
      ]);
    });

    it('stays in discovery, and other resources are served', async () => {
      const { text } = await bothWays(test, BASE);
      expect(text).to.contain('"name":"widgetrows"').and.to.contain('"name":"podphases"');
      expect((await bothWays(test, '/apis')).status).to.equal(200);
      expect(phases(await bothWays(test, PHASES))).to.deep.equal(['web=Running']);
      const lines = (await test.get('/readyz?verbose')).text.split('\n');
      expect(lines).to.include.members([
        '[+]informer-sync/pods ok (last heard 0.0s ago)',
        '[+]cache-podphases ok',
        'readyz check failed',
      ]);
    });

    it('is counted in metrics, retried, and served as soon as the cluster allows it', async () => {
      for (let attempt = 2; attempt <= 10; attempt += 1) {
        await rig.failAgain(2);
        expect(rig.widgets.metrics.errors).to.deep.equal({ [cause]: 2 * attempt });
      }
      await test.get('/readyz');
      allow();
      rig.rig.clock.advance(LONGEST_WAIT);
      await until(() => rig.widgets.hasSynced);
      const { status, text } = await bothWays(test, ROWS);
      const list = JSON.parse(text);
      expect([status, names(list)]).to.deep.equal([200, ['first']]);
      expect((await bothWays(test, '/readyz')).text).to.equal('ok');
      rig.rig.clock.advance(10_000);
      expect(test.log.of('info').filter((line) => !line.startsWith('ready:'))).to.deep.equal([
        `source ${NAME} works again, after 300 s and 20 failed requests`,
      ]);
      expect(rig.widgets.metrics).to.include({ watchLists: 1, lists: 0, relists: 0 });
      const stream = test.http2.watch(`${ROWS}?watch=1&resourceVersion=${list.metadata.resourceVersion}`);
      rig.add('second');
      expect((await stream.next())?.object).to.have.nested.property('metadata.name', 'second');
      stream.cancel();
    });
  });
}

describe('a source without its first complete state', () => {
  it('causes responses of 429 while discovery is already served', async () => {
    const rig = await WidgetRig.open(true);
    const { api } = rig.rig.cluster;
    api.hold(NAME);
    const test = await rig.serve();
    expect((await bothWays(test, BASE)).status).to.equal(200);
    await until(() => api.openWatches(NAME) === 1);
    const { status, text, headers } = await bothWays(test, ROWS);
    expect([status, headers['retry-after']]).to.deep.equal([429, '1']);
    expect(JSON.parse(text).message).to.equal(
      `storage is (re)initializing: ${NAME}: the first complete state has not arrived`,
    );
    expect((await bothWays(test, '/readyz')).status).to.equal(500);
    api.release(NAME);
    await until(() => test.server.counts().ready);
    expect(names(JSON.parse((await bothWays(test, ROWS)).text))).to.deep.equal(['first']);
    await rig.close();
  });
});
