import { expect } from 'chai';
import { testCertificate } from '../../support/certificates.ts';
import { parsePrometheusText, type PrometheusMetric, valueOf } from '../../support/prometheus-text.ts';
import { requestOnce } from '../../support/https-client.ts';
import { BASE, podSummaries, TestServer } from '../../support/test-server.ts';
import { proxyCertificate, requestHeaderConfig } from '../access/proxy.ts';
import { DelegatedServer, WHOAMI } from '../access/delegated-server.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';

type Metrics = ReadonlyMap<string, PrometheusMetric>;

const metricsOf = async ({ server }: TestServer): Promise<Metrics> => parsePrometheusText(await server.metrics());
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

describe('the metrics of authentication and authorization', () => {
  it('measure authentication by result, and count each TokenReview that is sent by its code', async () => {
    const ca = await testCertificate({ name: 'ca', ca: true });
    const server = await DelegatedServer.listening({ 'client-ca-file': ca.cert }, ({ spec }) =>
      spec['token'] === 'down'
        ? { type: 'refused', code: 403, status: {}, retryAfterSeconds: undefined }
        : { authenticated: spec['token'] === 'good', user: { username: 'alice' } },
    );
    const codes: number[] = [];
    for (const headers of [{}, bearer('good'), bearer('good'), bearer('bad'), bearer('down')]) {
      codes.push((await requestOnce(WHOAMI, { ...server.test.client, headers })).status);
    }
    expect(codes).to.deep.equal([200, 200, 200, 401, 401]);
    const metrics = await metricsOf(server.test);
    const timed = (result: string): number => valueOf(metrics, 'authentication_duration_seconds_count', { result });
    expect([timed('success'), timed('failure')]).to.deep.equal([3, 2]);
    const sent = (code: string): number => valueOf(metrics, 'apiserver_delegated_authn_request_total', { code });
    expect([sent('201'), sent('403')]).to.deep.equal([2, 1]);
    expect(valueOf(metrics, 'apiserver_delegated_authn_request_duration_seconds_count', { code: '201' })).to.equal(2);
    expect(valueOf(metrics, 'authorization_attempts_total', { result: 'allowed' })).to.equal(3);
    const kept = (kind: string): number => valueOf(metrics, 'kubefacet_kept_reviews', { kind });
    expect([kept('TokenReview'), kept('SubjectAccessReview')]).to.deep.equal([2, 2]);
    // One review for the anonymous user, and one for alice, which is kept.
    expect(valueOf(metrics, 'apiserver_delegated_authz_request_total', { code: '201' })).to.equal(2);
    await server.close();
  });

  it('count a request as an error while no user can be authenticated', async () => {
    const server = await DelegatedServer.listening(undefined);
    expect((await requestOnce(WHOAMI, server.test.client)).status).to.equal(503);
    const metrics = await metricsOf(server.test);
    expect(valueOf(metrics, 'authentication_duration_seconds_count', { result: 'error' })).to.equal(1);
    await server.close();
  });

  it('count authorized requests by result, without those for paths that are open to all clients', async () => {
    const test = await TestServer.listening({
      resources: [podSummaries(fakeInformer(pod('shop/web')))],
      authorization: ({ resourceAttributes }) => {
        if (resourceAttributes?.namespace === 'broken') throw new Error('the authorizer is down');
        return { allowed: resourceAttributes?.namespace === 'shop' };
      },
      authentication: await requestHeaderConfig(),
    });
    const client = await proxyCertificate();
    const headers = { 'x-remote-user': 'alice' };
    for (const namespace of ['shop', 'other', 'broken']) {
      await requestOnce(`${BASE}/namespaces/${namespace}/podsummaries`, { ...test.client, client, headers });
    }
    await test.get('/livez');
    const metrics = await metricsOf(test);
    const counted = metrics.get('authorization_attempts_total')?.samples.map(({ labels, value }) => [labels, value]);
    expect(counted).to.deep.equal([
      [{ result: 'allowed' }, 1],
      [{ result: 'denied' }, 1],
      [{ result: 'error' }, 1],
    ]);
    expect(valueOf(metrics, 'authorization_duration_seconds_count', { result: 'denied' })).to.equal(1);
    await test.close();
  });
});
