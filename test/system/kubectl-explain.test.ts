/** Checks the OpenAPI documents with `kubectl explain`, through the aggregator of a fake cluster, for all installed versions of kubectl. */
import { KubeConfig } from '@kubernetes/client-node';
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { podSummaries } from '../../examples/pod-summaries.ts';
import { certificateAuthority } from '../../src/certificates.ts';
import { informerFactory, type InformerFactory } from '../../src/informers/index.ts';
import { type ApiServer, apiServer } from '../../src/server/index.ts';
import { fakeCluster, type FakeCluster } from '../../src/testing/index.ts';
import { installedKubectls } from '../support/installed-clients.ts';
import { RecordedLog } from '../support/test-server.ts';

const SINCE_V3 = 27;

describe('kubectl explain', () => {
  let cluster: FakeCluster;
  let informers: InformerFactory;
  let server: ApiServer;
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
    cluster = await fakeCluster();
    const text = await cluster.kubeConfigFor();
    writeFileSync(join(folder, 'config'), text);
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(text);
    informers = informerFactory({ kubeConfig });
    server = apiServer({
      log: new RecordedLog(),
      informers,
      apis: [{ group: 'example.com', version: 'v1', resources: [podSummaries(informers.pods)] }],
    });
    const authority = await certificateAuthority('test');
    const { certificate, key } = await authority.issue({
      commonName: 'kubefacet',
      dnsNames: ['kubefacet.kubefacet.svc', 'localhost'],
      ipAddresses: ['127.0.0.1'],
      usage: 'server',
    });
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
