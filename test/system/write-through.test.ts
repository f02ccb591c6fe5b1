/** Rows written through to their pods, over real sockets: client → aggregator → server → the cluster as the user who asks. */
import { KubeConfig } from '@kubernetes/client-node';
import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { podLabels } from '../../examples/pod-labels.ts';
import { runningPods } from '../../examples/running-pods.ts';
import { informerFactory, type InformerFactory, type V1Pod } from '../../src/informers/index.ts';
import { type ApiServer, apiServer, mergePatchOf, resource } from '../../src/server/index.ts';
import { fakeCluster, type FakeCluster } from '../../src/testing/index.ts';
import { triedKubectls } from '../support/installed-clients.ts';
import { KubectlSession } from '../support/kubectl-session.ts';
import { requestOnce } from '../support/https-client.ts';
import { servingAuthority } from '../support/test-server.ts';

const ROWS = '/apis/example.com/v1/namespaces/shop/runningpods';
const TEAM = { metadata: { labels: { team: 'a' } } };

const kubectls = await triedKubectls();

/** What somebody did to the cluster itself. */
interface Deed {
  readonly user: string;
  readonly groups: readonly string[];
  readonly extra: unknown;
  readonly verb: string;
  readonly resource: string;
}

interface Answered {
  readonly status: number;
  // What the tests expect of it; nothing checks it.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

describe('writes through a projection', function () {
  this.timeout(60_000);
  let cluster: FakeCluster;
  let informers: InformerFactory;
  let server: ApiServer;
  let deeds: Deed[];
  let mayImpersonate = true;

  before(async () => {
    cluster = await fakeCluster({
      authorize: ({ name, groups, extra }, access) => {
        if (access.type === 'nonResource') return true;
        const { verb, resource: what, group } = access;
        if (group === '' && ['patch', 'delete'].includes(verb)) {
          deeds.push({ user: name, groups, extra, verb, resource: what });
        }
        // The server itself may read, and act for others.
        if (name === 'kubefacet') return verb === 'impersonate' ? mayImpersonate : ['list', 'watch'].includes(verb);
        return group !== '' || groups.includes('devs');
      },
    });
    for (const token of ['jane', 'john']) {
      const groups = token === 'jane' ? ['devs', 'ops'] : ['guests'];
      cluster.kubeConfigWithToken({ name: token, groups, uid: `uid-${token}`, token, extra: { scopes: ['x', 'y'] } });
    }
    cluster.storage.create('namespaces', { metadata: { name: 'shop' } });
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(await cluster.kubeConfigFor({ name: 'kubefacet' }));
    informers = informerFactory({ kubeConfig });
    const running = resource(
      {
        kind: 'RunningPod',
        plural: 'runningpods',
        shortNames: ['rpod'],
        namespaced: true,
        write: {
          fields: ['metadata.labels', 'spec.activeDeadlineSeconds'],
          patch: ({ current, wanted }) => ({
            patch: {
              metadata: { labels: mergePatchOf(current.metadata.labels, wanted.metadata.labels) },
              ...('activeDeadlineSeconds' in wanted.spec ? { spec: { ...wanted.spec, nodeName: 'another' } } : {}),
            },
          }),
          delete: () => ({ delete: true }),
        },
      },
      runningPods(informers.pods),
    );
    const resources = [running, podLabels(informers.pods)];
    server = apiServer({ informers, apis: [{ group: 'example.com', version: 'v1', resources }] });
    const authority = await servingAuthority();
    const names = { commonName: 'kubefacet', dnsNames: ['kubefacet.kubefacet.svc'], usage: 'server' } as const;
    const { certificate, key } = await authority.issue(names);
    await server.listen({ port: 0, host: '127.0.0.1', tls: { cert: certificate, key } });
    const { port } = server;
    deeds = [];
    await cluster.registerApiService({ group: 'example.com', version: 'v1', port, caBundle: authority.certificate });
    const deadline = AbortSignal.timeout(20_000);
    while ((await as('jane', 'GET', ROWS)).status !== 200) deadline.throwIfAborted();
  });

  after(async () => {
    await server?.close();
    await informers?.close();
    await cluster?.close();
  });

  beforeEach(() => {
    deeds = [];
    mayImpersonate = true;
    cluster.storage.create('pods', {
      metadata: { name: 'web', namespace: 'shop', labels: { tier: 'web' } },
      spec: { containers: [{ name: 'web', image: 'web' }] },
      status: { phase: 'Running' },
    });
  });

  afterEach(() => {
    if (cluster.storage.get('pods', 'shop/web') !== undefined) cluster.storage.delete('pods', 'shop/web');
  });

  const as = async (token: string, method: string, path: string, body?: object): Promise<Answered> => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const sent = body === undefined ? '' : JSON.stringify(body);
    // Node sends no length of its own with a DELETE.
    const about = { 'Content-Type': type, 'Content-Length': String(Buffer.byteLength(sent)) };
    const { status, text } = await requestOnce(path, {
      port: cluster.port,
      ca: cluster.caCertificate,
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body === undefined ? {} : about) },
      body: body === undefined ? undefined : sent,
    });
    return { status, body: JSON.parse(text) };
  };

  /** The row has come to the server. */
  const shown = async (): Promise<void> => {
    const deadline = AbortSignal.timeout(5000);
    while ((await as('jane', 'GET', `${ROWS}/web`)).status !== 200) deadline.throwIfAborted();
  };

  const labels = (): unknown => (cluster.storage.get('pods', 'shop/web') as V1Pod | undefined)?.metadata?.labels;

  it('are made as the user who asks, with groups and extras, and are seen by who wrote', async () => {
    await shown();
    for (let round = 0; round < 20; round += 1) {
      const answer = await as('jane', 'PATCH', `${ROWS}/web`, { metadata: { labels: { round: String(round) } } });
      expect(answer.status, JSON.stringify(answer.body)).to.equal(200);
      expect(answer.body.metadata.labels).to.deep.equal({ tier: 'web', round: String(round) });
      expect((await as('jane', 'GET', `${ROWS}/web`)).body).to.deep.equal(answer.body);
    }
    expect(labels()).to.deep.equal({ tier: 'web', round: '19' });
    expect(deeds).to.have.length(20);
    expect(deeds[0]).to.deep.equal({
      user: 'jane',
      groups: ['devs', 'ops', 'system:authenticated'],
      extra: { scopes: ['x', 'y'] },
      verb: 'patch',
      resource: 'pods',
    });
  });

  it('are refused as the cluster refuses them to that user', async () => {
    await shown();
    const answer = await as('john', 'PATCH', `${ROWS}/web`, TEAM);
    expect(answer.status).to.equal(403);
    expect(answer.body).to.deep.include({ kind: 'Status', reason: 'Forbidden', code: 403 });
    expect(answer.body.message).to.equal(
      'runningpods.example.com "web" is forbidden: it is made from pods "web", and pods "web" is forbidden: User "john" cannot patch resource "pods" in API group "" in the namespace "shop"',
    );
    expect(deeds.map(({ user }) => user)).to.deep.equal(['john']);
    expect(labels()).to.deep.equal({ tier: 'web' });
  });

  it('are never made as the server itself, which says that it may not act for others', async () => {
    await shown();
    mayImpersonate = false;
    const answer = await as('jane', 'PATCH', `${ROWS}/web`, TEAM);
    expect(answer.status).to.equal(403);
    expect(answer.body.message).to.include('this server may not impersonate users there');
    expect(deeds).to.deep.equal([]);
    expect(labels()).to.deep.equal({ tier: 'web' });
  });

  it('win against others who write the pod all the time', async () => {
    await shown();
    let turn = 0;
    const busy = setInterval(() => {
      turn += 1;
      cluster.storage.modify('pods', 'shop/web', (pod) => ({ ...pod, status: { phase: 'Running', turn } }));
    }, 5);
    try {
      for (let round = 0; round < 10; round += 1) {
        const answer = await as('jane', 'PATCH', `${ROWS}/web`, { metadata: { labels: { round: String(round) } } });
        expect(answer.status, JSON.stringify(answer.body)).to.equal(200);
        expect(answer.body.metadata.labels.round).to.equal(String(round));
      }
    } finally {
      clearInterval(busy);
    }
  });

  it('are tried out with dryRun', async () => {
    await shown();
    const answer = await as('jane', 'PATCH', `${ROWS}/web?dryRun=All`, TEAM);
    expect(answer.body.metadata.labels).to.deep.equal({ tier: 'web', team: 'a' });
    expect(labels()).to.deep.equal({ tier: 'web' });
    expect((await as('jane', 'DELETE', `${ROWS}/web?dryRun=All`)).status).to.equal(200);
    expect(cluster.storage.get('pods', 'shop/web')).to.not.equal(undefined);
  });

  it('delete the pod, and the row with it', async () => {
    await shown();
    const answer = await as('jane', 'DELETE', `${ROWS}/web`, {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      gracePeriodSeconds: 0,
    });
    expect(answer.status, JSON.stringify(answer.body)).to.equal(200);
    expect(answer.body).to.deep.include({ kind: 'Status', status: 'Success' });
    expect(deeds.map(({ user, verb }) => `${user} ${verb}`)).to.deep.equal(['jane delete']);
    expect((await as('jane', 'GET', `${ROWS}/web`)).status).to.equal(404);
  });

  for (const kubectl of kubectls) {
    it(`are made by kubectl ${kubectl.version}`, async () => {
      await shown();
      const folder = mkdtempSync(join(tmpdir(), 'write-through-'));
      writeFileSync(join(folder, 'config'), await cluster.kubeConfigFor({ name: 'kim', groups: ['devs'] }));
      const session = new KubectlSession(kubectl, join(folder, 'config'));
      try {
        expect(await session.run('label', 'rpod', 'web', 'team=a', '-n', 'shop')).to.match(/web.* labeled/);
        expect(labels()).to.deep.equal({ tier: 'web', team: 'a' });
        expect(await session.run('label', 'plabels', 'web', 'team-', 'tier=db', '--overwrite', '-n', 'shop')).to.match(
          /(labeled|modified)/,
        );
        expect(labels()).to.deep.equal({ tier: 'db' });
        expect(await session.refused('annotate', 'rpod', 'web', 'note=x', '-n', 'shop')).to.include(
          'metadata.annotations.note: Forbidden: it is made from other objects',
        );
        expect(await session.refused('delete', 'plabels', 'web', '-n', 'shop')).to.include('MethodNotAllowed');
        expect(await session.run('delete', 'rpod', 'web', '-n', 'shop')).to.match(/web.* deleted/);
        expect(new Set(deeds.map(({ user }) => user))).to.deep.equal(new Set(['kim']));
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});
