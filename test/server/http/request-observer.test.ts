import { expect } from 'chai';
import { apiServer, type ApiServer } from '../../../src/server/api-server.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { Http2Client, requestOnce } from '../../support/https-client.ts';
import { parsePrometheusText, type PrometheusMetric, valueOf } from '../../support/prometheus-text.ts';
import { BASE, podSummaries, TestServer, until } from '../../support/test-server.ts';
import { proxyCertificate, requestHeaderConfig } from '../access/proxy.ts';

const ROWS = `${BASE}/podsummaries`;

async function scrape(server: ApiServer): Promise<Map<string, PrometheusMetric>> {
  return parsePrometheusText(await server.metrics());
}

describe('the observer of requests', () => {
  it('records users, failed authentications, and no attempt for open paths', async () => {
    const test = await TestServer.listening({
      resources: [podSummaries(fakeInformer(pod('shop/web')))],
      authentication: await requestHeaderConfig(),
      limits: { reads: 4 },
    });
    const proxy = new Http2Client({ ...test.client, client: await proxyCertificate() });
    for (const user of ['ann@example.com', 'bob@example.com', 'carol']) {
      expect((await proxy.request(ROWS, { 'x-remote-user': user })).status).to.equal(200);
    }
    expect((await requestOnce(ROWS, test.client)).status).to.equal(401);
    expect((await requestOnce('/livez', test.client)).status).to.equal(200);
    const metrics = await scrape(test.server);
    expect(valueOf(metrics, 'authentication_attempts', { result: 'success' })).to.equal(3);
    expect(valueOf(metrics, 'authentication_attempts', { result: 'failure' })).to.equal(1);
    expect(valueOf(metrics, 'authenticated_user_requests', { username: 'email_id' })).to.equal(2);
    expect(JSON.stringify([...metrics.values()])).to.not.match(/ann@|bob@|carol/);
    proxy.close();
    await test.close();
  });

  it('counts the seats that are taken, and the share of a user that is exhausted', async () => {
    const test = await TestServer.listening({
      resources: [podSummaries(fakeInformer(pod('shop/web')))],
      authentication: await requestHeaderConfig(),
      limits: { reads: 4 },
    });
    const proxy = new Http2Client({ ...test.client, client: await proxyCertificate() });
    const waiting = proxy.request(`${ROWS}?resourceVersion=999999999999`, { 'x-remote-user': 'ann' });
    await until(() => test.server.counts().newConnections === 0 && test.clock.waiting > 1);
    const reads = { request_kind: 'readOnly' };
    expect(valueOf(await scrape(test.server), 'apiserver_current_inflight_requests', reads)).to.equal(1);
    expect((await proxy.request(ROWS, { 'x-remote-user': 'ann' })).status).to.equal(429);
    test.clock.advance(3000);
    expect((await waiting).status).to.equal(504);
    const metrics = await scrape(test.server);
    expect(valueOf(metrics, 'apiserver_current_inflight_requests', reads)).to.equal(0);
    expect(valueOf(metrics, 'kubefacet_refused_total', { cause: 'user share' })).to.equal(1);
    proxy.close();
    await test.close();
  });

  it('is one for each server, also before it listens', async () => {
    const make = (): ApiServer =>
      apiServer({
        apis: [{ group: 'example.com', version: 'v1', resources: [podSummaries(fakeInformer(pod('shop/web')))] }],
        authentication: 'insecure-dev',
      });
    const [one, other] = [make(), make()];
    for (const server of [one, other]) {
      expect(valueOf(await scrape(server), 'kubefacet_connections', { state: 'open' })).to.equal(0);
    }
  });
});
