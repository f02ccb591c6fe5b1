/**
 * The lists that contain a write, over real sockets: client → aggregator → server → cluster. The cluster holds back the watch of the server,
 * so that a list can be older than a write that the cluster has acknowledged.
 */
import { KubeConfig } from '@kubernetes/client-node';
import { expect } from 'chai';
import { podLabels } from '../../examples/pod-labels.ts';
import { informerFactory, type InformerFactory, type V1Pod } from '../../src/informers/index.ts';
import { fakeCluster, type FakeCluster } from '../../src/testing/index.ts';
import { requestOnce } from '../support/https-client.ts';
import { readWaits, TestServer } from '../support/test-server.ts';
import { until } from '../support/until.ts';
import { AggregatedServer } from './aggregated-server.ts';
import { FaultyProxy } from './faulty-proxy.ts';

const ROWS = '/apis/example.com/v1/namespaces/shop/podlabels';
const POD = '/api/v1/namespaces/shop/pods/web';

interface Item {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>>; readonly resourceVersion: string };
}

/** The part of a list, an object or a Status that the tests read. */
interface Body extends Item {
  readonly items: readonly Item[];
  readonly code?: number;
}

describe('a list after a write', () => {
  let cluster: FakeCluster;
  let proxy: FaultyProxy;
  let served: AggregatedServer;
  /** Another replica. Its connections to the cluster go through the proxy. */
  let replica: TestServer;
  let other: InformerFactory;
  let round = 0;

  const send = async (method: string, path: string, body?: object): Promise<Body> => {
    const { text } = await requestOnce(path, {
      port: cluster.port,
      ca: cluster.caCertificate,
      method,
      headers: { Authorization: 'Bearer jane', 'Content-Type': 'application/merge-patch+json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return JSON.parse(text) as Body;
  };
  const roundsOf = ({ items }: Body): (string | undefined)[] => items.map(({ metadata }) => metadata.labels?.['round']);
  /** A merge patch that no earlier test has sent. */
  const change = (): { readonly label: string; readonly patch: object } => {
    round += 1;
    return { label: `${round}`, patch: { metadata: { labels: { round: `${round}` } } } };
  };
  const storedLabel = (): string | undefined =>
    (cluster.storage.get('pods', 'shop/web') as V1Pod).metadata?.labels?.['round'];

  before(async () => {
    cluster = await fakeCluster();
    proxy = await FaultyProxy.to(cluster.port);
    cluster.kubeConfigWithToken({ name: 'jane', token: 'jane' });
    cluster.storage.create('namespaces', { metadata: { name: 'shop' } });
    cluster.storage.create('pods', {
      metadata: { name: 'web', namespace: 'shop', labels: { round: '0' } },
      spec: { containers: [{ name: 'web', image: 'web' }] },
    });
    served = await AggregatedServer.over(cluster, ({ pods }) => [podLabels(pods)]);
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString((await cluster.kubeConfigFor()).replaceAll(`:${cluster.port}`, `:${proxy.port}`));
    other = informerFactory({ kubeConfig });
    replica = await TestServer.listening({ informers: other, resources: [podLabels(other.pods)] });
    await until(() => served.server.counts().ready && replica.server.counts().ready);
  });

  after(async () => {
    await replica?.close();
    await other?.close();
    await served?.close();
    await proxy?.refuse();
  });

  afterEach(() => cluster.api.release('pods'));

  it('1.1.6 does not contain a write to the source until the watch has delivered it', async () => {
    const { label, patch } = change();
    const before = await send('GET', ROWS);
    cluster.api.hold('pods');
    expect((await send('PATCH', POD, patch)).metadata.labels).to.deep.equal({ round: label });
    const during = await send('GET', ROWS);
    expect(during).to.deep.equal(before);

    cluster.api.release('pods');
    let last = BigInt(before.metadata.resourceVersion);
    for (let found = false; !found;) {
      const list = await send('GET', ROWS);
      expect(BigInt(list.metadata.resourceVersion) >= last).to.equal(true);
      last = BigInt(list.metadata.resourceVersion);
      found = roundsOf(list)[0] === label;
      // The rows and the version of a list belong together.
      expect(found).to.equal(last > BigInt(before.metadata.resourceVersion));
    }
  });

  it('1.1.6 contains a write through the row, because the writer gets its response after the watch has delivered it', async () => {
    const { label, patch } = change();
    cluster.api.hold('pods');
    let hasResponse = false;
    const response = send('PATCH', `${ROWS}/web`, patch).finally(() => (hasResponse = true));
    await until(() => storedLabel() === label);
    for (let reads = 0; reads < 5; reads += 1) {
      expect(roundsOf(await send('GET', ROWS))).to.not.include(label);
      expect(hasResponse, 'the writer has a response before the list contains its write').to.equal(false);
    }
    cluster.api.release('pods');
    const written = await response;
    expect(written.metadata.labels).to.deep.equal({ round: label });
    for (const query of ['', '?resourceVersion=0', `?resourceVersion=${written.metadata.resourceVersion}`]) {
      const list = await send('GET', `${ROWS}${query}`);
      expect(roundsOf(list), query).to.deep.equal([label]);
      expect(BigInt(list.metadata.resourceVersion) >= BigInt(written.metadata.resourceVersion)).to.equal(true);
    }
  });

  it('1.1.6 of another replica at the version of the write waits for it', async () => {
    const { label, patch } = change();
    proxy.freeze();
    const { resourceVersion } = (await send('PATCH', `${ROWS}/web`, patch)).metadata;
    expect(roundsOf((await replica.json(ROWS)) as Body)).to.not.include(label);

    let hasResponse = false;
    const waiting = replica
      .json(`${ROWS}?resourceVersion=${resourceVersion}`)
      .finally(() => (hasResponse = true)) as Promise<Body>;
    await readWaits(replica);
    expect(hasResponse).to.equal(false);
    await proxy.restore();
    expect(roundsOf(await waiting)).to.deep.equal([label]);
  });

  it('1.1.6 of another replica that does not receive the write in three seconds is a 504, and never an older state', async () => {
    const { patch } = change();
    proxy.freeze();
    const { resourceVersion } = (await send('PATCH', `${ROWS}/web`, patch)).metadata;
    const waiting = replica.json(`${ROWS}?resourceVersion=${resourceVersion}`);
    await readWaits(replica);
    replica.clock.advance(3000);
    expect((await waiting)['code']).to.equal(504);
    await proxy.restore();
  });
});
