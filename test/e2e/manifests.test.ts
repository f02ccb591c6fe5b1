/**
 * The manifests of the demo's resources in a real cluster: a dry run of all objects, and a server with the rights of its ServiceAccount
 * alone.
 */
import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { manifests } from '../../src/cli/manifests.ts';
import { CommandProcess } from '../support/command-process.ts';
import { clusterOfEnvironment, kubectl, recreateNamespace } from './kubectl.ts';

const NAME = 'kubefacet-e2e-manifests';
const ROOT = resolve(import.meta.dirname, '../..');

/** The resources of the demo as a definition. */
const MODULE = `
import { kubefacet } from 'kubefacet';
import { demoResources } from ${JSON.stringify(join(ROOT, 'examples/demo-resources.ts'))};
export default kubefacet(({ informers }) => ({
  apis: [{ group: 'manifests.example.com', version: 'v1', resources: demoResources(informers) }],
}));
`;

interface ManifestDocument {
  readonly apiVersion: string;
  readonly kind: string;
}

describe('the manifests in a real cluster', () => {
  let kubeConfig: string;
  let folder: string;
  let documents: readonly ManifestDocument[];
  const run = (...args: string[]): Promise<string> => kubectl(kubeConfig, args);
  const apply = (objects: readonly object[], ...args: string[]): Promise<string> =>
    kubectl(
      kubeConfig,
      ['apply', ...args, '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
    );

  before(async function () {
    const cluster = await clusterOfEnvironment();
    if ('missing' in cluster) {
      console.log(`    no cluster for the manifests: ${cluster.missing}`);
      return this.skip();
    }
    kubeConfig = cluster.kubeConfig;
    // The folder is inside the checkout, so that the module finds the package by its own name.
    folder = mkdtempSync(join(ROOT, 'test/e2e/.module-'));
    writeFileSync(join(folder, 'server.ts'), MODULE);
    const args = [join(folder, 'server.ts'), '--image', 'registry.example/mine:1', '--name', NAME];
    const { text } = await manifests(args);
    documents = parseAllDocuments(text).map((document) => document.toJS() as ManifestDocument);
    await recreateNamespace(kubeConfig, NAME);
  });
  after(async () => {
    if (folder === undefined) return;
    rmSync(folder, { recursive: true });
    await run('delete', 'clusterrole,clusterrolebinding', '-l', `app.kubernetes.io/name=${NAME}`, '--ignore-not-found');
    await run(
      'delete',
      'rolebinding',
      '-n',
      'kube-system',
      '-l',
      `app.kubernetes.io/name=${NAME}`,
      '--ignore-not-found',
    );
    await run('delete', 'namespace', NAME, '--ignore-not-found', '--wait=false');
  });

  it('are accepted by a dry run of the server, apart from kinds that the cluster is too old for', async () => {
    const served = new Set((await run('api-versions')).split('\n'));
    const left = documents.filter(({ apiVersion }) => !served.has(apiVersion)).map(({ kind }) => kind);
    // policy/v1 exists since Kubernetes 1.21.
    expect(left).to.deep.equal(served.has('policy/v1') ? [] : ['PodDisruptionBudget']);
    const output = await apply(
      documents.filter(({ apiVersion }) => served.has(apiVersion)),
      '--dry-run=server',
    );
    const lines = output.split('\n').filter((line) => line.endsWith('(server dry run)'));
    expect(lines).to.have.length(documents.length - left.length);
  });

  it('grant all rights that the server uses, so that it becomes ready and nothing is forbidden', async () => {
    const isRbac = ({ apiVersion, kind }: ManifestDocument): boolean =>
      apiVersion.startsWith('rbac.') || kind === 'ServiceAccount';
    await apply(documents.filter(isRbac));
    const file = join(mkdtempSync(join(tmpdir(), 'kubefacet-e2e-')), 'kubeconfig');
    writeFileSync(file, asServiceAccount(readFileSync(kubeConfig, 'utf8')), { mode: 0o600 });
    const forbiddenBefore = await forbiddenRequests(kubeConfig);
    const args = ['serve', join(folder, 'server.ts'), '--kubeconfig', file, '--serve-port', '0'];
    const server = new CommandProcess(args);
    try {
      await server.until(/ready: all checks of \/readyz pass/);
    } finally {
      expect(await server.stop(), server.output).to.equal(0);
    }
    expect(server.output).to.not.match(/forbidden/i);
    expect(await forbiddenRequests(kubeConfig)).to.equal(forbiddenBefore);
  });
});

/** Returns the number of reads that the cluster has refused with 403 since its start. */
async function forbiddenRequests(kubeConfig: string): Promise<number> {
  const metrics = await kubectl(kubeConfig, ['get', '--raw', '/metrics']);
  const counts = metrics.matchAll(
    /^apiserver_request_total\{[^}]*code="403"[^}]*verb="(?:GET|LIST|WATCH)"[^}]*\} (\d+)$/gm,
  );
  return Array.from(counts, ([, count]) => Number(count)).reduce((sum, count) => sum + count, 0);
}

/** Returns a kubeconfig that acts as the ServiceAccount of the manifests. */
function asServiceAccount(text: string): string {
  const config = parse(text) as { users: { user: Record<string, unknown> }[] };
  for (const { user } of config.users) {
    user['as'] = `system:serviceaccount:${NAME}:${NAME}`;
    user['as-groups'] = ['system:serviceaccounts', `system:serviceaccounts:${NAME}`, 'system:authenticated'];
  }
  return stringify(config);
}
