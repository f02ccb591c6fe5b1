/** The subresource explain with `kubectl get --raw`, through the aggregator of a fake cluster, whose reviews decide what each user sees. */
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { podSummaries } from '../../examples/pod-summaries.ts';
import { fakeCluster, pod } from '../../src/testing/index.ts';
import { installedKubectls } from '../support/installed-clients.ts';
import { until } from '../support/until.ts';
import { AggregatedServer } from './aggregated-server.ts';

const PATH = '/apis/example.com/v1/namespaces/shop/podsummaries/web/explain';
/** The rights of users. The server and the administrator may do everything. */
const RIGHTS: Readonly<Record<string, readonly string[]>> = {
  reader: ['get podsummaries/explain', 'get pods'],
  stranger: ['get podsummaries/explain'],
  outsider: ['get podsummaries', 'get pods'],
};

describe('kubectl get --raw of the subresource explain', () => {
  let served: AggregatedServer;
  let folder: string;
  let kubectl: string;

  before(async function () {
    const [installed] = await installedKubectls();
    if (installed === undefined) return this.skip();
    kubectl = installed.path;
    folder = mkdtempSync(join(tmpdir(), 'explain-subresource-'));
    const cluster = await fakeCluster({
      authorize: ({ name }, access) => {
        const rights = RIGHTS[name];
        if (rights === undefined || access.type !== 'resource') return true;
        const { verb, resource, subresource } = access;
        return rights.includes(`${verb} ${subresource === '' ? resource : `${resource}/${subresource}`}`);
      },
    });
    cluster.storage.create('namespaces', { metadata: { name: 'shop' } });
    cluster.storage.create('pods', pod('shop/web'));
    for (const name of Object.keys(RIGHTS)) writeFileSync(join(folder, name), await cluster.kubeConfigFor({ name }));
    served = await AggregatedServer.over(cluster, ({ pods }) => [podSummaries(pods)]);
    await until(() => served.server.counts().ready);
  });

  after(async () => {
    await served?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  const raw = (user: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const args = ['--kubeconfig', join(folder, user), 'get', '--raw', PATH];
      execFile(kubectl, args, { timeout: 30_000 }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(stderr));
      });
    });

  it('prints the source object of a row to a user who may get both', async () => {
    const { metadata, row } = JSON.parse(await raw('reader'));
    const { uid, resourceVersion } = JSON.parse(JSON.stringify(served.informers.pods.get('shop/web')?.metadata));
    expect(metadata).to.deep.equal({ name: 'web', namespace: 'shop' });
    let source = row;
    while (source.origins !== undefined) [source] = source.origins;
    expect(source).to.deep.equal({
      source: { group: '', version: 'v1', resource: 'pods' },
      namespace: 'shop',
      name: 'web',
      uid,
      resourceVersion,
      present: true,
    });
  });

  it('shows no source object to a user who may not get it, and nothing without the right for the subresource', async () => {
    expect(await raw('stranger'))
      .to.contain('"hidden":true')
      .and.to.not.contain('uid');
    const refused = await raw('outsider').catch((error: Error) => error.message);
    expect(refused).to.contain('User "outsider" cannot get resource "podsummaries/explain" in API group "example.com"');
  });
});
