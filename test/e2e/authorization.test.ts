/**
 * Authorization by the RBAC of the cluster in KUBECONFIG: rights by verb, namespace, name and subresource, a user who loses a right while she
 * watches, and a server without the right to create reviews. The server has only the rights that docs/real-cluster.md grants.
 */
import { readFileSync, writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { certificateAuthority } from '../../src/certificates.ts';
import { informerFactory, loadKubeConfig, type InformerFactory } from '../../src/informers/index.ts';
import { filter, identity, map } from '../../src/projections/index.ts';
import { type ApiServer, apiServer, resource } from '../../src/server/index.ts';
import {
  apiService,
  clusterOfEnvironment,
  kubectl,
  recreateNamespace,
  RunningKubectl,
  untilServed,
} from './kubectl.ts';
import { service } from './objects.ts';

const GROUP = 'authorization.e2e.example.org';
const NOTES = `notes.${GROUP}`;
const NAMESPACE = 'kubefacet-e2e-rights';
const OTHER = 'kubefacet-e2e-no-rights';
const SERVER = 'kubefacet-e2e-server';
const RBAC = 'rbac.authorization.k8s.io';

const role = (kind: 'Role' | 'ClusterRole', namespace: string | undefined, name: string, rules: object[]): object => ({
  apiVersion: `${RBAC}/v1`,
  kind,
  metadata: { name, ...(namespace !== undefined && { namespace }) },
  rules,
});
const binding = (namespace: string | undefined, name: string, roleRef: string, user: string): object => ({
  apiVersion: `${RBAC}/v1`,
  kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
  metadata: { name, ...(namespace !== undefined && { namespace }) },
  roleRef: { apiGroup: RBAC, kind: roleRef.split('/')[0], name: roleRef.split('/')[1] },
  subjects: [{ kind: 'User', name: user, apiGroup: RBAC }],
});

describe('authorization by the RBAC of a cluster', function () {
  this.timeout(120_000);
  let kubeConfig: string;
  let informers: InformerFactory | undefined;
  let server: ApiServer | undefined;
  const run = (...args: string[]): Promise<string> => kubectl(kubeConfig, args);
  const alice = (...args: string[]): Promise<string> => run('--as=alice', ...args);
  const refused = async (...args: string[]): Promise<string> => {
    try {
      return `not refused: ${await alice(...args)}`;
    } catch (error) {
      return String(error);
    }
  };
  const apply = (...items: object[]): Promise<string> =>
    kubectl(kubeConfig, ['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  async function until(condition: () => Promise<boolean>, seconds: number): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${condition.toString()}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  const delegator = binding(undefined, SERVER, 'ClusterRole/system:auth-delegator', SERVER);

  before(async function () {
    const cluster = await clusterOfEnvironment();
    if ('missing' in cluster) {
      console.log(`    no cluster for the end-to-end tests: ${cluster.missing}`);
      return this.skip();
    }
    ({ kubeConfig } = cluster);
    for (const name of ['kubefacet', NAMESPACE, OTHER]) await recreateNamespace(kubeConfig, name);
    const note = (namespace: string, name: string): object => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace, name },
    });
    await apply(
      note(NAMESPACE, 'note-one'),
      note(NAMESPACE, 'note-two'),
      note(OTHER, 'note-other'),
      role('ClusterRole', undefined, SERVER, [
        { apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] },
      ]),
      binding(undefined, `${SERVER}-sources`, `ClusterRole/${SERVER}`, SERVER),
      binding('kube-system', SERVER, 'Role/extension-apiserver-authentication-reader', SERVER),
      delegator,
    );
    // The server's requests are those of a user with these rights only.
    const config = parse(readFileSync(kubeConfig, 'utf8')) as { users: { user: Record<string, unknown> }[] };
    for (const { user } of config.users) user['as'] = SERVER;
    const path = join(mkdtempSync(join(tmpdir(), 'kubefacet-e2e-')), 'server.kubeconfig');
    writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
    informers = informerFactory({ kubeConfig: await loadKubeConfig({ path }) });
    const notes = informers.configMaps.pipe(
      filter(({ metadata }) => metadata?.name?.startsWith('note-') === true),
      map((configMap) => ({ metadata: identity(configMap) })),
    );
    server = apiServer({
      informers,
      watchReviewInterval: 2000,
      apis: [
        {
          group: GROUP,
          version: 'v1',
          resources: [
            resource(
              {
                kind: 'Note',
                plural: 'notes',
                namespaced: true,
                subresources: { text: { GET: (ctx, { metadata }) => (ctx.body = `text of ${metadata.name}`) } },
              },
              notes,
            ),
          ],
        },
      ],
    });
    const authority = await certificateAuthority('kubefacet-e2e');
    const names = { commonName: 'kubefacet', dnsNames: ['kubefacet.kubefacet.svc'], usage: 'server' } as const;
    const { certificate, key } = await authority.issue(names);
    await server.listen({ port: 0, host: '127.0.0.1', tls: { cert: certificate, key } });
    await apply(
      ...service(server.port),
      apiService({ group: GROUP, port: server.port, caBundle: authority.certificate }),
    );
    await untilServed(kubeConfig, GROUP);
  });

  after(async () => {
    if (informers === undefined) return;
    await run('delete', 'apiservice', `v1.${GROUP}`, '--ignore-not-found');
    for (const name of ['kubefacet', NAMESPACE, OTHER]) await run('delete', 'namespace', name, '--wait=false');
    await run('delete', 'clusterrolebinding', SERVER, `${SERVER}-sources`, '--ignore-not-found');
    await run('delete', 'clusterrole', SERVER, '--ignore-not-found');
    await run('-n', 'kube-system', 'delete', 'rolebinding', SERVER, '--ignore-not-found');
    await server?.close();
    await informers.close();
  });

  it('allows alice what her Role grants, by verb, namespace, name and subresource', async () => {
    expect(await refused('-n', NAMESPACE, 'get', NOTES)).to.contain(
      `User "alice" cannot list resource "notes" in API group "${GROUP}" in the namespace "${NAMESPACE}"`,
    );
    await apply(
      role('Role', NAMESPACE, 'notes', [
        { apiGroups: [GROUP], resources: ['notes'], verbs: ['list', 'watch'] },
        { apiGroups: [GROUP], resources: ['notes'], resourceNames: ['note-one'], verbs: ['get'] },
        { apiGroups: [GROUP], resources: ['notes/text'], resourceNames: ['note-two'], verbs: ['get'] },
      ]),
      binding(NAMESPACE, 'notes', 'Role/notes', 'alice'),
    );
    await until(async () => (await refused('-n', NAMESPACE, 'get', NOTES, '-o', 'name')).includes('note-two'), 15);
    const path = `/apis/${GROUP}/v1/namespaces/${NAMESPACE}/notes`;
    const raw = (suffix: string): Promise<string> => refused('get', '--raw', `${path}${suffix}`);
    expect(await raw('/note-one')).to.contain('not refused: {');
    expect(await raw('/note-two'))
      .to.contain('notes')
      .and.to.contain('orbidden');
    expect(await raw('/note-two/text')).to.contain('text of note-two');
    expect(await raw('/note-one/text')).to.contain('orbidden');
    expect(await refused('-n', OTHER, 'get', NOTES)).to.contain('orbidden');
    expect(await refused('get', NOTES, '-A')).to.contain('at the cluster scope');
  });

  it('ends the watch of alice when her right is revoked, and allows her again', async () => {
    const watch = new RunningKubectl(kubeConfig, ['--as=alice', '-n', NAMESPACE, 'get', NOTES, '-w']);
    await watch.prints(/note-two/);
    await run('-n', NAMESPACE, 'create', 'configmap', 'note-three');
    await watch.prints(/note-three/);
    await run('-n', NAMESPACE, 'delete', 'rolebinding', 'notes');
    // The kube-apiserver reviews a watch once only. The end comes from the server: 2 s, and the 10 s of a kept review.
    await watch.prints(/<it has ended>/);
    await run('-n', NAMESPACE, 'create', 'configmap', 'note-four');
    expect(await watch.prints(/<it has ended>/)).not.to.contain('note-four');
    expect(await refused('-n', NAMESPACE, 'get', NOTES)).to.contain('orbidden');
    await apply(binding(NAMESPACE, 'notes', 'Role/notes', 'alice'));
    await until(async () => (await refused('-n', NAMESPACE, 'get', NOTES)).includes('note-four'), 30);
  });

  it('serves nothing new while its ServiceAccount may not create reviews', async () => {
    await run('delete', 'clusterrolebinding', SERVER);
    // Kept reviews end after ten seconds.
    await until(async () => (await refused('-n', NAMESPACE, 'get', NOTES)).includes('cannot authorize requests'), 30);
    expect(server?.counts().undecidedRequests).to.be.above(0);
    await apply(delegator);
    await until(async () => (await refused('-n', NAMESPACE, 'get', NOTES)).includes('note-four'), 30);
  });
});
