/** Rows written through to their pods over real sockets: client → aggregator → server → cluster, as the user of the request. */
import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { podLabels } from '../../examples/pod-labels.ts';
import { runningPods } from '../../examples/running-pods.ts';
import type { Collection, V1Pod } from '../../src/informers/index.ts';
import { mergePatchOf, type Resource, resource } from '../../src/server/index.ts';
import { fakeCluster, type FakeCluster } from '../../src/testing/index.ts';
import { testedKubectls } from '../support/installed-clients.ts';
import { KubectlSession } from '../support/kubectl-session.ts';
import { requestOnce } from '../support/https-client.ts';
import { until } from '../support/until.ts';
import { AggregatedServer } from './aggregated-server.ts';

const ROWS = '/apis/example.com/v1/namespaces/shop/runningpods';
const TEAM = { metadata: { labels: { team: 'a' } } };

const kubectls = await testedKubectls();

/** A write that the cluster received. */
interface ClusterWrite {
  readonly user: string;
  readonly groups: readonly string[];
  readonly extra: unknown;
  readonly verb: string;
  readonly resource: string;
}

interface JsonResponse {
  readonly status: number;
  // Tests read any field of the body.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** Running pods. A patch of the deadline changes another field of the pod, too. */
function writablePods(pods: Collection<V1Pod>): Resource {
  return resource(
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
    runningPods(pods),
  );
}

/** The revision of a usual cluster, and that of one whose versions are microseconds. */
const REVISIONS = [1000, 1_764_512_345_678_901];

for (const revision of REVISIONS)
  describe(`writes through a projection, in a cluster at revision ${revision}`, () => {
    let cluster: FakeCluster;
    let served: AggregatedServer;
    let clusterWrites: ClusterWrite[];
    let mayImpersonate = true;
    /** Runs when the cluster has received a write of a core object, before it reads the stored object. */
    let beforeClusterWrite: () => void;

    before(async () => {
      cluster = await fakeCluster({
        revision,
        authorize: ({ name, groups, extra }, access) => {
          if (access.type === 'nonResource') return true;
          const { verb, resource: target, group } = access;
          if (group === '' && ['patch', 'delete'].includes(verb)) {
            clusterWrites.push({ user: name, groups, extra, verb, resource: target });
            beforeClusterWrite();
          }
          // The server's own user may read, review and impersonate.
          if (name === 'kubefacet' && target === 'subjectaccessreviews') return verb === 'create';
          if (name === 'kubefacet') return verb === 'impersonate' ? mayImpersonate : ['list', 'watch'].includes(verb);
          return group !== '' || groups.includes('devs');
        },
      });
      for (const token of ['jane', 'john']) {
        const groups = token === 'jane' ? ['devs', 'ops'] : ['guests'];
        cluster.kubeConfigWithToken({ name: token, groups, uid: `uid-${token}`, token, extra: { scopes: ['x', 'y'] } });
      }
      cluster.storage.create('namespaces', { metadata: { name: 'shop' } });
      clusterWrites = [];
      served = await AggregatedServer.over(cluster, ({ pods }) => [writablePods(pods), podLabels(pods)], {
        name: 'kubefacet',
      });
      await until(async () => (await as('jane', 'GET', ROWS)).status === 200);
    });

    after(async () => {
      await served?.close();
    });

    beforeEach(() => {
      clusterWrites = [];
      mayImpersonate = true;
      beforeClusterWrite = () => undefined;
      cluster.storage.create('pods', {
        metadata: { name: 'web', namespace: 'shop', labels: { tier: 'web' } },
        spec: { containers: [{ name: 'web', image: 'web' }] },
        status: { phase: 'Running' },
      });
    });

    afterEach(() => {
      if (cluster.storage.get('pods', 'shop/web') !== undefined) cluster.storage.delete('pods', 'shop/web');
    });

    const as = async (token: string, method: string, path: string, body?: object): Promise<JsonResponse> => {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const sent = body === undefined ? '' : JSON.stringify(body);
      // Node does not send a Content-Length with a DELETE.
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

    /** Waits until the server has the row. */
    const shown = (): Promise<void> => until(async () => (await as('jane', 'GET', `${ROWS}/web`)).status === 200);

    const labels = (): unknown => (cluster.storage.get('pods', 'shop/web') as V1Pod | undefined)?.metadata?.labels;

    it('use the user of the request with groups and extras, and the writer reads them back', async () => {
      await shown();
      for (let round = 0; round < 20; round += 1) {
        const response = await as('jane', 'PATCH', `${ROWS}/web`, { metadata: { labels: { round: String(round) } } });
        expect(response.status, JSON.stringify(response.body)).to.equal(200);
        expect(response.body.metadata.labels).to.deep.equal({ tier: 'web', round: String(round) });
        expect((await as('jane', 'GET', `${ROWS}/web`)).body).to.deep.equal(response.body);
      }
      expect(labels()).to.deep.equal({ tier: 'web', round: '19' });
      expect(clusterWrites).to.have.length(20);
      expect(clusterWrites[0]).to.deep.equal({
        user: 'jane',
        groups: ['devs', 'ops', 'system:authenticated'],
        extra: { scopes: ['x', 'y'] },
        verb: 'patch',
        resource: 'pods',
      });
    });

    it('return the refusal of the cluster for that user', async () => {
      await shown();
      const response = await as('john', 'PATCH', `${ROWS}/web`, TEAM);
      expect(response.status).to.equal(403);
      expect(response.body).to.deep.include({ kind: 'Status', reason: 'Forbidden', code: 403 });
      expect(response.body.message).to.equal(
        'runningpods.example.com "web" is forbidden: it is made from pods "web", and pods "web" is forbidden: User "john" cannot patch resource "pods" in API group "" in the namespace "shop"',
      );
      expect(clusterWrites.map(({ user }) => user)).to.deep.equal(['john']);
      expect(labels()).to.deep.equal({ tier: 'web' });
    });

    it('never use the user of the server, and report that the server may not impersonate', async () => {
      await shown();
      mayImpersonate = false;
      const response = await as('jane', 'PATCH', `${ROWS}/web`, TEAM);
      expect(response.status).to.equal(403);
      expect(response.body.message).to.include('this server may not impersonate users there');
      expect(clusterWrites).to.deep.equal([]);
      expect(labels()).to.deep.equal({ tier: 'web' });
    });

    it('succeed when another client writes the pod before each of the first five attempts', async () => {
      await shown();
      let turn = 0;
      let conflicts = 0;
      beforeClusterWrite = () => {
        if (conflicts === 0) return;
        conflicts -= 1;
        turn += 1;
        cluster.storage.modify('pods', 'shop/web', (pod) => ({ ...pod, status: { phase: 'Running', turn } }));
      };
      for (let round = 0; round < 10; round += 1) {
        conflicts = 5;
        clusterWrites = [];
        const response = await as('jane', 'PATCH', `${ROWS}/web`, { metadata: { labels: { round: String(round) } } });
        expect(response.status, JSON.stringify(response.body)).to.equal(200);
        expect(response.body.metadata.labels).to.deep.equal({ tier: 'web', round: String(round) });
        expect(clusterWrites).to.have.length(6);
        // The write keeps what the other client wrote.
        expect(cluster.storage.get('pods', 'shop/web')?.['status']).to.deep.equal({ phase: 'Running', turn });
      }
      expect(turn).to.equal(50);
    });

    it('support dryRun', async () => {
      await shown();
      const response = await as('jane', 'PATCH', `${ROWS}/web?dryRun=All`, TEAM);
      expect(response.body.metadata.labels).to.deep.equal({ tier: 'web', team: 'a' });
      expect(labels()).to.deep.equal({ tier: 'web' });
      expect((await as('jane', 'DELETE', `${ROWS}/web?dryRun=All`)).status).to.equal(200);
      expect(cluster.storage.get('pods', 'shop/web')).to.not.equal(undefined);
    });

    it('delete the pod together with its row', async () => {
      await shown();
      const response = await as('jane', 'DELETE', `${ROWS}/web`, {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        gracePeriodSeconds: 0,
      });
      expect(response.status, JSON.stringify(response.body)).to.equal(200);
      expect(response.body).to.deep.include({ kind: 'Status', status: 'Success' });
      expect(clusterWrites.map(({ user, verb }) => `${user} ${verb}`)).to.deep.equal(['jane delete']);
      expect((await as('jane', 'GET', `${ROWS}/web`)).status).to.equal(404);
    });

    for (const kubectl of kubectls) {
      it(`work with kubectl ${kubectl.version}`, async () => {
        await shown();
        const folder = mkdtempSync(join(tmpdir(), 'write-through-'));
        writeFileSync(join(folder, 'config'), await cluster.kubeConfigFor({ name: 'kim', groups: ['devs'] }));
        const session = new KubectlSession(kubectl, join(folder, 'config'));
        try {
          expect(await session.run('label', 'rpod', 'web', 'team=a', '-n', 'shop')).to.match(/web.* labeled/);
          expect(labels()).to.deep.equal({ tier: 'web', team: 'a' });
          expect(
            await session.run('label', 'plabels', 'web', 'team-', 'tier=db', '--overwrite', '-n', 'shop'),
          ).to.match(/(labeled|modified)/);
          expect(labels()).to.deep.equal({ tier: 'db' });
          expect(await session.refused('annotate', 'rpod', 'web', 'note=x', '-n', 'shop')).to.include(
            'metadata.annotations.note: Forbidden: it is made from other objects',
          );
          expect(await session.refused('delete', 'plabels', 'web', '-n', 'shop')).to.include('MethodNotAllowed');
          expect(await session.run('delete', 'rpod', 'web', '-n', 'shop')).to.match(/web.* deleted/);
          expect(new Set(clusterWrites.map(({ user }) => user))).to.deep.equal(new Set(['kim']));
        } finally {
          rmSync(folder, { recursive: true });
        }
      });
    }
  });
