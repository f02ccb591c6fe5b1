/** A server that its own manifests install: it is available, needs all of the permissions that they grant, and no others. */
import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { manifests } from '../../../src/cli/manifests.ts';
import { kubectl } from '../kubectl.ts';
import {
  ACCOUNT,
  GROUP,
  installation,
  type Installation,
  type ManifestDocument,
  NAME,
  type Rule,
  until,
} from './installation.ts';
import { grantedRights, usedRights } from './rights.ts';

/** The rules of the ClusterRole system:auth-delegator. */
const DELEGATOR: readonly Rule[] = [
  { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
  { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
];

/** A module with a durable store. */
const STORED = `
import { kubefacet, resource } from ${JSON.stringify(resolve(import.meta.dirname, '../../../src/index.ts'))};
import { sqliteStore } from ${JSON.stringify(resolve(import.meta.dirname, '../../../src/stores/index.ts'))};
export default kubefacet(() => {
  const store = sqliteStore({ path: '/data/tasks.db' });
  const tasks = resource({ kind: 'Task', plural: 'tasks', namespaced: true }, store);
  return { apis: [{ group: 'stored.example.com', version: 'v1', resources: [tasks] }] };
});
`;

describe('a server that its own manifests install', function () {
  this.timeout(300_000);
  let installed: Installation;

  before(async function () {
    const found = await installation();
    if (found === undefined) return this.skip();
    installed = found;
  });

  it('has manifests that a dry run of the server accepts, apart from kinds that the cluster is too old for', async () => {
    const { upstream, documents } = installed;
    const served = new Set((await upstream.kubectl('api-versions')).split('\n'));
    const accepted = documents.filter(({ apiVersion }) => served.has(apiVersion));
    const left = documents.filter((document) => !accepted.includes(document)).map(({ kind }) => kind);
    // A server with memoryStore has no PodDisruptionBudget, whose policy/v1 exists since Kubernetes 1.21.
    expect(left).to.deep.equal(served.has('monitoring.coreos.com/v1') ? [] : ['ServiceMonitor']);
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: accepted });
    // The Service of the installation is an ExternalName, whose change the dry run would refuse.
    await upstream.kubectl('delete', 'service', NAME, '-n', NAME);
    const output = await kubectl(upstream.kubeConfig, ['apply', '--dry-run=server', '-f', '-'], list);
    await upstream.apply(...installed.installed());
    const lines = output.split('\n').filter((line) => line.endsWith('(server dry run)'));
    expect(lines).to.have.length(accepted.length);
  });

  it('has manifests for a store in a file that a dry run of the server accepts', async () => {
    const { upstream, folder } = installed;
    const module = join(folder, 'stored.ts');
    writeFileSync(module, STORED);
    const { text } = await manifests([module, '--image', 'registry.example/mine:1', '--name', 'stored']);
    const documents = parseAllDocuments(text).map((document) => document.toJS() as ManifestDocument);
    expect(documents.map(({ kind }) => kind))
      .to.include('PersistentVolumeClaim')
      .and.not.include('PodDisruptionBudget');
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: documents });
    await upstream.apply(...documents.filter(({ kind }) => kind === 'Namespace'));
    const output = await kubectl(upstream.kubeConfig, ['apply', '--dry-run=server', '-f', '-'], list);
    expect(output.split('\n').filter((line) => line.endsWith('(server dry run)'))).to.have.length(documents.length);
  });

  it('has a PodDisruptionBudget that a dry run of the server accepts, in the version that the cluster has', async () => {
    const { upstream } = installed;
    const module = resolve(import.meta.dirname, '../../../examples/definition.ts');
    const { text } = await manifests([module, '--image', 'registry.example/mine:1', '--name', NAME]);
    const documents = parseAllDocuments(text).map((document) => document.toJS() as ManifestDocument);
    const served = new Set((await upstream.kubectl('api-versions')).split('\n'));
    const budget = documents.find(({ kind }) => kind === 'PodDisruptionBudget');
    // Before Kubernetes 1.21, the same fields were in policy/v1beta1.
    const apiVersion = served.has('policy/v1') ? 'policy/v1' : 'policy/v1beta1';
    const object = JSON.stringify({ ...budget, apiVersion });
    expect(await kubectl(upstream.kubeConfig, ['apply', '--dry-run=server', '-f', '-'], object)).to.contain(
      `poddisruptionbudget.policy/${NAME} created (server dry run)`,
    );
  });

  it('is available', async () => {
    const condition = '--for=condition=Available';
    expect(await installed.upstream.kubectl('wait', condition, `apiservice/v1.${GROUP}`, '--timeout=120s')).to.contain(
      'condition met',
    );
    expect(await installed.upstream.kubectl('get', `nodeloads.${GROUP}`, '-o', 'name')).to.equal('');
  });

  it('serves users with the roles of the manifests', async () => {
    const { upstream } = installed;
    const subject = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'viewer' };
    await upstream.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'viewer' },
      roleRef: { apiGroup: subject.apiGroup, kind: 'ClusterRole', name: `${NAME}-view` },
      subjects: [subject],
    });
    const { aggregated, direct } = await installed.caller('viewer');
    for (const way of [aggregated, direct]) {
      await until(async () => (await way.get(`/apis/${GROUP}/v1/workloads`)).status === 200);
      expect((await way.get(`/apis/${GROUP}/v1/clustertasks`)).status).to.equal(200);
    }
  });

  it('is refused nothing, and uses each permission to read and to review that it has', async () => {
    const { upstream } = installed;
    await upstream.kubectl('create', 'serviceaccount', 'reader', '-n', NAME);
    const token = await upstream.kubectl('create', 'token', 'reader', '-n', NAME);
    // Other tests take rights away from the first replica.
    const before = upstream.auditEvents().length;
    await installed.withReplica(async (port) => {
      const response = await installed.anonymous(
        `/apis/${GROUP}/v1`,
        { Authorization: `Bearer ${token.trim()}` },
        port,
      );
      expect(response.status, response.text).to.equal(200);
    });
    const requests = upstream
      .auditEvents()
      .slice(before)
      .filter(({ user }) => user.username === ACCOUNT);
    const refused = requests.filter(({ responseStatus }) => responseStatus?.code === 403);
    expect(refused.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).to.deep.equal([]);
    const used = usedRights(requests);
    const rules = installed.documents.find(({ metadata }) => metadata.name === `${NAME}-sources`)?.rules ?? [];
    const granted = grantedRights([...rules, ...DELEGATOR]);
    expect(granted).to.have.length.above(DELEGATOR.length);
    expect(granted.filter((right) => !used.has(right))).to.deep.equal([]);
  });
});
