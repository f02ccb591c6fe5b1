/**
 * Runs the demo behind the aggregator of the cluster in KUBECONFIG. It starts for the first test that needs it, and ends after the last.
 *
 * The kube-apiserver must reach this machine, either as `localhost` (for a control plane on this machine) or under the DNS name or IP
 * address in E2E_ADDRESS.
 */
import { expect } from 'chai';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificateAuthority } from '../../src/certificates.ts';
import { CommandProcess } from '../support/command-process.ts';
import { apiService, clusterOfEnvironment, kubectl, recreateNamespace, untilServed } from './kubectl.ts';
import { service } from './objects.ts';

const API_SERVICE = 'v1.example.com';

/** The demo with a kubectl for its cluster. */
export interface DemoServer {
  readonly kubeConfig: string;
  /** Runs kubectl and returns its output. */
  readonly run: (...args: string[]) => Promise<string>;
  readonly apply: (...objects: object[]) => Promise<string>;
}

let started: Promise<DemoServer | undefined> | undefined;
let stop: (() => Promise<void>) | undefined;

/** The registered demo. Undefined if there is no cluster, which is logged once. */
export function demoServer(): Promise<DemoServer | undefined> {
  started ??= start();
  return started;
}

// At the root level, so that it runs after the tests of all files.
after(() => stop?.());

async function start(): Promise<DemoServer | undefined> {
  const cluster = await clusterOfEnvironment();
  if ('missing' in cluster) {
    console.log(`    no cluster for the end-to-end tests: ${cluster.missing}`);
    return undefined;
  }
  const { kubeConfig } = cluster;
  const run = (...args: string[]): Promise<string> => kubectl(kubeConfig, args);
  const apply = (...items: object[]): Promise<string> =>
    kubectl(kubeConfig, ['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));

  const folder = mkdtempSync(join(tmpdir(), 'kubefacet-e2e-'));
  const authority = await certificateAuthority('kubefacet-e2e');
  const { certificate, key } = await authority.issue({
    commonName: 'kubefacet',
    dnsNames: ['kubefacet.kubefacet.svc'],
    usage: 'server',
  });
  writeFileSync(join(folder, 'tls.crt'), certificate);
  writeFileSync(join(folder, 'tls.key'), key);
  const port = await freePort();
  const files = ['--tls-cert-file', join(folder, 'tls.crt'), '--tls-private-key-file', join(folder, 'tls.key')];
  const demo = new CommandProcess(['demo', '--kubeconfig', kubeConfig, '--serve-port', String(port), ...files]);
  stop = async () => {
    // Delete the APIService first: one without a backend slows down all requests.
    await run('delete', 'apiservice', API_SERVICE, '--ignore-not-found');
    await run('delete', 'namespace', 'kubefacet', '--ignore-not-found', '--wait=false');
    expect(await demo.stop(), demo.output).to.equal(0);
  };
  await demo.ready();
  await recreateNamespace(kubeConfig, 'kubefacet');
  await apply(...service(port), apiService({ group: 'example.com', port, caBundle: authority.certificate }));
  await untilServed(kubeConfig, 'example.com');
  return { kubeConfig, run, apply };
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
