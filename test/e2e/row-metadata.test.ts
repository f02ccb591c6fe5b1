/**
 * Rows with unusual metadata, read by clients in Go: kubectl, and the namespace controller, whose metadata client decodes each row into typed
 * metadata. One row that it cannot decode makes its list fail, and the namespace never goes. Needs a cluster with a controller
 * manager, see demo-server.ts.
 */
import { expect } from 'chai';
import { certificateAuthority } from '../../src/certificates.ts';
import { informerFactory, loadKubeConfig, type InformerFactory } from '../../src/informers/index.ts';
import { identity, map } from '../../src/projections/index.ts';
import { type ApiServer, apiServer, resource } from '../../src/server/index.ts';
import { apiService, clusterOfEnvironment, kubectl, recreateNamespace, untilServed } from './kubectl.ts';
import { service } from './objects.ts';

const NAMESPACE = 'kubefacet-e2e-rows';
const GROUP = 'rows.e2e.example.org';
const NOTES = `notes.${GROUP}`;
const FINALIZER = 'e2e.example.org/hold';

/** Metadata by the name of the row. Rows whose metadata is not an ObjectMeta are left out. */
const METADATA: Readonly<Record<string, object>> = {
  plain: { labels: { app: 'web' } },
  nulls: { labels: null, annotations: null, finalizers: null, ownerReferences: null },
  empty: { labels: {}, annotations: {}, finalizers: [], ownerReferences: [] },
  future: { creationTimestamp: '2999-01-01T00:00:00Z' },
  zero: { creationTimestamp: null },
  // An owner in another API, so that the garbage collector ignores it.
  owned: {
    ownerReferences: [{ apiVersion: 'none.example.org/v1', kind: 'None', name: 'a', uid: 'b', controller: true }],
  },
  letters: { annotations: { note: '<&> \u2028 ü \u0007', empty: '' } },
};
const BAD: Readonly<Record<string, object>> = {
  'bad-label': { labels: { a: 1 } },
  'bad-labels': { labels: 'a' },
  'bad-time': { creationTimestamp: 'yesterday' },
  'bad-finalizers': { finalizers: 'a' },
  'bad-owners': { ownerReferences: [{ name: 7 }] },
  'bad-generation': { generation: 'one' },
};

/** A condition of a namespace. */
interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message: string;
}

describe('rows with unusual metadata behind a real aggregator', function () {
  this.timeout(300_000);
  let kubeConfig: string;
  let informers: InformerFactory;
  let server: ApiServer | undefined;
  const run = (...args: string[]): Promise<string> => kubectl(kubeConfig, args);
  const inNamespace = (...args: string[]): Promise<string> => run('-n', NAMESPACE, ...args);
  const apply = (...items: object[]): Promise<string> =>
    kubectl(kubeConfig, ['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));

  before(async function () {
    const cluster = await clusterOfEnvironment();
    if ('missing' in cluster) {
      console.log(`    no cluster for the end-to-end tests: ${cluster.missing}`);
      return this.skip();
    }
    ({ kubeConfig } = cluster);
    await recreateNamespace(kubeConfig, 'kubefacet');
    await recreateNamespace(kubeConfig, NAMESPACE);
    informers = informerFactory({ kubeConfig: await loadKubeConfig({ path: kubeConfig }), namespaces: [NAMESPACE] });
    const notes = informers.configMaps.pipe(
      map((one) => {
        const name = one.metadata?.name ?? '';
        // Wrong types, as a function in JavaScript could return them.
        const unusual = (METADATA[name] ?? BAD[name] ?? {}) as { readonly labels?: Record<string, string> };
        return { metadata: { ...identity(one), ...unusual } };
      }),
    );
    const definition = {
      kind: 'Note',
      plural: 'notes',
      namespaced: true,
      write: { delete: () => ({ delete: true }) as const },
    };
    server = apiServer({
      informers,
      apis: [{ group: GROUP, version: 'v1', resources: [resource(definition, notes)] }],
    });
    const authority = await certificateAuthority('kubefacet-e2e');
    const serving = await authority.issue({
      commonName: 'kubefacet',
      dnsNames: ['kubefacet.kubefacet.svc'],
      usage: 'server',
    });
    await server.listen({ port: 0, host: '127.0.0.1', tls: { cert: serving.certificate, key: serving.key } });
    const { port } = server;
    const configMaps = Object.keys({ ...METADATA, ...BAD }).map((name) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      // The row must still exist when the namespace controller lists it.
      metadata: { name, namespace: NAMESPACE, finalizers: [FINALIZER] },
    }));
    await apply(...service(port), apiService({ group: GROUP, port, caBundle: authority.certificate }), ...configMaps);
    await untilServed(kubeConfig, GROUP);
    // ConfigMaps are read in the order of their versions, so the last one is shown after all others.
    await inNamespace('create', 'configmap', 'last');
    await inNamespace('wait', '--for=create', `${NOTES}/last`, '--timeout=120s');
  });

  /** Removes the finalizers, so that the ConfigMaps and their rows can go. */
  async function release(): Promise<void> {
    const patch = JSON.stringify({ metadata: { finalizers: null } });
    for (const name of Object.keys({ ...METADATA, ...BAD }))
      await inNamespace('patch', 'configmap', name, '--type=merge', '-p', patch).catch(() => undefined);
  }

  after(async () => {
    if (informers === undefined) return;
    await release();
    // Delete the APIService first: one without a backend slows down all requests.
    await run('delete', 'apiservice', `v1.${GROUP}`, '--ignore-not-found');
    await run('delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=false');
    await server?.close();
    await informers.close();
  });

  it('are listed, and those that are no ObjectMeta are left out', async () => {
    const shown = (await inNamespace('get', NOTES, '-o', 'name')).trim().split('\n');
    const left = shown.map((name) => name.replace(`note.${GROUP}/`, '')).filter((name) => name !== 'kube-root-ca.crt');
    expect(left).to.deep.equal([...Object.keys(METADATA), 'last'].toSorted());
  });

  it('have ages, labels and owners in every output of kubectl', async () => {
    const table = await inNamespace('get', NOTES, '--show-labels', '-o', 'wide');
    expect(table).to.match(/^plain +\S+ +app=web$/m);
    expect(table).to.match(/^nulls +\S+ +<none>$/m);
    expect(table).to.match(/^zero +<unknown> +<none>$/m);
    for (const output of ['yaml', 'json', 'jsonpath={.items[*].metadata.uid}', 'custom-columns=L:.metadata.labels'])
      expect(await inNamespace('get', NOTES, '-o', output)).to.not.equal('');
    const sorted = await inNamespace('get', NOTES, '--sort-by=.metadata.creationTimestamp', '-o', 'name');
    expect(sorted.trim().split('\n').at(-1)).to.equal(`note.${GROUP}/future`);
    const described = await inNamespace('describe', NOTES);
    for (const name of Object.keys(METADATA)) expect(described).to.match(new RegExp(`^Name: +${name}$`, 'm'));
  });

  it('do not keep their namespace from being deleted', async () => {
    await run('delete', 'namespace', NAMESPACE, '--wait=false');
    const isRemaining = ({ type, message }: Condition): boolean =>
      type === 'NamespaceContentRemaining' && message.includes(`${NOTES} has ${Object.keys(METADATA).length}`);
    let conditions: readonly Condition[] = [];
    for (let tries = 0; !conditions.some(isRemaining); tries += 1) {
      if (tries === 400)
        throw new Error(`the namespace controller has not counted the rows: ${JSON.stringify(conditions)}`);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const namespace = await run('get', 'namespace', NAMESPACE, '-o', 'json');
      ({ conditions = [] } = (JSON.parse(namespace) as { status: { conditions?: readonly Condition[] } }).status);
    }
    // The controller expects that rows without finalizers are gone. These remain as long as their ConfigMaps do.
    const failures = conditions.filter(
      ({ type, status, message }) =>
        type.endsWith('Failure') && status !== 'False' && !message.includes('unexpected items still remain'),
    );
    expect(failures).to.deep.equal([]);
    await release();
    await run('wait', '--for=delete', `namespace/${NAMESPACE}`, '--timeout=200s');
  });
});
