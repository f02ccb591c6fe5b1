/** Writes of rows in a real cluster: the server changes the source as the user, with the right to impersonate that its manifests grant. */
import { expect } from 'chai';
import { kubectl } from '../kubectl.ts';
import { type Caller, GROUP, installation, type Installation, until } from './installation.ts';

const RBAC = 'rbac.authorization.k8s.io';
const NAMESPACE = 'writes';
const SOURCE = `/api/v1/namespaces/${NAMESPACE}/configmaps/note-one`;

describe('writes of rows, in a cluster with RBAC', function () {
  this.timeout(120_000);
  let installed: Installation;
  let editor: Caller;

  /** Lets the user patch a resource. */
  async function grant(name: string, group: string, resource: string): Promise<void> {
    const metadata = { name, namespace: NAMESPACE };
    const rules = [{ apiGroups: [group], resources: [resource], verbs: ['get', 'list', 'watch', 'patch'] }];
    const roleRef = { apiGroup: RBAC, kind: 'Role', name };
    const subjects = [{ apiGroup: RBAC, kind: 'User', name: 'editor' }];
    await installed.upstream.apply(
      { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules },
      { apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects },
    );
  }

  const label = (): Promise<string> =>
    kubectl(editor.aggregated.kubeConfig, ['-n', NAMESPACE, 'label', `notes.${GROUP}`, 'note-one', 'team=a']).catch(
      (error: unknown) => String(error),
    );

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
});
