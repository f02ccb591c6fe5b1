/** The whole path over real sockets, with 5,000 changing pods: fake cluster → informers → projection → server → clients. */
import { expect } from 'chai';
import { demoResources } from '../../examples/demo-resources.ts';
import { runningPods } from '../../examples/running-pods.ts';
import type { V1Pod } from '../../src/informers/index.ts';
import {
  churn,
  type Churn,
  fakeCluster,
  type FakeCluster,
  fakeInformer,
  seedCluster,
  seededRandom,
} from '../../src/testing/index.ts';
import { Http2Client, requestOnce } from '../support/https-client.ts';
import { ProtocolClient } from './protocol-client.ts';
import { nodeOf } from '../../src/informers/collection/collection-node.ts';
import { keepRunning } from '../../src/informers/collection/collection.ts';
import { AggregatedServer } from './aggregated-server.ts';
import { until } from '../support/until.ts';

const PODS = 5000;
const CLIENTS = 12;

describe('the whole path from upstream to clients', () => {
  let cluster: FakeCluster;
  let served: AggregatedServer;
  let podChurn: Churn;
  let direct: Http2Client;
  const end = new AbortController();
  let clients: ProtocolClient[] = [];

  before(async () => {
    cluster = await fakeCluster();
    seedCluster(cluster.storage, { pods: PODS, seed: 7, at: Date.now() });
    podChurn = churn({ storage: cluster.storage, random: seededRandom(7), signal: end.signal });
    served = await AggregatedServer.over(cluster, demoResources);
    const user = await cluster.clientAuthority.issue({
      commonName: 'test',
      organizations: ['system:masters'],
      usage: 'client',
    });
    direct = new Http2Client({
      port: cluster.port,
      ca: cluster.caCertificate,
      client: { cert: user.certificate, key: user.key },
    });
    await until(async () => (await direct.request('/apis/example.com/v1/runningpods?limit=1')).status === 200);
  });

  after(async () => {
    end.abort();
    // If a test has failed, its clients would keep the process alive.
    for (const client of clients) void client.stop();
    direct.close();
    await served.close();
  });

  it('accepts requests from the front proxy only', async () => {
    const response = await requestOnce('/apis/example.com/v1/runningpods', {
      port: served.server.port,
      ca: served.ca,
      headers: { 'X-Remote-User': 'mallory', 'X-Remote-Group': 'system:masters' },
    });
    // Without a certificate of the front proxy, the headers are ignored: the caller is anonymous.
    expect(response.status).to.equal(403);
    const status = JSON.parse(response.text);
    expect(status).to.include({ kind: 'Status', code: 403, reason: 'Forbidden' });
    expect(status.message).to.include('User "system:anonymous" cannot list resource "runningpods"');
    expect((await requestOnce('/readyz', { port: served.server.port, ca: served.ca })).text).to.equal('ok');
  });

  it('keeps every client equal to a recomputed projection during churn, cut connections and relists', async () => {
    const random = seededRandom(11);
    clients = Array.from({ length: CLIENTS }, () => new ProtocolClient(direct, '/apis/example.com/v1/runningpods'));
    for (const client of clients) client.start();
    const pick = (): ProtocolClient | undefined => clients[Math.floor(random() * clients.length)];
    for (let round = 0; round < 60; round++) {
      for (let step = 0; step < 10; step++) podChurn.step();
      if (round % 4 === 0) pick()?.cut();
      if (round % 15 === 7) cluster.api.cutWatches('pods');
      if (round === 40) {
        // The connection and the history that would bridge the gap are lost, so informers must relist.
        cluster.api.cutWatches('pods');
        for (let step = 0; step < 20; step++) podChurn.step();
        cluster.storage.expireHistory();
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    const marker = cluster.storage.list('pods').find((pod) => (pod as V1Pod).status?.phase === 'Running') as V1Pod;
    const { namespace = '', name = '' } = marker.metadata ?? {};
    cluster.storage.modify('pods', `${namespace}/${name}`, (pod) => ({
      ...pod,
      metadata: { ...pod.metadata, labels: { marker: 'last' } },
    }));

    const last = (client: ProtocolClient): boolean =>
      client.rows.get(`${namespace}/${name}`)?.includes('"marker":"last"') === true;
    const timeout = AbortSignal.timeout(100_000);
    for (const client of clients) await client.until(() => last(client), timeout);
    await Promise.all(clients.map((client) => client.stop()));

    const expected = recomputed(cluster.storage.list('pods') as readonly V1Pod[]);
    expect(expected.size).to.be.above(PODS / 2);
    for (const client of clients) {
      expect(client.violations).to.deep.equal([]);
      expect(strippedRows(client)).to.deep.equal(expected);
    }
    expect(clients.reduce((sum, client) => sum + client.watches, 0)).to.be.above(CLIENTS);
  });

  it('reads each source once for any number of clients', async () => {
    // Two resources and a dozen clients use pods. The other watch reads the authentication ConfigMap.
    expect(cluster.api.openWatches('pods')).to.equal(1);
    expect(cluster.api.openWatches('configmaps')).to.equal(1);
    // Lists of one object only check the version of upstream. On a busy machine, a reflector may read its list in pages.
    const lists = cluster.api.requestCount(
      ({ verb, resource, query }) =>
        verb === 'list' && resource === 'pods' && query.get('limit') !== '1' && !query.has('continue'),
    );
    expect(lists).to.be.below(10);
  });

  it('serves reads from memory while upstream is unreachable', async () => {
    cluster.api.hold();
    cluster.api.cutWatches();
    cluster.api.failNext(({ resource }) => resource === 'pods', { code: 503 }, 1000);
    const response = await direct.request('/apis/example.com/v1/runningpods?limit=5');
    expect(response.status).to.equal(200);
    cluster.api.release();
  });
});

/** The expected rows of these pods, computed by new collections. */
function recomputed(pods: readonly V1Pod[]): Map<string, string> {
  const rows = runningPods(fakeInformer(...pods));
  const expected = new Map<string, string>();
  keepRunning(rows, new AbortController().signal);
  for (const [key, row] of nodeOf(rows).entries()) expected.set(key, JSON.stringify(sorted(row)));
  return expected;
}

function strippedRows(client: ProtocolClient): Map<string, string> {
  const rows = new Map<string, string>();
  for (const [key, text] of client.rows) {
    const {
      apiVersion: _a,
      kind: _k,
      metadata,
      ...rest
    } = JSON.parse(text) as { apiVersion: string; kind: string; metadata: Record<string, unknown> };
    const { uid: _u, ...own } = metadata;
    rows.set(key, JSON.stringify(sorted({ ...rest, metadata: own })));
  }
  return rows;
}

/** The value with sorted fields, for comparisons of its JSON. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => [name, sorted(field)]),
  );
}
