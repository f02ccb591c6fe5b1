/** The metrics of visible sets, of a server with `authorize: 'rows'`. */
import { expect } from 'chai';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { requestOnce } from '../../support/https-client.ts';
import { parsePrometheusText, type PrometheusMetric, valueOf } from '../../support/prometheus-text.ts';
import { BASE, podSummaries, TestServer } from '../../support/test-server.ts';
import { proxyCertificate, requestHeaderConfig } from '../access/proxy.ts';
import { reviewingInformers } from '../access/reviewing-informers.ts';

describe('the metrics of visible rows', () => {
  let test: TestServer;
  let isDown: boolean;
  beforeEach(async () => {
    isDown = false;
    test = await TestServer.listening({
      authentication: await requestHeaderConfig(),
      authorization: 'delegated',
      informers: reviewingInformers(({ resourceAttributes }) => {
        const { resource: plural, namespace } = resourceAttributes ?? {};
        if (isDown && plural === 'pods') return { type: 'unreachable', cause: new Error('down') };
        return plural !== 'pods' || namespace === 'shop';
      }),
      resources: [podSummaries(fakeInformer(pod('bank/vault'), pod('shop/web')), { authorize: 'rows' })],
    });
  });
  afterEach(() => test.close());

  const list = async (user: string): Promise<number> => {
    const headers = { 'x-remote-user': user };
    const client = await proxyCertificate();
    return (await requestOnce(`${BASE}/podsummaries`, { ...test.client, client, headers })).status;
  };
  const scrape = async (): Promise<ReadonlyMap<string, PrometheusMetric>> =>
    parsePrometheusText(await test.server.metrics());

  it('count users, sets, namespaces and reviews, without the names of users and namespaces', async () => {
    for (const user of ['alice', 'bob', 'alice']) expect(await list(user)).to.equal(200);
    const metrics = await scrape();
    const value = (name: string, labels = {}): number => valueOf(metrics, `kubefacet_visible_${name}`, labels);
    expect([value('users'), value('sets'), value('namespaces')]).to.deep.equal([2, 4, 4]);
    // For each user and verb, one about all namespaces, and one about each of two.
    expect([value('reviews_total'), value('reviews_waiting')]).to.deep.equal([12, 0]);
    expect(value('sets_reviewed_total', { result: 'changed' })).to.equal(4);
    expect(value('set_first_review_seconds_count')).to.equal(4);
    expect(value('sets_forgotten_total')).to.equal(0);
    expect(await test.server.metrics()).to.not.match(/alice|bob|shop|bank/);
  });

  it('count failed reviews, and the requests that were refused because of them', async () => {
    expect(await list('alice')).to.equal(200);
    isDown = true;
    expect([await list('bob'), await list('alice')]).to.deep.equal([503, 200]);
    const metrics = await scrape();
    expect(valueOf(metrics, 'kubefacet_visible_refused_total', { cause: 'unknown' })).to.equal(1);
    expect(valueOf(metrics, 'kubefacet_visible_refused_total', { cause: 'too many' })).to.equal(0);
    expect(valueOf(metrics, 'kubefacet_visible_sets_reviewed_total', { result: 'failed' })).to.be.at.least(2);
    expect(valueOf(metrics, 'kubefacet_visible_set_first_review_seconds_count')).to.equal(2);
  });
});
