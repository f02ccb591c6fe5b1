import { expect } from 'chai';
import { manifestObjects } from '../../../src/cli/manifests/manifest-objects.ts';
import type { V1APIService } from '../../../src/informers/index.ts';
import { rawEndpoint, resource } from '../../../src/server/index.ts';
import { memoryStore, sqliteStore, type Store } from '../../../src/stores/index.ts';
import { coreKinds, fakeCluster } from '../../../src/testing/index.ts';
import { requestOnce } from '../../support/https-client.ts';
import { demoResources } from '../../../examples/demo-resources.ts';
import { deployedWith, factsAbout } from './deployed.ts';

const raw = (): ReturnType<typeof rawEndpoint> => rawEndpoint({ path: '/a', paths: { '': { GET: () => undefined } } });

describe('manifestObjects()', () => {
  it('registers each version, with higher priorities for earlier versions of a group', async () => {
    const facts = await factsAbout(() => ({
      apis: [
        { group: 'a.example', version: 'v2', resources: [raw()] },
        { group: 'b.example', version: 'v1', resources: [raw()] },
        { group: 'a.example', version: 'v1', resources: [raw()] },
      ],
    }));
    const services = manifestObjects(facts, deployedWith({ ca: 'PEM' })).get('api-services.yaml') as V1APIService[];
    expect(services.map(({ metadata, spec }) => [metadata?.name, spec?.versionPriority])).to.deep.equal([
      ['v2.a.example', 100],
      ['v1.b.example', 100],
      ['v1.a.example', 99],
    ]);
    expect(services[0]?.spec).to.deep.include({
      service: { name: 'mine', namespace: 'apps', port: 443 },
      caBundle: Buffer.from('PEM').toString('base64'),
    });
  });

  it('has a claim and no PodDisruptionBudget for a server with sqliteStore', async () => {
    const kindsWith = async (store: Store): Promise<unknown[]> => {
      const tasks = resource({ kind: 'Task', plural: 'tasks', namespaced: false }, store);
      const facts = await factsAbout(() => ({ apis: [{ group: 'a.example', version: 'v1', resources: [tasks] }] }));
      return [...manifestObjects(facts, deployedWith()).values()].flat().map(({ kind }) => kind);
    };
    expect(await kindsWith(sqliteStore({ path: '/data/tasks.db' })))
      .to.include('PersistentVolumeClaim')
      .and.not.include('PodDisruptionBudget');
    expect(await kindsWith(memoryStore()))
      .to.not.include('PersistentVolumeClaim')
      .and.not.include('PodDisruptionBudget');
    expect(await kindsWith({ ...memoryStore(), isSingleProcess: false })).to.include('PodDisruptionBudget');
  });

  it('returns objects that a cluster accepts in this order', async () => {
    const facts = await factsAbout(({ informers }) => ({
      apis: [{ group: 'example.com', version: 'v1', resources: demoResources(informers) }],
    }));
    await using cluster = await fakeCluster();
    const { certificate: cert, key } = await cluster.clientAuthority.issue({ commonName: 'jane', usage: 'client' });
    const client = { port: cluster.port, ca: cluster.caCertificate, client: { cert, key } };
    const unknown: string[] = [];
    for (const object of [...manifestObjects(facts, deployedWith()).values()].flat()) {
      const { apiVersion = '', kind, metadata } = object;
      const [version = '', group = ''] = apiVersion.split('/').toReversed();
      const known = coreKinds.find((one) => one.kind === kind && one.group === group && one.version === version);
      if (known === undefined) {
        unknown.push(`${kind}`);
        continue;
      }
      const root = group === '' ? '/api/v1' : `/apis/${apiVersion}`;
      const scope = metadata?.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
      const request = { ...client, method: 'POST', body: JSON.stringify(object) };
      const { status, text } = await requestOnce(`${root}${scope}/${known.plural}`, request);
      expect(status, text).to.equal(201);
    }
    expect(unknown).to.deep.equal([]);
  });
});
