/** Tests of the demo's custom resources behind a real aggregator: kubectl commands, garbage collection and namespace deletion. */
import { expect } from 'chai';
import { testedKubectls } from '../support/installed-clients.ts';
import type { WrittenResource } from '../support/kubectl-commands/kubectl-context.ts';
import { testKubectlCommands } from '../support/kubectl-commands/command-tests.ts';
import { type DemoServer, demoServer } from './demo-server.ts';
import { recreateNamespace } from './kubectl.ts';

const NAMESPACE = 'kubefacet-e2e-tasks';
const FAMILIES = 'kubefacet-e2e-families';

const RESOURCES: readonly WrittenResource[] = [
  { plural: 'customtasks', kind: 'CustomTask', namespace: NAMESPACE, hasSubresources: true },
  { plural: 'clustertasks', kind: 'ClusterTask', namespace: undefined, hasSubresources: false },
];

interface Owned {
  readonly metadata: {
    readonly uid: string;
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly object[];
    readonly finalizers?: readonly string[];
  };
}

const kubectls = await testedKubectls();

/** Runs the demo, with a namespace for the duration of the suite. */
function demoWith(namespace: string): () => DemoServer {
  let demo: DemoServer | undefined;
  before(async function () {
    demo = await demoServer();
    if (demo === undefined) return this.skip();
    await recreateNamespace(demo.kubeConfig, namespace);
  });
  after(async () => {
    await demo?.run('delete', 'namespace', namespace, '--ignore-not-found', '--wait=false');
  });
  return () => {
    if (demo === undefined) throw new Error('there is no cluster');
    return demo;
  };
}

describe('custom resources behind a real aggregator', () => {
  const demo = demoWith(NAMESPACE);
  for (const kubectl of kubectls) {
    describe(`with kubectl ${kubectl.version}`, () => testKubectlCommands(kubectl, RESOURCES, () => demo().kubeConfig));
  }
});

describe('the controller manager and custom resources', function () {
  // The garbage collector checks every 30 s for new resources.
  this.timeout(300_000);
  const demo = demoWith(FAMILIES);
  const inNamespace = (...args: string[]): Promise<string> => demo().run('-n', FAMILIES, ...args);
  const read = async (target: string): Promise<Owned> =>
    JSON.parse(await inNamespace('get', target, '-o', 'json')) as Owned;
  const isThere = async (target: string): Promise<boolean> =>
    (await inNamespace('get', target, '--ignore-not-found', '-o', 'name')) !== '';

  const task = (name: string, metadata: object = {}): object => ({
    apiVersion: 'example.com/v1',
    kind: 'CustomTask',
    metadata: { name, namespace: FAMILIES, ...metadata },
    spec: { title: name },
  });
  const configMap = (name: string, metadata: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: FAMILIES, ...metadata },
  });
  const KINDS = {
    customtask: { apiVersion: 'example.com/v1', kind: 'CustomTask', object: task },
    configmap: { apiVersion: 'v1', kind: 'ConfigMap', object: configMap },
  } as const;

  for (const [owner, dependent] of [
    ['customtask', 'configmap'],
    ['configmap', 'customtask'],
    ['customtask', 'customtask'],
  ] as const) {
    /** Creates an owner and a dependent. */
    const family = async (name: string): Promise<{ owner: string; dependent: string }> => {
      const [parent, child] = [`${name}-owner`, `${name}-dependent`];
      await demo().apply(KINDS[owner].object(parent));
      const { uid } = (await read(`${owner}/${parent}`)).metadata;
      const { apiVersion, kind } = KINDS[owner];
      const reference = { apiVersion, kind, name: parent, uid, blockOwnerDeletion: true };
      await demo().apply(KINDS[dependent].object(child, { ownerReferences: [reference] }));
      return { owner: `${owner}/${parent}`, dependent: `${dependent}/${child}` };
    };

    for (const cascade of ['background', 'foreground'] as const) {
      it(`deletes a ${dependent} when its ${owner} is deleted in the ${cascade}`, async () => {
        const of = await family(`${owner}-${dependent}-${cascade}`);
        await inNamespace('delete', of.owner, `--cascade=${cascade}`, '--timeout=200s');
        if (cascade === 'foreground') expect(await isThere(of.dependent)).to.equal(false);
        await inNamespace('wait', '--for=delete', of.dependent, '--timeout=200s');
        expect(await isThere(of.dependent)).to.equal(false);
      });
    }

    it(`keeps a ${dependent} when its ${owner} is deleted with --cascade=orphan`, async () => {
      const of = await family(`${owner}-${dependent}-orphan`);
      await inNamespace('delete', of.owner, '--cascade=orphan', '--timeout=200s');
      expect((await read(of.dependent)).metadata.ownerReferences).to.equal(undefined);
    });
  }

  it('deletes the objects in a namespace, and then the namespace', async () => {
    const finalizers = ['example.com/wait'];
    await demo().apply(task('easy'), task('also-easy'), task('stubborn', { finalizers }));
    await demo().run('delete', 'namespace', FAMILIES, '--wait=false');
    await inNamespace('wait', '--for=delete', 'customtask/easy', 'customtask/also-easy', '--timeout=200s');
    const { metadata } = await read('customtask/stubborn');
    expect(metadata.finalizers).to.deep.equal(finalizers);
    expect(metadata.deletionTimestamp).to.match(/^\d{4}-/);
    await inNamespace('patch', 'customtask/stubborn', '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
    await demo().run('wait', '--for=delete', `namespace/${FAMILIES}`, '--timeout=200s');
    expect(await isThere('customtasks')).to.equal(false);
  });
});
