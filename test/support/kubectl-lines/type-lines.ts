/** What people type to write custom resources, line by line: for the fake cluster's aggregator, and for a real one. */
import type { InstalledKubectl } from '../installed-clients.ts';
import { KubectlSession } from '../kubectl-session.ts';
import { changeLines } from './change-lines.ts';
import { Desk, type Line, type WrittenResource } from './desk.ts';
import { endLines } from './end-lines.ts';
import { objectLines } from './object-lines.ts';
import { rawLines } from './raw-lines.ts';

const LINES: readonly Line[] = [...rawLines, ...objectLines, ...changeLines, ...endLines];

/** Tests of a kubectl: each line, for each resource. @param kubeConfig the path of one, when the tests run */
export function typeLines(
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
    for (const [index, { line, since = 0, needsSubresources = false, run }] of LINES.entries()) {
      if (installed.minor < since || (needsSubresources && !resource.hasSubresources)) continue;
      it(`${resource.plural}: ${line}`, () => run(new Desk(kubectl, resource, `line-${index}-by-${slug}`)));
    }
  }
}
