/**
 * A real garbage collector and a server that forgets the owners of objects: the claims of docs/custom-resources.md about `memoryStore()`.
 * Needs a cluster with a controller manager, see demo-server.ts.
 */
import { expect } from 'chai';
import { certificateAuthority, type CertificateAndKey } from '../../src/certificates.ts';
import { informerFactory, loadKubeConfig, type InformerFactory } from '../../src/informers/index.ts';
import { type ApiServer, apiServer, resource } from '../../src/server/index.ts';
import { memoryStore, type Store } from '../../src/stores/index.ts';
import { apiService, clusterOfEnvironment, kubectl, recreateNamespace, untilServed } from './kubectl.ts';
import { service } from './objects.ts';

const NAMESPACE = 'kubefacet-e2e-owners';
const GROUP = 'owners.e2e.example.org';
const TASKS = `tasks.${GROUP}`;

describe('the garbage collector and owners in a memory store', function () {
  // The garbage collector checks every 30 s for new resources.
  this.timeout(300_000);
  let kubeConfig: string;
  let informers: InformerFactory;
  let server: ApiServer | undefined;
  let serving: CertificateAndKey;
  let port = 0;
  const store = memoryStore();
  const run = (...args: string[]): Promise<string> => kubectl(kubeConfig, args);
  const inNamespace = (...args: string[]): Promise<string> => run('-n', NAMESPACE, ...args);
  const apply = (...items: object[]): Promise<string> =>
    kubectl(kubeConfig, ['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));

  async function serve(tasks: Store): Promise<void> {
    const served = resource({ kind: 'Task', plural: 'tasks', namespaced: true }, tasks);
    server = apiServer({ informers, apis: [{ group: GROUP, version: 'v1', resources: [served] }] });
    await server.listen({ port, host: '127.0.0.1', tls: { cert: serving.certificate, key: serving.key } });
    ({ port } = server);
  }

  before(async function () {
    const cluster = await clusterOfEnvironment();
    if ('missing' in cluster) {
      console.log(`    no cluster for the end-to-end tests: ${cluster.missing}`);
      return this.skip();
    }
    ({ kubeConfig } = cluster);
    informers = informerFactory({ kubeConfig: await loadKubeConfig({ path: kubeConfig }) });
    const authority = await certificateAuthority('kubefacet-e2e');
    serving = await authority.issue({
      commonName: 'kubefacet',
      dnsNames: ['kubefacet.kubefacet.svc'],
      usage: 'server',
    });
    await serve(store);
    await recreateNamespace(kubeConfig, 'kubefacet');
    await recreateNamespace(kubeConfig, NAMESPACE);
    await apply(...service(port), apiService({ group: GROUP, port, caBundle: authority.certificate }));
    await untilServed(kubeConfig, GROUP);
  });

  after(async () => {
    if (informers === undefined) return;
    // Delete the APIService first: one without a backend slows down all requests.
    await run('delete', 'apiservice', `v1.${GROUP}`, '--ignore-not-found');
    await run('delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=false');
    await server?.close();
    await informers.close();
  });

  /** Creates a task and a ConfigMap that it owns. */
  async function family(name: string): Promise<void> {
    const metadata = { name, namespace: NAMESPACE };
    await apply({ apiVersion: `${GROUP}/v1`, kind: 'Task', metadata, spec: {} });
    const uid = await inNamespace('get', TASKS, name, '-o', 'jsonpath={.metadata.uid}');
    const ownerReferences = [{ apiVersion: `${GROUP}/v1`, kind: 'Task', name, uid }];
    await apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadata, ownerReferences } });
  }

  async function restart(next: Store): Promise<void> {
    await server?.close();
    await serve(next);
    await untilServed(kubeConfig, GROUP);
  }

  const exists = async (name: string): Promise<boolean> =>
    (await inNamespace('get', 'configmap', name, '--ignore-not-found', '-o', 'name')) !== '';

  /** The garbage collector waits up to 30 s before it reads a resource again whose server was gone, and checks resources every 30 s. */
  async function untilDeleted(name: string): Promise<void> {
    const waits = (): Promise<string> =>
      inNamespace('wait', '--for=delete', `configmap/${name}`, '--timeout=50s').catch((error: unknown) =>
        String(error),
      );
    for (let tries = 0; tries < 4 && (await exists(name)); tries += 1) await waits();
    expect(await exists(name), `configmap/${name}`).to.equal(false);
  }

  it('keeps the objects of an owner that survives a restart in its store', async () => {
    await family('kept');
    await family('deleted');
    await restart(store);
    // The collection of the other family shows that the garbage collector works.
    await inNamespace('delete', TASKS, 'deleted');
    await untilDeleted('deleted');
    expect(await exists('kept')).to.equal(true);
  });

  it('deletes the objects of an owner that the server has forgotten in a restart', async () => {
    await family('forgotten');
    await restart(memoryStore());
    expect(await inNamespace('get', TASKS, '-o', 'name')).to.equal('');
    await untilDeleted('forgotten');
  });
});
