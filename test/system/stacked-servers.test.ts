/**
 * Servers whose sources are resources of other servers, over HTTP: cluster → joins → copies → summaries. The versions of the cluster are
 * microseconds (above 2^43), and those of the servers are positions of scheme `local` (above 2^53).
 */
import { KubeConfig } from '@kubernetes/client-node';
import { expect } from 'chai';
import { informerFactory, type InformerFactory, type SourceObject } from '../../src/informers/index.ts';
import { identity, leftJoin, map } from '../../src/projections/index.ts';
import { type ApiServer, apiServer, type Resource, resource } from '../../src/server/index.ts';
import { fakeCluster, type FakeCluster } from '../../src/testing/index.ts';
import { Http2Client, type LineStream } from '../support/https-client.ts';
import { servingAuthority, servingCertificate, RecordedLog } from '../support/test-server.ts';
import { FaultyProxy } from './faulty-proxy.ts';
import { until } from '../support/until.ts';

const MICROSECONDS = 1_764_512_345_678_901;

interface Placed extends SourceObject {
  readonly zone?: string | undefined;
}

/** One server of the stack. Its clients reach it through a proxy. */
class Level {
  readonly informers: InformerFactory;
  readonly group: string;
  readonly #resources: readonly Resource[];
  #server: ApiServer;
  #proxy: FaultyProxy | undefined;

  constructor(kubeConfig: KubeConfig, group: string, resourcesOf: (informers: InformerFactory) => Resource[]) {
    this.informers = informerFactory({ kubeConfig });
    this.group = group;
    this.#resources = resourcesOf(this.informers);
    this.#server = this.#newServer();
  }

  get proxy(): FaultyProxy {
    if (this.#proxy === undefined) throw new Error('the server does not listen');
    return this.#proxy;
  }

  async listen(): Promise<this> {
    await this.#server.listen({ port: 0, host: '127.0.0.1', tls: await servingCertificate() });
    this.#proxy = await FaultyProxy.to(this.#server.port);
    return this;
  }

  /** A new server on the same port, whose positions differ. */
  async restart(): Promise<void> {
    const { port } = this.#server;
    await this.#server.close();
    this.#server = this.#newServer();
    await this.#server.listen({ port, host: '127.0.0.1', tls: await servingCertificate() });
  }

  /** A kubeconfig for the informers of the next level. */
  async kubeConfig(): Promise<KubeConfig> {
    const kubeConfig = new KubeConfig();
    const caData = Buffer.from((await servingAuthority()).certificate).toString('base64');
    kubeConfig.loadFromClusterAndUser(
      { name: this.group, server: `https://127.0.0.1:${this.proxy.port}`, caData, skipTLSVerify: false },
      { name: 'anonymous' },
    );
    return kubeConfig;
  }

  debug(): string {
    return this.#server.debug().toString();
  }

  async close(): Promise<void> {
    void this.#server.close();
    await this.#server.close();
    await this.informers.close();
    await this.#proxy?.refuse();
  }

  #newServer(): ApiServer {
    const apis = [{ group: this.group, version: 'v1', resources: this.#resources }];
    return apiServer({ log: new RecordedLog(), informers: this.informers, apis, authentication: 'insecure-dev' });
  }
}

const placedOf = (plural: string, kind: string, from: { readonly group: string; readonly resource: string }) => {
  return (informers: InformerFactory): Resource[] => [
    resource(
      { kind, plural, namespaced: true },
      informers
        .of<Placed>({ group: from.group, version: 'v1', resource: from.resource })
        .pipe(map((row) => ({ metadata: identity(row), zone: row.zone }))),
    ),
  ];
};

describe('kubefacet over kubefacet over kubefacet, on a cluster whose versions are microseconds', () => {
  let cluster: FakeCluster;
  let levels: Level[];
  let client: Http2Client;
  const top = '/apis/three.example.com/v1/namespaces/shop/summaries';

  before(async () => {
    cluster = await fakeCluster({ revision: MICROSECONDS });
    cluster.storage.create('namespaces', { metadata: { name: 'shop' } });
    cluster.storage.create('nodes', { metadata: { name: 'n1', labels: { zone: 'z1' } } });
    pod('web');
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(await cluster.kubeConfigFor());
    const joined = (informers: InformerFactory): Resource[] => [
      resource(
        { kind: 'Join', plural: 'joins', namespaced: true },
        informers.pods.pipe(
          leftJoin(
            informers.nodes,
            (one) => one.spec?.nodeName,
            (one, node) => ({
              metadata: identity(one),
              zone: node?.metadata?.labels?.['zone'],
            }),
          ),
        ),
      ),
    ];
    const one = await new Level(kubeConfig, 'one.example.com', joined).listen();
    const copies = placedOf('copies', 'Copy', { group: 'one.example.com', resource: 'joins' });
    const two = await new Level(await one.kubeConfig(), 'two.example.com', copies).listen();
    const summaries = placedOf('summaries', 'Summary', { group: 'two.example.com', resource: 'copies' });
    const three = await new Level(await two.kubeConfig(), 'three.example.com', summaries).listen();
    levels = [one, two, three];
    client = new Http2Client({ port: three.proxy.port, ca: (await servingAuthority()).certificate });
    await until(async () => (await rows()).join() === 'web=z1');
  });
  after(async () => {
    client?.close();
    for (const level of levels?.toReversed() ?? []) await level.close();
    await cluster?.close();
  });

  const level = (number: 1 | 2 | 3): Level => levels[number - 1] ?? expect.fail();
  const pod = (name: string): void => {
    cluster.storage.create('pods', {
      metadata: { name, namespace: 'shop' },
      spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'c' }] },
    });
  };
  const list = async (): Promise<{
    metadata: { resourceVersion: string };
    items: (Placed & { metadata: { resourceVersion: string } })[];
  }> => {
    const { status, text } = await client.request(top);
    return status === 200 ? JSON.parse(text) : { metadata: { resourceVersion: '' }, items: [] };
  };
  const rows = async (): Promise<string[]> => (await list()).items.map((row) => `${row.metadata?.name}=${row.zone}`);
  const relists = (number: 2 | 3): number =>
    level(number)
      .informers.all()
      .reduce((sum, { metrics }) => sum + metrics.relists, 0);
  const nextEvents = async (stream: LineStream, count: number): Promise<string[]> => {
    const events: string[] = [];
    while (events.length < count) {
      const { type, object } = (await stream.next()) ?? { type: 'END', object: {} };
      const { metadata } = object as Placed;
      if (type !== 'BOOKMARK') events.push(`${type} ${metadata?.name}`);
      if (type === 'END') break;
    }
    return events;
  };

  it('lists at every level, with versions above 2^53 and scheme local', async () => {
    const { metadata, items } = await list();
    expect(BigInt(metadata.resourceVersion) > 2n ** 53n).to.equal(true);
    expect(items.every((row) => BigInt(row.metadata.resourceVersion) <= BigInt(metadata.resourceVersion))).to.equal(
      true,
    );
    for (const one of levels) expect(one.debug()).to.contain('scheme local').and.not.contain('scheme upstream');
    for (const one of levels.slice(1)) expect(one.debug()).to.contain('is not a number below 2^43');
  });

  it('delivers each write of the cluster to a watch at the top, once and in order', async () => {
    const { metadata } = await list();
    const stream = client.watch(`${top}?watch=1&resourceVersion=${metadata.resourceVersion}`);
    pod('a');
    pod('b');
    cluster.storage.delete('pods', 'shop/a');
    expect(await nextEvents(stream, 3)).to.deep.equal(['ADDED a', 'ADDED b', 'DELETED a']);
    cluster.storage.modify('nodes', 'n1', (node) => ({
      ...node,
      metadata: { ...node.metadata, labels: { zone: 'z2' } },
    }));
    expect((await nextEvents(stream, 2)).sort()).to.deep.equal(['MODIFIED b', 'MODIFIED web']);
    stream.cancel();
    expect(await rows()).to.deep.equal(['b=z2', 'web=z2']);
    expect([relists(2), relists(3)]).to.deep.equal([0, 0]);
  });

  for (const number of [1, 2] as const) {
    it(`resumes above level ${number} after its connections were cut, without a list`, async () => {
      const { metadata } = await list();
      const stream = client.watch(`${top}?watch=1&resourceVersion=${metadata.resourceVersion}`);
      const before = [relists(2), relists(3)];
      level(number).proxy.cut();
      pod(`cut-${number}`);
      await level(number).proxy.restore();
      expect(await nextEvents(stream, 1)).to.deep.equal([`ADDED cut-${number}`]);
      stream.cancel();
      expect([relists(2), relists(3)]).to.deep.equal(before);
    });
  }

  it('lists again above a server that was restarted, and a watch at the top receives the difference', async () => {
    const { metadata } = await list();
    const stream = client.watch(`${top}?watch=1&resourceVersion=${metadata.resourceVersion}`);
    level(1).proxy.cut();
    await level(1).restart();
    pod('after');
    await level(1).proxy.restore();
    expect(await nextEvents(stream, 1)).to.deep.equal(['ADDED after']);
    stream.cancel();
    expect(relists(2)).to.be.at.least(1);
    expect(relists(3)).to.equal(0);
    expect(await rows()).to.include('after=z2');
  });
});
