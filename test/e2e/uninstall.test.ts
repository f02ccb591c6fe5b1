/** `kubefacet uninstall` in a real cluster: a server is installed by the manifests of its module, and nothing is left of it. */
import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { manifests } from '../../src/cli/manifests.ts';
import { CommandProcess } from '../support/command-process.ts';
import { clusterOfEnvironment, kubectl, recreateNamespace, untilServed } from './kubectl.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const NAME = 'kubefacet-e2e-uninstall';
const GROUP = 'uninstall.example.com';
const API_SERVICE = `v1.${GROUP}`;
const ADDRESS = process.env['E2E_ADDRESS'] ?? 'localhost';

const MODULE = `
import { kubefacet } from 'kubefacet';
import { demoResources } from ${JSON.stringify(join(ROOT, 'examples/demo-resources.ts'))};
export default kubefacet(({ informers }) => ({
  apis: [{ group: '${GROUP}', version: 'v1', resources: demoResources(informers) }],
}));
`;

interface ManifestDocument {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: object;
  readonly spec?: { readonly service?: object };
}

describe('kubefacet uninstall in a real cluster', function () {
  this.timeout(300_000);
  let kubeConfig: string;
  let folder: string;
  let original: ReadonlySet<string>;
  let server: CommandProcess | undefined;

  const run = (...args: string[]): Promise<string> => kubectl(kubeConfig, args);
  const uninstall = async (...args: string[]): Promise<string> => {
    const options = ['--name', NAME, '--kubeconfig', kubeConfig, ...args];
    const command = new CommandProcess(['uninstall', join(folder, 'server.ts'), ...options]);
    expect(await command.exit(), command.output).to.equal(0);
    return command.output;
  };
  /** Returns all objects of the cluster as `TYPE NAMESPACE/NAME`. Events stay for an hour, and rows belong to servers. */
  const objects = async (): Promise<string[]> => {
    const listed = await run('api-resources', '--verbs=list,delete', '-o', 'name');
    const types = listed.split('\n').filter((type) => type !== '' && !/^(events|leases)\b|\.example\.com$/.test(type));
    const template = '{range .items[*]}{.apiVersion} {.kind} {.metadata.namespace}/{.metadata.name}{"\\n"}{end}';
    const text = await run('get', types.join(','), '-A', '-o', `jsonpath=${template}`);
    return text.split('\n').filter((line) => line !== '');
  };
  const left = async (): Promise<string[]> => (await objects()).filter((one) => !original.has(one));

  /**
   * Installs the server by its manifests, with a CA in a file or a self-made one. There are no pods, so the Service leads to a process of this
   * machine.
   */
  const install = async (ca: 'file' | 'self-made' = 'file'): Promise<void> => {
    const module = join(folder, 'server.ts');
    const caFile = join(folder, 'ca.crt');
    const tls =
      ca === 'file'
        ? ['--tls-generated-names', `${NAME}.${NAME}.svc`, '--tls-generated-ca-file', caFile]
        : ['--tls-mode', 'self-made', '--tls-service', `${NAME}/${NAME}`];
    if (ca === 'self-made') await recreateNamespace(kubeConfig, NAME);
    server = new CommandProcess(['serve', module, '--kubeconfig', kubeConfig, '--serve-port', '0', ...tls]);
    const [, port] = await server.until(/listening on https:\/\/\S*:(\d+)/);
    const options = [
      '--image',
      'registry.example/mine:1',
      '--name',
      NAME,
      ...(ca === 'file' ? ['--ca-file', caFile] : []),
    ];
    const { text } = await manifests([module, ...options]);
    const served = new Set((await run('api-versions')).split('\n'));
    const documents = parseAllDocuments(text)
      .map((document) => document.toJS() as ManifestDocument)
      .filter(({ apiVersion }) => served.has(apiVersion))
      .map((object) => {
        if (object.kind === 'Service') return { ...object, spec: { type: 'ExternalName', externalName: ADDRESS } };
        if (object.kind !== 'APIService') return object;
        return { ...object, spec: { ...object.spec, service: { ...object.spec?.service, port: Number(port) } } };
      });
    const items = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: documents });
    await kubectl(kubeConfig, ['apply', '-f', '-'], items);
    await untilServed(kubeConfig, GROUP);
    await run('rollout', 'history', `deployment/${NAME}`, '-n', NAME);
  };

  before(async function () {
    const cluster = await clusterOfEnvironment();
    if ('missing' in cluster) {
      console.log(`    no cluster for uninstall: ${cluster.missing}`);
      return this.skip();
    }
    kubeConfig = cluster.kubeConfig;
    // The folder is inside the checkout, so that the module finds the package by its own name.
    folder = mkdtempSync(join(ROOT, 'test/e2e/.module-'));
    writeFileSync(join(folder, 'server.ts'), MODULE);
    // A namespace of an earlier run may still be ending.
    await recreateNamespace(kubeConfig, NAME);
    await run('delete', 'namespace', NAME);
    original = new Set(await objects());
  });
  afterEach(() => server?.stop());
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  it('deletes everything that the manifests created, and the namespace is gone', async () => {
    await install('self-made');
    const planned = await uninstall('--dry-run');
    expect(planned).to.match(new RegExp(`^would delete APIService ${API_SERVICE}\\n`));
    for (const kind of ['Secret', 'Lease']) expect(planned).to.contain(`would delete ${kind} ${NAME}/${NAME}-ca\n`);
    expect((await left()).length).to.be.above(10);
    const output = await uninstall();
    expect(output.replaceAll('deleted', 'would delete')).to.equal(planned);
    expect(await left()).to.deep.equal([]);
  });

  it('leaves no namespace in Terminating if the server has ended before', async () => {
    await install();
    await server?.stop();
    // The cluster checks a changed APIService at once, and others every 30 s.
    await run('annotate', 'apiservice', API_SERVICE, 'example.com/check=now');
    await run('wait', '--for=condition=Available=false', `apiservice/${API_SERVICE}`, '--timeout=120s');
    expect(await uninstall()).to.match(new RegExp(`deleted Namespace ${NAME}\\n`));
    expect(await left()).to.deep.equal([]);
  });

  it('keeps a namespace with objects of others, which it names', async () => {
    await install();
    await run('create', 'configmap', 'settings', '-n', NAME);
    expect(await uninstall()).to.contain(
      `kept Namespace ${NAME}, because it contains other objects, such as configmaps/settings\n`,
    );
    await run('delete', 'configmap', 'settings', '-n', NAME);
    expect(await uninstall()).to.match(new RegExp(`^deleted Namespace ${NAME}\\n`));
    expect(await left()).to.deep.equal([]);
  });
});
