import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { type FakeInformer, fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { parsePrometheusText, type PrometheusMetric, valueOf } from '../../support/prometheus-text.ts';
import { BASE, podSummaries, TestServer } from '../../support/test-server.ts';

describe('the metrics of views', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;

  beforeEach(async () => {
    pods = fakeInformer(pod('shop/web'), pod('shop/db'), pod('shop/hidden'));
    test = await TestServer.listening({ resources: [podSummaries(pods)] });
  });
  afterEach(() => test.close());

  const scrape = async (): Promise<Map<string, PrometheusMetric>> => parsePrometheusText(await test.server.metrics());
  const valuesOf = async (...names: readonly string[]): Promise<number[]> => {
    const metrics = await scrape();
    return names.map((name) => valueOf(metrics, name, { resource: 'podsummaries', group: 'example.com' }));
  };

  it('count the rows and their bytes through additions, changes and deletions', async () => {
    const bytes = async (): Promise<number> => {
      const { items } = await test.json(`${BASE}/podsummaries`);
      return items.reduce((sum: number, item: object) => sum + JSON.stringify(item).length, 0);
    };
    const sizes = (): Promise<number[]> =>
      valuesOf('kubefacet_view_rows', 'kubefacet_view_row_bytes', 'apiserver_storage_objects');
    const [, first = 0] = await sizes();
    expect(await sizes()).to.deep.equal([2, first, 2]);
    expect(first).to.be.within((await bytes()) - 100, await bytes());
    pods.add(pod('shop/queue', { labels: { app: 'x'.repeat(50) } }));
    const [, second = 0] = await sizes();
    pods.modify(pod('shop/queue', { labels: { app: 'x'.repeat(60) } }));
    expect((await sizes())[1]).to.be.within(second + 10, second + 12);
    pods.delete('shop/queue');
    expect(await sizes()).to.deep.equal([2, first, 2]);
    pods.replace(pod('shop/web'));
    expect((await sizes())[0]).to.equal(1);
    pods.replace();
    expect(await sizes()).to.deep.equal([0, 0, 0]);
  });

  it('show the log and the changes in and out', async () => {
    pods.modify(pod('shop/web', { phase: 'Failed' }));
    pods.modify(pod('shop/hidden', { phase: 'Failed' }));
    test.clock.advance(5000);
    pods.modify(pod('shop/db', { phase: 'Failed' }));
    expect(await valuesOf('kubefacet_view_log_entries', 'kubefacet_view_log_span_seconds')).to.deep.equal([2, 5]);
    expect(
      await valuesOf('apiserver_watch_cache_events_received_total', 'apiserver_watch_cache_events_dispatched_total'),
    ).to.deep.equal([4, 2]);
    const [logBytes = 0, encode = 0, version = 0] = await valuesOf(
      'kubefacet_view_log_bytes',
      'kubefacet_view_encode_seconds_total',
      'apiserver_watch_cache_resource_version',
    );
    expect([logBytes > 500, encode > 0 && encode < 10]).to.deep.equal([true, true]);
    expect(version).to.equal(Number(pods.get('shop/db')?.metadata?.resourceVersion));
  });

  it('show readiness, and no version while the view has no complete state', async () => {
    expect(await valuesOf('kubefacet_view_ready')).to.deep.equal([1]);
    pods.gone();
    expect(await valuesOf('kubefacet_view_ready')).to.deep.equal([0]);
    expect((await scrape()).get('apiserver_watch_cache_resource_version')?.samples).to.deep.equal([]);
  });
});
