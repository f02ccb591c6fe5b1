/** A complete installation of examples/definition.ts in a fake cluster, which tests of doctor break. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type CertificateAndKey, certificateAuthority, type CertificateAuthority } from '../../../src/certificates.ts';
import { loadDefinitionModule } from '../../../src/cli/definition-module.ts';
import type { CheckResult } from '../../../src/cli/doctor/check.ts';
import type { DoctorOptions } from '../../../src/cli/doctor/context.ts';
import { diagnose } from '../../../src/cli/doctor/doctor.ts';
import { systemClock } from '../../../src/clock.ts';
import { informerFactory, loadKubeConfig } from '../../../src/informers/index.ts';
import { apiServer } from '../../../src/server/index.ts';
import type { ApiServiceObject } from '../../../src/testing/cluster/aggregator/api-service.ts';
import { fakeCluster, type FakeCluster, type FakeClusterOptions, pod } from '../../../src/testing/index.ts';
import { RecordedLog } from '../../support/test-server.ts';

export const MODULE: string = resolve(import.meta.dirname, '../../../examples/definition.ts');
const API_SERVICE = 'v1.example.com';
const API_SERVICES = 'apiservices.apiregistration.k8s.io';
const SLICES = 'endpointslices.discovery.k8s.io';
const DNS_NAME = 'kubefacet.kubefacet.svc';

export interface InstallationOptions extends Pick<FakeClusterOptions, 'authorize' | 'features' | 'revision'> {
  /** Issues the serving certificate. @default one year, for the Service */
  readonly certificate?: ((authority: CertificateAuthority) => Promise<CertificateAndKey>) | undefined;
  /** Another server runs, which has the same discovery, but is no kubefacet. */
  readonly isOther?: boolean | undefined;
  /** The server does not run. */
  readonly isDown?: boolean | undefined;
}

/** A server behind the Service. */
interface RunningServer {
  readonly port: number;
  close(): Promise<unknown>;
}

interface Parts {
  readonly cluster: FakeCluster;
  readonly authority: CertificateAuthority;
  readonly folder: string;
  readonly server: RunningServer | undefined;
  readonly end: AbortController;
}

/** The parts of an installation. */
export class Installation implements AsyncDisposable {
  readonly cluster: FakeCluster;
  readonly authority: CertificateAuthority;
  readonly folder: string;
  readonly #server: RunningServer | undefined;
  readonly #end: AbortController;
  /** The port of the server. */
  readonly port: number;

  constructor({ cluster, authority, folder, server, end }: Parts) {
    this.cluster = cluster;
    this.authority = authority;
    this.folder = folder;
    this.#server = server;
    this.#end = end;
    this.port = server?.port ?? 1;
  }

  get storage(): FakeCluster['storage'] {
    return this.cluster.storage;
  }

  /** Changes fields of the APIService. */
  changeApiService(spec: object): void {
    this.#change(API_SERVICES, API_SERVICE, 'spec', spec);
  }

  /** Changes keys of the ConfigMap with the configuration of the front proxy. */
  changeFrontProxy(data: Readonly<Record<string, string>>): void {
    this.#change('configmaps', 'kube-system/extension-apiserver-authentication', 'data', data);
  }

  /** Changes fields of the Service. */
  changeService(spec: object): void {
    this.#change('services', 'kubefacet/kubefacet', 'spec', spec);
  }

  deleteApiService(): void {
    this.storage.delete(API_SERVICES, API_SERVICE);
  }

  /** Replaces the endpoints. */
  changeEndpoints(endpoints: readonly object[]): void {
    this.storage.modify(SLICES, 'kubefacet/kubefacet-1', (object) => ({ ...object, endpoints }));
  }

  /** Resolves when the message of the condition `Available` matches. */
  async untilCondition(pattern: RegExp): Promise<void> {
    const { promise, resolve: done } = Promise.withResolvers<void>();
    const check = (): void => {
      const object = this.storage.get(API_SERVICES, API_SERVICE) as ApiServiceObject | undefined;
      if (object?.status?.conditions?.some(({ message }) => pattern.test(message)) === true) done();
    };
    this.storage.subscribe(check, this.#end.signal);
    check();
    await promise;
  }

  /** Resolves when the cluster has read the OpenAPI documents of the server. */
  async untilOpenApi(): Promise<void> {
    const isRead = async (): Promise<boolean> =>
      (await this.diagnose()).some(({ name, status }) => name === 'OpenAPI' && status === 'ok');
    while (!(await isRead()));
  }

  /** Runs doctor with the kubeconfig of an administrator. */
  async diagnose(options: Partial<DoctorOptions> = {}): Promise<CheckResult[]> {
    return diagnose(
      {
        modulePath: MODULE,
        kubeconfig: join(this.folder, 'kubeconfig'),
        context: undefined,
        namespaces: undefined,
        serviceAccount: { namespace: 'kubefacet', name: 'kubefacet' },
        serverAddress: { host: '127.0.0.1', port: this.port },
        certFile: undefined,
        env: {},
        clock: systemClock,
        ...options,
      },
      { timeout: 60_000, signal: this.#end.signal },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#server?.close();
    await this.cluster.close();
    rmSync(this.folder, { recursive: true });
  }

  #change(resource: string, key: string, field: string, members: object): void {
    this.storage.modify(resource, key, (object) => ({
      ...object,
      [field]: { ...(object[field] as object), ...members },
    }));
  }
}

/** Installs the server. */
export async function install(options: InstallationOptions = {}): Promise<Installation> {
  const cluster = await fakeCluster({ ...options, objects: [pod('shop/web', { node: 'n1' })] });
  const authority = await certificateAuthority('serving-ca');
  const folder = mkdtempSync(join(tmpdir(), 'kubefacet-doctor-'));
  writeFileSync(join(folder, 'kubeconfig'), await cluster.kubeConfigFor());
  const end = new AbortController();
  const server = await startedServer(cluster, authority, options, end.signal);
  const installed = new Installation({ cluster, authority, folder, server, end });
  const registered = cluster.registerApiService({
    group: 'example.com',
    version: 'v1',
    port: installed.port,
    caBundle: authority.certificate,
  });
  // Without a usable server, the registration never becomes available.
  if (server === undefined || options.certificate !== undefined || options.isOther === true)
    registered.catch(() => undefined);
  else await registered;
  if (options.isOther === true) await installed.untilCondition(/all checks passed/);
  cluster.storage.create(SLICES, {
    metadata: { name: 'kubefacet-1', namespace: 'kubefacet', labels: { 'kubernetes.io/service-name': 'kubefacet' } },
    addressType: 'IPv4',
    ports: [{ name: 'https', port: installed.port }],
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
  });
  return installed;
}

async function startedServer(
  cluster: FakeCluster,
  authority: CertificateAuthority,
  { certificate = goodCertificate, isOther, isDown }: InstallationOptions,
  signal: AbortSignal,
): Promise<RunningServer | undefined> {
  if (isDown === true) return undefined;
  const { certificate: cert, key } = await certificate(authority);
  if (isOther === true) return startOther({ cert, key });
  const kubeConfig = await loadKubeConfig({ text: await cluster.kubeConfigFor({ name: 'server' }) });
  const informers = informerFactory({ kubeConfig, signal });
  const module = await loadDefinitionModule(MODULE);
  const { apis } = await module.evaluate({ informers, signal });
  const server = apiServer({ informers, apis, log: new RecordedLog(), shutdown: { watchGracePeriod: 0 } });
  await server.listen({ host: '127.0.0.1', port: 0, tls: { cert, key } });
  return server;
}

/** Starts a server with the discovery of the module, and without OpenAPI. */
async function startOther(tls: { readonly cert: string; readonly key: string }): Promise<RunningServer> {
  const resource = { name: 'runningpods', kind: 'RunningPod', namespaced: true, verbs: ['get', 'list', 'watch'] };
  const documents: Readonly<Record<string, object>> = {
    '/apis/example.com/v1': { kind: 'APIResourceList', groupVersion: 'example.com/v1', resources: [resource] },
    '/apis/example.com/v1/runningpods': { kind: 'RunningPodList', items: [] },
  };
  const server = createServer(tls, ({ url = '' }, response) => {
    const document = documents[url.replace(/\?.*/, '')];
    response.writeHead(document === undefined ? 404 : 200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(document ?? {}));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}

async function goodCertificate(authority: CertificateAuthority): Promise<CertificateAndKey> {
  return authority.issue({ commonName: 'kubefacet', dnsNames: [DNS_NAME], usage: 'server' });
}
