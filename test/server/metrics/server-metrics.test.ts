import { expect } from 'chai';
import { resource } from '../../../src/server/define/resource.ts';
import type { MemoryReading } from '../../../src/server/read/process-memory.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { memoryStore } from '../../../src/stores/memory/memory-store.ts';
import { type FakeInformer, fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { requestOnce } from '../../support/https-client.ts';
import { parsePrometheusText, type PrometheusMetric, valueOf } from '../../support/prometheus-text.ts';
import { BASE, podSummaries, readWaits, TestServer, until } from '../../support/test-server.ts';
import { task, TASK, TASKS } from '../write/custom-rig.ts';

const ROWS = `${BASE}/podsummaries`;
const PODS = { group: 'example.com', version: 'v1', resource: 'podsummaries' };

describe('the metrics of a server', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;
  let report: (reading: MemoryReading) => void;

  beforeEach(async () => {
    pods = fakeInformer(pod('shop/web'), pod('shop/db'));
    test = await TestServer.listening({
      resources: [podSummaries(pods), resource(TASK, memoryStore())],
      memory: (listener) => {
        report = listener;
        return () => undefined;
      },
    });
  });
  afterEach(() => test.close());

  const scrape = async (): Promise<Map<string, PrometheusMetric>> =>
    parsePrometheusText((await test.get('/metrics')).text);
  const send = (path: string, method: string, body: unknown): Promise<{ readonly status: number }> =>
    requestOnce(path, {
      ...test.client,
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('are sent in the text format of Prometheus, and metrics() returns the same', async () => {
    const { status, headers, text } = await test.get('/metrics');
    expect([status, headers['content-type']]).to.deep.equal([200, 'text/plain; version=0.0.4; charset=utf-8']);
    const names = [...parsePrometheusText(text).keys()];
    expect(names).to.include.members([
      'apiserver_request_total',
      'kubefacet_view_rows',
      'nodejs_eventloop_lag_p99_seconds',
    ]);
    expect([...parsePrometheusText(await test.server.metrics()).keys()]).to.have.members(names);
  });

  it('never ask Node.js for its active handles, because that can end the process', async () => {
    const inspected = process as unknown as { _getActiveHandles: () => unknown[] };
    const { _getActiveHandles: original } = inspected;
    let calls = 0;
    inspected._getActiveHandles = () => {
      calls += 1;
      return [];
    };
    try {
      const names = [...parsePrometheusText(await test.server.metrics()).keys()];
      expect(names.filter((name) => name.startsWith('nodejs_active'))).to.have.members([
        'nodejs_active_resources',
        'nodejs_active_resources_total',
        'nodejs_active_requests',
        'nodejs_active_requests_total',
      ]);
    } finally {
      inspected._getActiveHandles = original;
    }
    expect(calls).to.equal(0);
  });

  it('count requests with the labels of a kube-apiserver, also those that fail', async () => {
    for (const path of [ROWS, `${BASE}/namespaces/shop/podsummaries`, `${BASE}/namespaces/shop/podsummaries/web`])
      await test.get(path);
    for (const name of ['none', 'none2', 'none3']) await test.get(`${BASE}/namespaces/shop/podsummaries/${name}`);
    for (const name of ['a', 'b', 'c']) await test.get(`${BASE}/${name}`);
    await test.get('/apis/other.example.com/v7/things');
    await test.get('/livez');
    await test.get('/a/b/c');
    expect((await send(TASKS, 'POST', task('one'))).status).to.equal(201);
    expect((await send(TASKS, 'POST', task('one'))).status).to.equal(409);
    expect((await send(`${TASKS}?dryRun=All`, 'POST', task('two'))).status).to.equal(201);
    const metrics = await scrape();
    const counted = metrics.get('apiserver_request_total')?.samples.map(({ labels, value }) => {
      const { verb, group, version, resource: plural, subresource, scope, component, dry_run: dryRun, code } = labels;
      return [verb, group, version, plural, subresource, scope, component, dryRun, code, value].join(' ');
    });
    expect(counted).to.have.members([
      'LIST example.com v1 podsummaries  cluster apiserver  200 1',
      'LIST example.com v1 podsummaries  namespace apiserver  200 1',
      'GET example.com v1 podsummaries  resource apiserver  200 1',
      'GET example.com v1 podsummaries  resource apiserver  404 3',
      'LIST   unknown  cluster apiserver  404 4',
      'GET    /livez  apiserver  200 1',
      'GET    other  apiserver  404 1',
      'POST example.com v1 customtasks  namespace apiserver  201 1',
      'POST example.com v1 customtasks  namespace apiserver  409 1',
      'POST example.com v1 customtasks  namespace apiserver All 201 1',
    ]);
    const created = { verb: 'POST', resource: 'customtasks' };
    expect(valueOf(metrics, 'apiserver_request_duration_seconds_count', { ...created, dry_run: '' })).to.equal(2);
    expect(valueOf(metrics, 'apiserver_request_sli_duration_seconds_count', created)).to.equal(2);
    const { length } = Buffer.from((await test.get(ROWS)).text);
    const sizes = await scrape();
    expect(valueOf(sizes, 'apiserver_response_sizes_sum', { verb: 'LIST', scope: 'cluster', ...PODS })).to.equal(
      2 * length,
    );
  });

  it('count a watch while it is open, its events, and its request at the end', async () => {
    const stream = test.http2.watch(`${ROWS}?watch=1`);
    expect([(await stream.next())?.type, (await stream.next())?.type]).to.deep.equal(['ADDED', 'ADDED']);
    pods.modify(pod('shop/web', { phase: 'Failed' }));
    expect((await stream.next())?.type).to.equal('MODIFIED');
    let metrics = await scrape();
    const watch = { verb: 'WATCH', scope: 'cluster', component: 'apiserver', ...PODS };
    expect(valueOf(metrics, 'apiserver_longrunning_requests', watch)).to.equal(1);
    expect(valueOf(metrics, 'apiserver_watch_events_total', PODS)).to.equal(1);
    expect(valueOf(metrics, 'apiserver_init_events_total', { resource: 'podsummaries' })).to.equal(2);
    expect(valueOf(metrics, 'kubefacet_watch_sent_bytes_total', PODS)).to.be.above(500);
    expect(valueOf(metrics, 'kubefacet_view_watchers', PODS)).to.equal(1);
    expect(valueOf(metrics, 'kubefacet_open_watches')).to.equal(1);
    stream.cancel();
    await until(() => test.server.counts().watchers === 0);
    metrics = await scrape();
    expect(valueOf(metrics, 'apiserver_longrunning_requests', watch)).to.equal(0);
    expect(valueOf(metrics, 'apiserver_request_total', { ...watch, code: '200' })).to.equal(1);
    expect(metrics.get('apiserver_request_aborts_total')?.samples).to.deep.equal([]);
  });

  it('measure a WatchList until its initial events are sent', async () => {
    const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const stream = test.http2.watch(`${ROWS}?${query}`);
    for (const type of ['ADDED', 'ADDED', 'BOOKMARK']) expect((await stream.next())?.type).to.equal(type);
    const metrics = await scrape();
    expect(valueOf(metrics, 'apiserver_watch_list_duration_seconds_count', { ...PODS, scope: 'cluster' })).to.equal(1);
    stream.cancel();
  });

  it('count requests whose client disconnects, and those that end with a timeout', async () => {
    const aborted = test.http2.watch(`${ROWS}?resourceVersion=999999999999`);
    await readWaits(test);
    aborted.cancel();
    await until(() => test.clock.waiting === 0);
    const late = test.get(`${ROWS}?resourceVersion=999999999999`);
    await readWaits(test);
    test.clock.advance(3000);
    expect((await late).status).to.equal(504);
    const metrics = await scrape();
    expect(valueOf(metrics, 'apiserver_request_aborts_total', { verb: 'LIST' })).to.equal(1);
    expect(valueOf(metrics, 'apiserver_request_total', { verb: 'LIST', code: '0' })).to.equal(1);
    expect(valueOf(metrics, 'apiserver_request_terminations_total', { verb: 'LIST', code: '504' })).to.equal(1);
  });

  it('count what the limits have refused, by cause', async () => {
    report({ live: 90, maximum: 100 });
    expect((await test.get(ROWS)).status).to.equal(429);
    expect((await test.get(`/livez?${'x'.repeat(70_000)}`)).status).to.equal(431);
    const metrics = await scrape();
    const refused = (cause: string): number => valueOf(metrics, 'kubefacet_refused_total', { cause });
    expect([refused('memory'), refused('size'), refused('reads'), refused('user share')]).to.deep.equal([1, 1, 0, 0]);
    expect(valueOf(metrics, 'kubefacet_memory_used_ratio')).to.equal(0.9);
    expect(valueOf(metrics, 'apiserver_request_terminations_total', { code: '429' })).to.equal(1);
  });

  it('do not grow with the names that clients choose', async () => {
    const seriesOf = (metrics: ReadonlyMap<string, PrometheusMetric>): number =>
      [...metrics]
        .filter(([name]) => !name.startsWith('nodejs_'))
        .reduce((sum, [, { samples }]) => sum + samples.length, 0);
    const { http2 } = test;
    const sendNames = async (from: number): Promise<void> => {
      for (let n = from; n < from + 3; n += 1) {
        await http2.request(`${BASE}/r${n}`);
        await http2.request(`/apis/g${n}.example.com/v${n}/namespaces/n${n}/r${n}/o${n}/s${n}`);
        await http2.request(`${BASE}/namespaces/n${n}/podsummaries/o${n}/s${n}`);
        await http2.request(`/p${n}/${n}`);
        await http2.request(ROWS, { ':method': `M${n}` });
        await http2.request(`${ROWS}?dryRun=${n}`, { ':method': 'DELETE' });
      }
    };
    await test.get('/metrics');
    await sendNames(1);
    const before = seriesOf(await scrape());
    await sendNames(100);
    expect(seriesOf(await scrape())).to.equal(before);
  });

  it('keep the metrics of two servers apart', async () => {
    const other = await TestServer.listening({ resources: [podSummaries(fakeInformer(pod('shop/web')))] });
    await other.get(ROWS);
    expect(valueOf(parsePrometheusText((await other.get('/metrics')).text), 'kubefacet_view_rows')).to.equal(1);
    expect(valueOf(await scrape(), 'kubefacet_view_rows', PODS)).to.equal(2);
    expect(
      (await scrape()).get('apiserver_request_total')?.samples.filter(({ labels }) => labels['verb'] === 'LIST'),
    ).to.deep.equal([]);
    await other.close();
  });
});
