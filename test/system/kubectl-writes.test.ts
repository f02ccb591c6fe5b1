/** Writes custom resources with kubectl, through the aggregator of a fake cluster, for all installed versions of kubectl. */
import { KubeConfig } from '@kubernetes/client-node';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterTasks } from '../../examples/cluster-tasks.ts';
import { customTasks } from '../../examples/custom-tasks.ts';
import { foo } from '../../examples/foo.ts';
import { informerFactory, type InformerFactory } from '../../src/informers/index.ts';
import { type ApiServer, apiServer } from '../../src/server/index.ts';
import { fakeCluster, type FakeCluster } from '../../src/testing/index.ts';
import { testedKubectls } from '../support/installed-clients.ts';
import type { WrittenResource } from '../support/kubectl-commands/kubectl-context.ts';
import { testKubectlCommands } from '../support/kubectl-commands/command-tests.ts';
import { servingAuthority, RecordedLog } from '../support/test-server.ts';

const RESOURCES: readonly WrittenResource[] = [
  { plural: 'customtasks', kind: 'CustomTask', namespace: 'default', hasSubresources: true },
  { plural: 'clustertasks', kind: 'ClusterTask', namespace: undefined, hasSubresources: false },
];

const kubectls = await testedKubectls();

describe('custom resources written with kubectl', () => {
  let cluster: FakeCluster;
  let informers: InformerFactory;
  let server: ApiServer;
  let folder: string;

  before(async function () {
    if (kubectls.length === 0) return this.skip();
    folder = mkdtempSync(join(tmpdir(), 'kubectl-writes-'));
    cluster = await fakeCluster();
    const text = await cluster.kubeConfigFor();
    writeFileSync(join(folder, 'config'), text);
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(text);
    informers = informerFactory({ kubeConfig });
    const resources = [customTasks(), clusterTasks(), foo];
    server = apiServer({
      log: new RecordedLog(),
      informers,
      apis: [{ group: 'example.com', version: 'v1', resources }],
    });
    const authority = await servingAuthority();
    const names = { commonName: 'kubefacet', dnsNames: ['kubefacet.kubefacet.svc'], usage: 'server' } as const;
    const { certificate, key } = await authority.issue(names);
    await server.listen({ port: 0, host: '127.0.0.1', tls: { cert: certificate, key } });
    const { port } = server;
    await cluster.registerApiService({ group: 'example.com', version: 'v1', port, caBundle: authority.certificate });
  });

  after(async () => {
    await server?.close();
    await informers?.close();
    await cluster?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  for (const kubectl of kubectls) {
    describe(`with kubectl ${kubectl.version}`, () =>
      testKubectlCommands(kubectl, RESOURCES, () => join(folder, 'config')));
  }
});
