/**
 * The demo's projections behind the aggregator of a real cluster, asked with kubectl.
 *
 * Takes the cluster of KUBECONFIG. Its kube-apiserver must reach this machine: under the name `localhost` (a control plane on this
 * machine), or under what E2E_ADDRESS says (a DNS name or an IP address).
 */
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificateAuthority } from '../../src/certificates.ts';
import { CommandProcess } from '../support/command-process.ts';
import { clusterOfEnvironment, kubectl, RunningKubectl, RunningProcess } from './kubectl.ts';

const NAMESPACE = 'kubefacet-e2e';
const ADDRESS = process.env['E2E_ADDRESS'] ?? 'localhost';
const API_SERVICE = 'v1.example.com';

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const pod = (name: string, app: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: NAMESPACE, labels: { app } },
  spec: {
    containers: [{ name: 'main', image: 'example.com/none', resources: { requests: { cpu: '250m', memory: '64Mi' } } }],
  },
});

const service = (port: number): object[] => {
  const metadata = { name: 'kubefacet', namespace: 'kubefacet' };
  if (isIP(ADDRESS) === 0) {
    return [{ apiVersion: 'v1', kind: 'Service', metadata, spec: { type: 'ExternalName', externalName: ADDRESS } }];
  }
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port, targetPort: port }] } },
    { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets: [{ addresses: [{ ip: ADDRESS }], ports: [{ port }] }] },
  ];
};

describe('the demo behind a real aggregator', () => {
  let kubeConfig: string;
  let demo: CommandProcess | undefined;
  const run = (...args: string[]): Promise<string> => kubectl(kubeConfig, args);
  const apply = (...objects: object[]): Promise<string> =>
    kubectl(kubeConfig, ['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  const setPhase = (name: string, phase: string): Promise<string> =>
    run(
      '-n',
      NAMESPACE,
      'patch',
      'pod',
      name,
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status: { phase } }),
    );

  before(async function () {
    const cluster = await clusterOfEnvironment();
    if ('missing' in cluster) {
      console.log(`    no cluster for the end-to-end tests: ${cluster.missing}`);
      return this.skip();
    }
    kubeConfig = cluster.kubeConfig;
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
    demo = new CommandProcess(['demo', '--kubeconfig', kubeConfig, '--serve-port', String(port), ...files]);
    await demo.ready();
    await apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kubefacet' } },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    );
    await apply(...service(port), {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: API_SERVICE },
      spec: {
        group: 'example.com',
        version: 'v1',
        groupPriorityMinimum: 1000,
        versionPriority: 15,
        service: { name: 'kubefacet', namespace: 'kubefacet', port },
        caBundle: Buffer.from(authority.certificate).toString('base64'),
      },
    });
    await run('wait', '--for=condition=Available', `apiservice/${API_SERVICE}`, '--timeout=60s');
    // Pods need the ServiceAccount that the controller manager makes.
    await run('-n', NAMESPACE, 'wait', '--for=create', 'serviceaccount/default', '--timeout=60s');
    await apply(pod('web-1', 'web'), pod('web-2', 'web'), pod('db-1', 'db'));
    await setPhase('web-1', 'Running');
    // The route follows the condition by a moment.
    for (let tries = 0; ; tries++) {
      const answer = await run('get', '--raw', '/apis/example.com/v1').catch((error: unknown) => error);
      if (typeof answer === 'string') break;
      if (tries === 100) throw answer;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  });

  after(async () => {
    if (demo === undefined) return;
    // First the APIService: one that does not answer slows down everything.
    await run('delete', 'apiservice', API_SERVICE, '--ignore-not-found');
    await run('delete', 'namespace', NAMESPACE, 'kubefacet', '--ignore-not-found', '--wait=false');
    expect(await demo.stop(), demo.output).to.equal(0);
  });

  it('lists podsummaries of all namespaces as a table', async () => {
    const table = await run('get', 'podsummaries', '-A');
    expect(table).to.match(/NAMESPACE +NAME +READY +PHASE +RESTARTS +CPU +MEMORY +AGE/);
    expect(table).to.match(/kubefacet-e2e +web-1 +0\/1 +Running +0 +250m +64Mi/);
  });

  it('selects by label and by field', async () => {
    const names = await run(
      '-n',
      NAMESPACE,
      'get',
      'psum',
      '-l',
      'app=web',
      '--field-selector',
      'status.phase=Running',
      '-o',
      'name',
    );
    expect(names.trim()).to.equal('podsummary.example.com/web-1');
  });

  it('shows one as YAML', async () => {
    const yaml = await run('-n', NAMESPACE, 'get', 'psum', 'web-1', '-o', 'yaml');
    expect(yaml).to.contain('kind: PodSummary').and.to.contain('phase: Running').and.to.contain('cpu: 250m');
  });

  it('serves only what runs as runningpods', async () => {
    expect((await run('-n', NAMESPACE, 'get', 'rpod', '-o', 'name')).trim()).to.equal('runningpod.example.com/web-1');
  });

  it('is in discovery', async () => {
    const resources = await run('api-resources', '--api-group=example.com');
    expect(resources).to.match(/podsummaries +psum +example.com\/v1 +true +PodSummary/);
    expect(resources).to.match(/runningpods +rpod +example.com\/v1 +true +RunningPod/);
  });

  it('answers raw endpoints', async () => {
    expect(await run('get', '--raw', '/apis/example.com/v1/foo')).to.contain('this is foo');
    expect(await run('get', '--raw', '/apis/example.com/v1/foo/bar')).to.contain('this is bar');
  });

  it('refuses a write with 405', async () => {
    const error = await run('-n', NAMESPACE, 'delete', 'psum', 'web-1').catch((thrown: unknown) => String(thrown));
    expect(error).to.contain('does not allow this method');
  });

  it('pages through a list', async () => {
    const all = await run('-n', NAMESPACE, 'get', 'psum', '-o', 'name', '--chunk-size=1');
    expect(all.trim().split('\n')).to.have.length(3);
  });

  it('shows changes in a running get -w', async () => {
    const watch = new RunningKubectl(kubeConfig, ['-n', NAMESPACE, 'get', 'psum', '-w']);
    try {
      await watch.prints(/db-1/);
      await setPhase('db-1', 'Running');
      await watch.prints(/db-1 +0\/1 +Running/);
      await run('-n', NAMESPACE, 'delete', 'pod', 'web-2', '--wait=true');
      await watch.prints(/web-2[\s\S]*web-2/);
    } finally {
      watch.stop();
    }
    const left = await run('-n', NAMESPACE, 'get', 'psum', '-o', 'name');
    expect(left).to.not.contain('web-2');
  });

  it('is watched by the Python client', async function () {
    const python = '/usr/bin/python3';
    if (spawnSync(python, ['-c', 'import kubernetes']).status !== 0) {
      console.log('    no python3-kubernetes on this machine (a Debian package): not tried');
      return this.skip();
    }
    const script = join(import.meta.dirname, 'python-watch.py');
    const child = new RunningProcess(python, [script, NAMESPACE, '2'], { KUBECONFIG: kubeConfig });
    try {
      await child.prints(/^listed .*web-1/m);
      await setPhase('db-1', 'Failed');
      await setPhase('db-1', 'Running');
      await child.prints(/^MODIFIED db-1 Failed\nMODIFIED db-1 Running$/m);
    } finally {
      child.stop();
    }
  });

  it('waits for a condition of a row', async () => {
    const waiting = run(
      '-n',
      NAMESPACE,
      'wait',
      '--for=jsonpath={.status.phase}=Failed',
      'psum/web-1',
      '--timeout=30s',
    );
    await setPhase('web-1', 'Failed');
    expect(await waiting).to.contain('condition met');
  });
});
