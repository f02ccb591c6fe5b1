/** `kubefacet uninstall` in a fake cluster, for the objects of `kubefacet manifests`. */
import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CliError } from '../../../src/cli/cli-error.ts';
import { labelsOf } from '../../../src/cli/manifests/manifest-options.ts';
import { manifestObjects } from '../../../src/cli/manifests/manifest-objects.ts';
import { uninstall } from '../../../src/cli/uninstall/uninstall.ts';
import { fakeClock, fakeCluster, type FakeCluster, settled } from '../../../src/testing/index.ts';
import { deployedWith, factsAbout } from '../manifests/deployed.ts';
import { definitionParts } from '../../../src/definition/definition.ts';
import definition from '../../../examples/definition.ts';

const MODULE = resolve(import.meta.dirname, '../../../examples/definition.ts');
const NAMES = ['--name', 'mine', '--namespace', 'apps'];
const LABELS = { 'app.kubernetes.io/name': 'mine', 'app.kubernetes.io/managed-by': 'kubefacet' };
/** The resource of each kind of the manifests in the storage of the fake cluster. */
const RESOURCES: Readonly<Record<string, string>> = {
  Namespace: 'namespaces',
  ServiceAccount: 'serviceaccounts',
  ClusterRole: 'clusterroles.rbac.authorization.k8s.io',
  ClusterRoleBinding: 'clusterrolebindings.rbac.authorization.k8s.io',
  Role: 'roles.rbac.authorization.k8s.io',
  RoleBinding: 'rolebindings.rbac.authorization.k8s.io',
  Service: 'services',
  Deployment: 'deployments.apps',
  PodDisruptionBudget: 'poddisruptionbudgets.policy',
  APIService: 'apiservices.apiregistration.k8s.io',
};
const API_SERVICES = 'apiservices.apiregistration.k8s.io';

describe('kubefacet uninstall', () => {
  let cluster: FakeCluster;
  let folder: string;
  let original: ReadonlySet<string>;
  const lines: string[] = [];
  const end = new AbortController();

  const contents = (): string[] =>
    Object.values(RESOURCES).flatMap((resource) =>
      cluster.storage.list(resource).map(({ metadata }) => {
        const { namespace = '', name } = metadata;
        return `${resource} ${namespace === '' ? '' : `${namespace}/`}${name}`;
      }),
    );
  const left = (): string[] => contents().filter((one) => !original.has(one));
  const run = async (...args: string[]): Promise<readonly string[]> => {
    const kubeconfig = ['--kubeconfig', join(folder, 'kubeconfig')];
    await uninstall([MODULE, ...NAMES, ...kubeconfig, ...args], {
      report: (line) => lines.push(line),
      signal: end.signal,
    });
    return lines;
  };
  const failure = async (...args: string[]): Promise<CliError> => {
    const error: unknown = await run(...args).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(CliError);
    expect((error as CliError).message).to.not.contain('\n');
    return error as CliError;
  };

  beforeEach(async () => {
    lines.length = 0;
    folder = mkdtempSync(join(tmpdir(), 'kubefacet-uninstall-'));
    cluster = await fakeCluster();
    writeFileSync(join(folder, 'kubeconfig'), await cluster.kubeConfigFor());
    original = new Set(contents());
    const facts = await factsAbout((context) => definitionParts(definition).evaluate(context));
    for (const object of [...manifestObjects(facts, deployedWith()).values()].flat()) {
      cluster.storage.create(RESOURCES[object.kind ?? ''] ?? '', object);
    }
  });
  afterEach(async () => {
    await cluster.close();
    rmSync(folder, { recursive: true });
  });

  it('deletes everything that manifests wrote, the APIServices first and the namespace last', async () => {
    expect(left()).to.have.length(15);
    const report = await run();
    expect(left()).to.deep.equal([]);
    expect(report).to.have.length(15);
    expect(report[0]).to.equal('deleted APIService v1.example.com');
    expect(report.at(-1)).to.equal('deleted Namespace apps');
    expect(report).to.include.members([
      'deleted Deployment apps/mine',
      'deleted RoleBinding kube-system/mine-authentication-reader',
    ]);
  });

  it('ends with success if nothing is installed', async () => {
    await run();
    lines.length = 0;
    expect(await run()).to.deep.equal(['nothing is installed as mine in the namespace apps']);
  });

  it('deletes the rest if an earlier run was interrupted', async () => {
    cluster.storage.delete(API_SERVICES, 'v1.example.com');
    cluster.storage.delete(RESOURCES['ClusterRole'] ?? '', 'mine-view');
    await run();
    expect(left()).to.deep.equal([]);
  });

  it('lists the same objects with --dry-run, and deletes nothing', async () => {
    const planned = [...(await run('--dry-run'))];
    expect(left()).to.have.length(15);
    lines.length = 0;
    const deleted = await run();
    expect(planned.map((line) => line.replace(/^would delete/, 'deleted'))).to.deep.equal(deleted);
  });

  it('waits until each object is gone before it deletes the next', async () => {
    cluster.storage.modify(API_SERVICES, 'v1.example.com', (object) => ({
      ...object,
      metadata: { ...object.metadata, finalizers: ['example.com/slow'] },
    }));
    const clock = fakeClock();
    const running = uninstall([MODULE, ...NAMES, '--kubeconfig', join(folder, 'kubeconfig')], {
      report: (line) => lines.push(line),
      signal: end.signal,
      clock,
    });
    while (clock.waiting === 0) await settled();
    expect(cluster.storage.get('services', 'apps/mine')).to.not.equal(undefined);
    expect(lines).to.deep.equal([]);
    cluster.storage.modify(API_SERVICES, 'v1.example.com', (object) => ({
      ...object,
      metadata: { ...object.metadata, finalizers: [] },
    }));
    clock.advance(500);
    await running;
    expect(left()).to.deep.equal([]);
  });

  it('fails with the finalizers of an object that is not gone in time', async () => {
    cluster.storage.modify(API_SERVICES, 'v1.example.com', (object) => ({
      ...object,
      metadata: { ...object.metadata, finalizers: ['example.com/stuck'] },
    }));
    const clock = fakeClock();
    const running = uninstall([MODULE, ...NAMES, '--timeout', '1s', '--kubeconfig', join(folder, 'kubeconfig')], {
      report: (line) => lines.push(line),
      signal: end.signal,
      clock,
    }).catch((caught: unknown) => caught);
    for (let step = 0; step < 2; step += 1) {
      while (clock.waiting === 0) await settled();
      clock.advance(500);
    }
    const error = await running;
    expect(error).to.be.instanceOf(CliError);
    expect((error as CliError).message).to.match(
      /^after 1 s, APIService v1\.example\.com still exists \(its finalizers are example\.com\/stuck\); /,
    );
    expect(cluster.storage.get('deployments.apps', 'apps/mine')).to.not.equal(undefined);
  });

  it('deletes APIServices of versions that the module does not serve now', async () => {
    cluster.storage.create(API_SERVICES, {
      metadata: { name: 'v1alpha1.example.com', labels: LABELS },
      spec: {
        group: 'example.com',
        version: 'v1alpha1',
        groupPriorityMinimum: 1000,
        versionPriority: 1,
        service: { name: 'mine', namespace: 'apps', port: 443 },
      },
    });
    expect(await run()).to.include('deleted APIService v1alpha1.example.com');
    expect(left()).to.deep.equal([]);
  });

  it('keeps objects without its labels, and then the namespace, too', async () => {
    cluster.storage.create('configmaps', { metadata: { namespace: 'apps', name: 'settings' } });
    cluster.storage.create('clusterroles.rbac.authorization.k8s.io', { metadata: { name: 'mine-other' }, rules: [] });
    const report = await run();
    expect(report.at(-1)).to.equal(
      'kept Namespace apps, because it contains other objects, such as configmaps/settings',
    );
    expect(left()).to.deep.equal(['namespaces apps', 'clusterroles.rbac.authorization.k8s.io mine-other']);
  });

  it('deletes the namespace with its derived objects and the Secret of the certificate', async () => {
    cluster.storage.create('secrets', { metadata: { namespace: 'apps', name: 'mine-tls' }, type: 'kubernetes.io/tls' });
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'mine', uid: 'a', controller: true };
    cluster.storage.create('replicasets.apps', {
      metadata: { namespace: 'apps', name: 'mine-1', ownerReferences: [owner] },
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [] } },
      },
    });
    expect((await run()).at(-1)).to.equal('deleted Namespace apps');
  });

  it('deletes the Secret and the Lease of a self-made CA, which the replicas have created', async () => {
    cluster.storage.modify('namespaces', 'apps', (object) => ({
      ...object,
      metadata: { ...object.metadata, labels: {} },
    }));
    for (const name of ['mine', 'other']) {
      const metadata = { namespace: 'apps', name: `${name}-ca`, labels: labelsOf({ name }) };
      cluster.storage.create('secrets', { metadata });
      cluster.storage.create('leases.coordination.k8s.io', { metadata });
    }
    expect(await run()).to.include.members(['deleted Secret apps/mine-ca', 'deleted Lease apps/mine-ca']);
    const remaining = ['secrets', 'leases.coordination.k8s.io'].flatMap((resource) =>
      cluster.storage.list(resource).map(({ metadata }) => `${resource} ${metadata.name}`),
    );
    expect(remaining).to.deep.equal(['secrets other-ca', 'leases.coordination.k8s.io other-ca']);
  });

  it('keeps a namespace that manifests did not write', async () => {
    cluster.storage.modify('namespaces', 'apps', (object) => ({
      ...object,
      metadata: { ...object.metadata, labels: {} },
    }));
    expect((await run()).at(-1)).to.equal('kept Namespace apps, because kubefacet manifests did not create it');
    expect(left()).to.deep.equal(['namespaces apps']);
  });

  it('keeps the claim of a store and its namespace, unless --delete-data is set', async () => {
    cluster.storage.create('persistentvolumeclaims', {
      metadata: { namespace: 'apps', name: 'mine-data', labels: LABELS },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    expect((await run()).slice(-2)).to.deep.equal([
      'kept PersistentVolumeClaim apps/mine-data with the objects of the store; see --delete-data',
      'kept Namespace apps, because it contains other objects, such as persistentvolumeclaims/mine-data',
    ]);
    lines.length = 0;
    expect(await run('--delete-data')).to.deep.equal([
      'deleted PersistentVolumeClaim apps/mine-data',
      'deleted Namespace apps',
    ]);
  });

  it('keeps the namespace while another API does not respond, because its deletion would not end', async () => {
    cluster.storage.create('namespaces', { metadata: { name: 'metrics' } });
    cluster.storage.create('services', {
      metadata: { namespace: 'metrics', name: 'metrics' },
      spec: { ports: [{ port: 443 }] },
    });
    cluster.storage.create(API_SERVICES, {
      metadata: { name: 'v1.metrics.example' },
      spec: {
        group: 'metrics.example',
        version: 'v1',
        groupPriorityMinimum: 1000,
        versionPriority: 1,
        insecureSkipTLSVerify: true,
        service: { name: 'metrics', namespace: 'metrics', port: 443 },
      },
    });
    const { message, exitCode } = await failure();
    expect(message).to.match(/^kept Namespace apps, because its deletion would not end: .* metrics\.example\/v1 \(/);
    expect(exitCode).to.equal(1);
    expect(left()).to.include('namespaces apps').and.not.include('services apps/mine');
  });

  it('refuses, before it deletes anything, to leave an APIService without its server', async () => {
    cluster.storage.modify(API_SERVICES, 'v1.example.com', (object) => ({
      ...object,
      metadata: { ...object.metadata, labels: {} },
    }));
    expect((await failure()).message).to.match(/delete it first: kubectl delete apiservice v1\.example\.com$/);
    expect(left()).to.have.length(15);
  });

  it('names the namespace of the installation if another one is given', async () => {
    expect((await failure('--namespace', 'other')).message).to.equal(
      'APIService v1.example.com leads to the Service apps/mine, and not to other/mine; add --namespace apps',
    );
    expect(left()).to.have.length(15);
  });

  for (const [cause, args, code, message] of [
    ['no module', [], 2, /^missing MODULE/],
    ['two modules', ['a.ts', 'b.ts'], 2, /takes one MODULE, but b\.ts follows a\.ts/],
    ['an unknown option', ['a.ts', '--force'], 2, /Unknown option '--force'/],
    ['a missing module', ['none.ts'], 1, /^none\.ts: no such file/],
    ['a missing kubeconfig', [MODULE, '--kubeconfig', '/none/config'], 1, /\/none\/config/],
  ] as const) {
    it(`fails with the code ${code} for ${cause}`, async () => {
      const error: unknown = await uninstall(args, { report: () => undefined, signal: end.signal }).catch(
        (caught: unknown) => caught,
      );
      expect(error).to.be.instanceOf(CliError);
      expect((error as CliError).message).to.match(message);
      expect((error as CliError).exitCode).to.equal(code);
    });
  }

  it('names the right that the kubeconfig lacks', async () => {
    await using strict = await fakeCluster({ authorize: () => false });
    writeFileSync(join(folder, 'kubeconfig'), await strict.kubeConfigFor({ name: 'jane' }));
    const { message } = await failure();
    expect(message).to.match(
      /User "jane" cannot list resource "apiservices" .*; use the kubeconfig of an administrator$/,
    );
  });
});
