/** Writes of rows in a real cluster: the server changes the source as the user, with the right to impersonate that its manifests grant. */
import { expect } from 'chai';
import { join } from 'node:path';
import { kubectl } from '../kubectl.ts';
import { ACCOUNT, type Caller, GROUP, installation, type Installation, NAME, until, WRITERS } from './installation.ts';
import { grantedRights, usedRights } from './rights.ts';

const RBAC = 'rbac.authorization.k8s.io';
const NAMESPACE = WRITERS;
const SOURCE = `/api/v1/namespaces/${NAMESPACE}/configmaps/note-one`;
/** Rights for attributes that users have since the named version of Kubernetes, as a number: 22 for 1.22. */
const SINCE: Readonly<Record<string, number>> = {
  'impersonate uids.authentication.k8s.io': 22,
  'impersonate userextras/authentication.kubernetes.io/credential-id.authentication.k8s.io': 30,
  'impersonate userextras/authentication.kubernetes.io/node-name.authentication.k8s.io': 30,
  'impersonate userextras/authentication.kubernetes.io/node-uid.authentication.k8s.io': 30,
};

describe('writes of rows, in a cluster with RBAC', function () {
  this.timeout(300_000);
  let installed: Installation;
  let editor: Caller;

  /** Lets the user patch a resource. */
  async function grant(name: string, group: string, resource: string): Promise<void> {
    const metadata = { name, namespace: NAMESPACE };
    const rules = [{ apiGroups: [group], resources: [resource], verbs: ['get', 'list', 'watch', 'patch'] }];
    const roleRef = { apiGroup: RBAC, kind: 'Role', name };
    const subjects = [
      { apiGroup: RBAC, kind: 'User', name: 'editor' },
      { kind: 'ServiceAccount', name: 'editor', namespace: NAMESPACE },
    ];
    await installed.upstream.apply(
      { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules },
      { apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects },
    );
  }

  const label = (kubeConfig = editor.aggregated.kubeConfig, team = 'a'): Promise<string> =>
    kubectl(kubeConfig, ['-n', NAMESPACE, 'label', `notes.${GROUP}`, 'note-one', `team=${team}`, '--overwrite']).catch(
      (error: unknown) => String(error),
    );

  /** Returns the kubeconfig of a ServiceAccount, by a token that is valid while a pod exists. */
  async function podKubeConfig(): Promise<string> {
    const { upstream, folder } = installed;
    const metadata = { name: 'editor', namespace: NAMESPACE };
    await upstream.apply(
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata,
        spec: { serviceAccountName: 'editor', containers: [{ name: 'main', image: 'registry.example/mine:1' }] },
      },
    );
    const bound = ['--bound-object-kind', 'Pod', '--bound-object-name', 'editor'];
    const token = await upstream.kubectl('-n', NAMESPACE, 'create', 'token', 'editor', ...bound);
    const kubeConfig = join(folder, 'pod.kubeconfig');
    upstream.writeKubeConfig(kubeConfig, { token: token.trim() });
    return kubeConfig;
  }

  before(async function () {
    const found = await installation();
    if (found === undefined) return this.skip();
    installed = found;
    editor = await installed.caller('editor');
    await installed.upstream.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: NAMESPACE, name: 'note-one' } },
    );
    await grant('rows', GROUP, 'notes');
    const path = `/apis/${GROUP}/v1/namespaces/${NAMESPACE}/notes/note-one`;
    await until(async () => (await editor.aggregated.get(path)).status === 200);
  });

  it('need the right of the user to change the source', async () => {
    expect(await label()).to.match(/User "editor" cannot patch resource "configmaps" in API group ""/);
  });

  it('change the source as the user', async () => {
    await grant('sources', '', 'configmaps');
    await until(async () => (await label()).includes('labeled'));
    const { upstream } = installed;
    const labels = ['-o', 'jsonpath={.metadata.labels.team}'];
    expect(await upstream.kubectl('-n', NAMESPACE, 'get', 'configmap', 'note-one', ...labels)).to.equal('a');
    const written = upstream
      .auditEvents()
      .filter(({ verb, requestURI }) => verb === 'patch' && requestURI.startsWith(SOURCE))
      .filter(({ responseStatus }) => responseStatus?.code === 200);
    expect(written.map(({ impersonatedUser }) => impersonatedUser?.username)).to.deep.equal(['editor']);
  });

  it('use each permission to impersonate that the manifests grant, as far as users of this cluster have the attribute', async () => {
    const { upstream } = installed;
    await grant('sources', '', 'configmaps');
    await until(async () => (await label(undefined, 'b')).includes('labeled'));
    const kubeConfig = await podKubeConfig();
    await until(async () => (await label(kubeConfig, 'c')).includes('labeled'));
    const used = usedRights(upstream.auditEvents().filter(({ user }) => user.username === ACCOUNT));
    const rules = installed.documents.find(({ metadata }) => metadata.name === `${NAME}-impersonate`)?.rules ?? [];
    const granted = grantedRights(rules);
    expect(granted).to.have.length.above(Object.keys(SINCE).length + 4);
    const { serverVersion } = JSON.parse(await upstream.kubectl('version', '-o', 'json')) as {
      readonly serverVersion: { readonly minor: string };
    };
    const minor = Number.parseInt(serverVersion.minor, 10);
    const tooNew = granted.filter((right) => (SINCE[right] ?? 0) > minor);
    expect(granted.filter((right) => !used.has(right))).to.have.members(tooNew);
  });
});
