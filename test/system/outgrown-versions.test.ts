/** A source whose versions outgrow the positions of scheme `upstream` while clients watch its rows. */
import { expect } from 'chai';
import { fakeInformer, pod } from '../../src/testing/index.ts';
import type { V1Pod } from '../../src/informers/index.ts';
import type { LineStream } from '../support/https-client.ts';
import { BASE, podSummaries, TestServer, until } from '../support/test-server.ts';

const ROWS = `${BASE}/podsummaries`;

describe('a server whose source outgrows versions of 43 bits', () => {
  let test: TestServer;
  const pods = fakeInformer<V1Pod>(pod('shop/web'));

  before(async () => {
    test = await TestServer.listening({ resources: [podSummaries(pods)] });
    await until(() => test.server.counts().ready);
  });
  after(() => test.close());

  const watch = async (version: string): Promise<LineStream> => {
    const before = test.server.counts().watchers;
    const stream = test.http2.watch(`${ROWS}?watch=1&allowWatchBookmarks=true&resourceVersion=${version}`);
    await until(() => test.server.counts().watchers > before);
    return stream;
  };

  it('ends open watches, responds with 410 to their positions, and serves new lists and watches', async () => {
    const { metadata: listed } = await test.json(ROWS);
    const page = await test.json(`${ROWS}?limit=1`);
    const open = await watch(listed.resourceVersion);
    pods.bookmark(2n ** 43n);
    test.clock.advance(3000);
    expect(await open.next()).to.equal(undefined);

    const expired = test.http2.watch(`${ROWS}?watch=1&resourceVersion=${listed.resourceVersion}`);
    expect(await expired.next())
      .to.deep.include({ type: 'ERROR' })
      .and.have.nested.property('object.code', 410);
    const exact = await test.get(`${ROWS}?resourceVersion=${page.metadata.resourceVersion}&resourceVersionMatch=Exact`);
    expect(exact.status).to.equal(410);

    expect(test.server.counts().ready).to.equal(true);
    const again = await test.json(ROWS);
    expect(again.items).to.have.length(1);
    const notOlder = await test.get(
      `${ROWS}?resourceVersion=${listed.resourceVersion}&resourceVersionMatch=NotOlderThan`,
    );
    expect(notOlder.status).to.equal(200);
    const next = await watch(again.metadata.resourceVersion);
    pods.add(pod('shop/db'));
    expect(await next.next()).to.have.nested.property('object.metadata.name', 'db');
    next.cancel();
  });
});
