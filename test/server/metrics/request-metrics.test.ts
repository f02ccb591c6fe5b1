import { expect } from 'chai';
import { Registry } from 'prom-client';
import { type EndedRequest, RequestMetrics } from '../../../src/server/metrics/request-metrics.ts';
import { parsePrometheusText, valueOf } from '../../support/prometheus-text.ts';

const labels = {
  verb: 'LIST',
  group: 'g',
  version: 'v1',
  resource: 'r',
  subresource: '',
  scope: 'cluster',
  component: 'apiserver',
};
const ENDED: EndedRequest = {
  labels,
  dryRun: '',
  code: 200,
  seconds: 0.3,
  size: 5000,
  isAborted: false,
  authentication: 'success',
  user: 'ann',
};

describe('RequestMetrics', () => {
  let registry: Registry;
  let metrics: RequestMetrics;

  beforeEach(() => {
    registry = new Registry();
    metrics = new RequestMetrics(registry);
  });

  const scraped = async (): Promise<ReturnType<typeof parsePrometheusText>> =>
    parsePrometheusText(await registry.metrics());

  it('uses the buckets of a kube-apiserver', async () => {
    metrics.ended(ENDED);
    const all = await scraped();
    const boundsOf = (name: string): number =>
      all.get(name)?.samples.filter((one) => one.name.endsWith('_bucket')).length ?? 0;
    expect(boundsOf('apiserver_request_duration_seconds')).to.equal(24);
    expect(boundsOf('apiserver_request_sli_duration_seconds')).to.equal(24);
    expect(valueOf(all, 'apiserver_request_duration_seconds_bucket', { le: '0.2' })).to.equal(0);
    expect(valueOf(all, 'apiserver_request_duration_seconds_bucket', { le: '0.4' })).to.equal(1);
    expect(valueOf(all, 'apiserver_response_sizes_bucket', { le: '10000' })).to.equal(1);
  });

  it('counts neither the size of a write nor the SLI duration of a dry run', async () => {
    metrics.ended({ ...ENDED, labels: { ...labels, verb: 'POST' }, dryRun: 'All' });
    const all = await scraped();
    expect(all.get('apiserver_response_sizes')?.samples).to.deep.equal([]);
    expect(all.get('apiserver_request_sli_duration_seconds')?.samples).to.deep.equal([]);
    expect(valueOf(all, 'apiserver_request_duration_seconds_count', { dry_run: 'All' })).to.equal(1);
  });

  it('groups users, so that their names are no series', async () => {
    const names = ['admin', 'kubelet', 'ann@example.com', 'bob@example.com', 'system:serviceaccount:a:b', 'carol'];
    for (const user of names) metrics.ended({ ...ENDED, user });
    const users = (await scraped()).get('authenticated_user_requests')?.samples ?? [];
    expect(users.map(({ labels: { username }, value }) => [username, value])).to.deep.equal([
      ['admin', 1],
      ['kubelet', 1],
      ['email_id', 2],
      ['other', 2],
    ]);
  });
});
