/** Writes through rows with versions of another replica: two servers with their own informers, on one cluster (*Writes* of the contract). */
import { KubeConfig } from '@kubernetes/client-node';
import { expect } from 'chai';
import { informerFactory, type InformerFactory, type V1Pod } from '../../src/informers/index.ts';
import { map } from '../../src/projections/index.ts';
import { resource } from '../../src/server/index.ts';
import { fakeCluster, type FakeCluster } from '../../src/testing/index.ts';
import { LABELS, PAGE, pageOf, PATH, WEB } from '../server/write/through/pages.ts';
import { type ThroughResponse, ThroughRig } from '../server/write/through/through-rig.ts';
import { RecordedLog, until } from '../support/test-server.ts';
import { revisionOf } from '../support/versions.ts';

describe('writes through two replicas', () => {
  let cluster: FakeCluster;
  const ends: (() => Promise<void>)[] = [];

  const replica = async (): Promise<ThroughRig & { readonly informers: InformerFactory }> => {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(await cluster.kubeConfigFor({ name: 'kubefacet', groups: ['system:masters'] }));
    const informers = informerFactory({ kubeConfig });
    const rows = informers.pods.pipe(map(pageOf));
    const log = new RecordedLog();
    const rig = await ThroughRig.of({ informers, log, resources: [resource({ ...PAGE, write: LABELS }, rows)] });
    ends.push(
      () => informers.close(),
      () => rig.close(),
    );
    await until(() => rig.server.counts().ready);
    return Object.assign(rig, { informers });
  };

  beforeEach(async () => {
    cluster = await fakeCluster();
    ends.push(() => cluster.close());
    cluster.storage.create('namespaces', { metadata: { name: 'shop' } });
    cluster.storage.create('pods', { metadata: { name: 'web', namespace: 'shop', labels: { n: '0' } } });
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  /** Changes the pod without a change of its row. */
  const heartbeat = (): void => {
    cluster.storage.modify('pods', 'shop/web', (pod) => ({ ...pod, status: { phase: `p${Math.random()}` } }));
  };
  const labels = (): unknown => (cluster.storage.get('pods', 'shop/web') as V1Pod | undefined)?.metadata?.labels;
  /** Replaces a label of a row, as a controller with the row in its cache does. */
  const put = (rig: ThroughRig, row: Row, n: string): Promise<ThroughResponse> =>
    rig.send('PUT', WEB, { ...row, metadata: { ...row.metadata, labels: { n } } });
  const read = async (rig: ThroughRig): Promise<Row> => (await rig.send('GET', WEB)).body as Row;
  const reached = (rig: { readonly informers: InformerFactory }): Promise<void> =>
    until(() => {
      const { resourceVersion } = cluster.storage.get('pods', 'shop/web')?.metadata ?? {};
      return rig.informers.pods.get('shop/web')?.metadata?.resourceVersion === resourceVersion;
    });

  interface Row {
    readonly metadata: { readonly resourceVersion: string; readonly labels?: Readonly<Record<string, string>> };
  }

  it('accepts the version of a replica that started later, because the row is the same', async () => {
    const first = await replica();
    heartbeat();
    const second = await replica();
    await reached(first);
    const [older, newer] = [await read(first), await read(second)];
    expect(revisionOf(newer.metadata.resourceVersion) > revisionOf(older.metadata.resourceVersion)).to.equal(true);
    const response = await put(first, newer, '1');
    expect(response.status, JSON.stringify(response.body)).to.equal(200);
    expect(labels()).to.deep.equal({ n: '1' });
  });

  it('refuses a version that a replica cannot judge, sends the row again, and accepts its new version', async () => {
    const first = await replica();
    heartbeat();
    const second = await replica();
    const cached = await read(first);
    expect((await put(second, cached, '1')).status).to.equal(409);
    expect((await put(second, cached, '1')).status).to.equal(409);
    const before = await read(second);
    // Any change of the source moves the frontier.
    cluster.storage.create('pods', { metadata: { name: 'other', namespace: 'shop' } });
    await until(() => second.server.counts().changes === 2);
    const list = (await second.send('GET', PATH)).body as { metadata: { resourceVersion: string } };
    const again = await read(second);
    expect(again).to.deep.equal({
      ...before,
      metadata: { ...before.metadata, resourceVersion: list.metadata.resourceVersion },
    });
    cluster.storage.create('pods', { metadata: { name: 'third', namespace: 'shop' } });
    await until(() => second.server.counts().rows === 3);
    expect(await read(second), 'it is sent once').to.deep.equal(again);
    expect((await put(second, again, '1')).status).to.equal(200);
    expect(labels()).to.deep.equal({ n: '1' });
  });

  it('never replaces content that the client has not seen', async () => {
    const [first, second] = [await replica(), await replica()];
    const cached = await read(first);
    expect((await put(second, cached, '1')).status).to.equal(200);
    await reached(first);
    for (const rig of [first, second]) expect((await put(rig, cached, '2')).status).to.equal(409);
    expect(labels()).to.deep.equal({ n: '1' });
  });

  it('repeats a write when another client has changed the object, but not the row', async () => {
    const [first, second] = [await replica(), await replica()];
    const cached = await read(first);
    for (const [index, rig] of [first, second].entries()) {
      heartbeat();
      const row = index === 0 ? cached : await read(first);
      const response = await put(rig, row, `${index + 1}`);
      expect(response.status, JSON.stringify(response.body)).to.equal(200);
      await reached(first);
    }
    expect(labels()).to.deep.equal({ n: '2' });
  });

  it('converges for a controller that writes from what it received last, through alternating replicas', async () => {
    const replicas = [await replica(), await replica()] as const;
    let row = await read(replicas[0]);
    for (let n = 1; n <= 20; n += 1) {
      if (n % 3 === 0) heartbeat();
      // The version of the last response is ahead of the other replica, which waits for it.
      const response = await put(replicas[n % 2 === 0 ? 0 : 1], row, String(n));
      expect(response.status, `write ${n}: ${JSON.stringify(response.body)}`).to.equal(200);
      row = response.body as Row;
      expect(row.metadata.labels).to.deep.equal({ n: String(n) });
    }
    expect(labels()).to.deep.equal({ n: '20' });
  });
});
