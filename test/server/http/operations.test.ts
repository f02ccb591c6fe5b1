import { expect } from 'chai';
import { identity } from '../../../src/projections/identity.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { resource } from '../../../src/server/define/resource.ts';
import { FakeClock, fakeInformer, fakeListWatch, pod } from '../../../src/testing/informers/index.ts';
import { informerFactory } from '../../../src/informers/informer-factory.ts';
import { ConnectionError } from '../../../src/informers/errors.ts';
import { requestOnce } from '../../support/https-client.ts';
import { podSummaries, TestServer, until } from '../../support/test-server.ts';
import { requestHeaderConfig } from '../access/proxy.ts';

describe('/metrics and /debug/graph', () => {
  let test: TestServer;

  before(async () => {
    test = await TestServer.listening({ resources: [podSummaries(fakeInformer(pod('shop/web')))] });
  });
  after(() => test.close());

  it('sends the graph as JSON, as text and as a Mermaid flowchart', async () => {
    const graph = test.server.debug();
    const { headers, text } = await test.get('/debug/graph');
    expect(headers['content-type']).to.equal('application/json');
    const { nodes, views } = JSON.parse(text);
    expect(nodes.map(({ name }: { name: string }) => name)).to.deep.equal(graph.nodes.map(({ name }) => name));
    expect(views).to.deep.equal(graph.views);
    const shown = await test.get('/debug/graph?format=text');
    expect([shown.headers['content-type'], shown.text]).to.deep.equal([
      'text/plain; charset=utf-8',
      `${graph.toString()}\n`,
    ]);
    expect((await test.get('/debug/graph?format=mermaid')).text).to.equal(`${graph.mermaid()}\n`);
  });

  for (const [method, path, status] of [
    ['GET', '/debug/graph?format=svg', 400],
    ['POST', '/debug/graph', 405],
    ['DELETE', '/metrics', 405],
    ['HEAD', '/metrics', 200],
    ['GET', '/metrics/', 404],
    ['GET', '/metrics/x', 404],
    ['GET', '/debug', 404],
    ['GET', '/apis/example.com/v1/metrics', 404],
    ['GET', '/apis/example.com/v1/debug/graph', 404],
  ] as const) {
    it(`responds to ${method} ${path} with ${status}`, async () => {
      expect((await test.get(path, {}, method)).status).to.equal(status);
    });
  }

  it('need an identity', async () => {
    const closed = await TestServer.listening({
      resources: [podSummaries(fakeInformer(pod('shop/web')))],
      authentication: await requestHeaderConfig(),
    });
    for (const path of ['/metrics', '/debug/graph', '/debug/graph?format=text']) {
      const { status, text } = await requestOnce(path, closed.client);
      expect([status, JSON.parse(text).reason], path).to.deep.equal([401, 'Unauthorized']);
    }
    await closed.close();
  });

  it('show no address of the cluster', async () => {
    const clock = new FakeClock();
    const upstream = fakeListWatch(pod('shop/web'));
    const failure = new ConnectionError("can't reach https://10.1.2.3:6443: connect ECONNREFUSED 10.1.2.3:6443");
    for (const verb of ['list', 'watch'] as const) upstream.fail(verb, failure, 1000);
    const informers = informerFactory({ clock, random: () => 0.5, listWatch: () => upstream as never });
    const rows = informers.pods.pipe(map((one) => ({ metadata: identity(one) })));
    const failing = await TestServer.listening({
      resources: [resource({ kind: 'Row', plural: 'rows', namespaced: true }, rows)],
      clock,
    });
    await until(() => failing.server.counts().failingSources === 1);
    for (const format of ['json', 'text', 'mermaid']) {
      const { text } = await failing.get(`/debug/graph?format=${format}`);
      expect(text).to.contain("can't reach [address]").and.not.contain('10.1.2.3');
    }
    const { text } = await failing.get('/metrics');
    expect(text).to.match(/^kubefacet_source_failures_total\{source="pods",cause="ConnectionError"\} \d+$/m);
    expect(text)
      .to.match(/^kubefacet_source_failing\{source="pods"\} 1$/m)
      .and.not.contain('10.1.2.3');
    await failing.close();
  });
});
