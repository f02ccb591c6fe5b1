/** Writes custom resources with kubectl, through the aggregator of a fake cluster, for all installed versions of kubectl. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterTasks } from '../../examples/cluster-tasks.ts';
import { customTasks } from '../../examples/custom-tasks.ts';
import { foo } from '../../examples/foo.ts';
import { fakeCluster } from '../../src/testing/index.ts';
import { testedKubectls } from '../support/installed-clients.ts';
import type { WrittenResource } from '../support/kubectl-commands/kubectl-context.ts';
import { testKubectlCommands } from '../support/kubectl-commands/command-tests.ts';
import { AggregatedServer } from './aggregated-server.ts';

const RESOURCES: readonly WrittenResource[] = [
  { plural: 'customtasks', kind: 'CustomTask', namespace: 'default', hasSubresources: true },
  { plural: 'clustertasks', kind: 'ClusterTask', namespace: undefined, hasSubresources: false },
];

const kubectls = await testedKubectls();

describe('custom resources written with kubectl', () => {
  let served: AggregatedServer;
  let folder: string;

  before(async function () {
    if (kubectls.length === 0) return this.skip();
    folder = mkdtempSync(join(tmpdir(), 'kubectl-writes-'));
    const cluster = await fakeCluster();
    writeFileSync(join(folder, 'config'), await cluster.kubeConfigFor());
    served = await AggregatedServer.over(cluster, () => [customTasks(), clusterTasks(), foo]);
  });

  after(async () => {
    await served?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  for (const kubectl of kubectls) {
    describe(`with kubectl ${kubectl.version}`, () =>
      testKubectlCommands(kubectl, RESOURCES, () => join(folder, 'config')));
  }
});
