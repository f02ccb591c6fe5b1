/** Checks the OpenAPI documents with `kubectl explain`, through the aggregator of a fake cluster, for all installed versions of kubectl. */
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { podSummaries } from '../../examples/pod-summaries.ts';
import { fakeCluster } from '../../src/testing/index.ts';
import { installedKubectls } from '../support/installed-clients.ts';
import { AggregatedServer } from './aggregated-server.ts';

const SINCE_V3 = 27;

describe('kubectl explain', () => {
  let served: AggregatedServer;
  let folder: string;
  const run = (path: string, ...args: string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const all = ['--kubeconfig', join(folder, 'config'), '--cache-dir', join(folder, 'cache'), ...args];
      execFile(path, all, { timeout: 30_000 }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`${path} ${args.join(' ')}: ${stderr}`));
      });
    });

  before(async function () {
    if ((await installedKubectls()).length === 0) return this.skip();
    folder = mkdtempSync(join(tmpdir(), 'kubectl-explain-'));
    const cluster = await fakeCluster();
    writeFileSync(join(folder, 'config'), await cluster.kubeConfigFor());
    served = await AggregatedServer.over(cluster, ({ pods }) => [podSummaries(pods)]);
  });

  after(async () => {
    await served?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  it('shows the fields of a projection with their types and descriptions', async () => {
    for (const { path, version, minor } of await installedKubectls()) {
      const status = await explained(() => run(path, 'explain', 'podsummaries.status'));
      expect(status, version).to.match(/KIND: +PodSummary/);
      expect(status, version).to.match(/phase\s+<string>.*\n\s+The phase of the pod/);
      const all = await run(path, 'explain', 'psum', '--recursive');
      expect(all, version)
        .to.match(/ownerReferences\s+<\[\]/)
        .and.to.match(/requests\s+<Object>.*\n\s+cpu\s+<string>/);
      if (minor < SINCE_V3) continue;
      const v2 = await run(path, 'explain', 'podsummaries.status', '--output', 'plaintext-openapiv2');
      expect(v2, version).to.match(/phase\s+<string>.*\n\s+The phase of the pod/);
    }
  });
});

/** Retries, because the aggregator fetches the documents a moment after the registration. */
async function explained(explain: () => Promise<string>): Promise<string> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    try {
      return await explain();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}
