/** Tests of kubectl commands on custom resources. They run against the aggregator of the fake cluster and against a real one. */
import type { InstalledKubectl } from '../installed-clients.ts';
import { KubectlSession } from '../kubectl-session.ts';
import { updateCommands } from './update-commands.ts';
import { KubectlContext, type KubectlCommand, type WrittenResource } from './kubectl-context.ts';
import { waitAndDeleteCommands } from './wait-and-delete-commands.ts';
import { objectCommands } from './object-commands.ts';
import { rawCommands } from './raw-commands.ts';

const COMMANDS: readonly KubectlCommand[] = [
  ...rawCommands,
  ...objectCommands,
  ...updateCommands,
  ...waitAndDeleteCommands,
];

/** Defines a test for each command and each resource. @param kubeConfig returns the path of a kubeconfig when the tests run */
export function testKubectlCommands(
  installed: InstalledKubectl,
  resources: readonly WrittenResource[],
  kubeConfig: () => string,
): void {
  const slug = installed.version.replaceAll(/[^a-z0-9]+/g, '-');
  let kubectl: KubectlSession;
  before(() => {
    kubectl = new KubectlSession(installed, kubeConfig());
  });
  afterEach(() => kubectl.stopAll());
  after(() => kubectl?.end());

  for (const resource of resources) {
    for (const [index, { title, since = 0, needsSubresources = false, test }] of COMMANDS.entries()) {
      if (installed.minor < since || (needsSubresources && !resource.hasSubresources)) continue;
      it(`${resource.plural}: ${title}`, () => test(new KubectlContext(kubectl, resource, `line-${index}-by-${slug}`)));
    }
  }
}
