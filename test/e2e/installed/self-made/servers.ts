/**
 * Servers with a self-made certificate, installed by their manifests beside the other installation. They run as processes, or inside this
 * process with a clock of the test. A TCP balancer stands for the Service.
 */
import { expect } from 'chai';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { manifests } from '../../../../src/cli/manifests.ts';
import { SelfMadeCertificate } from '../../../../src/cli/self-made/self-made-certificate.ts';
import { sharedObjects } from '../../../../src/cli/self-made/shared-objects.ts';
import { casIn, type StoredCas } from '../../../../src/cli/self-made/stored-cas.ts';
import type { Clock } from '../../../../src/clock.ts';
import { definitionParts } from '../../../../src/definition/definition.ts';
import {
  informerFactory,
  KubeTransport,
  loadKubeConfig,
  type V1APIService,
  type V1Lease,
  type V1Secret,
} from '../../../../src/informers/index.ts';
import { apiServer } from '../../../../src/server/index.ts';
import { CommandProcess } from '../../../support/command-process.ts';
import { RecordedLog } from '../../../support/test-server.ts';
import { TcpBalancer } from '../../../system/replicas/tcp-balancer.ts';
import { untilServed } from '../../kubectl.ts';
import type { AuditEvent, PrivateApiServer } from '../../private-api-server.ts';
import { type Installation, installable, type ManifestDocument, until } from '../installation.ts';
import definition from './definition.ts';

export const GROUP = 'self-made.example.com';
export const API_SERVICE: string = `v1.${GROUP}`;
/** The name of all objects of the manifests, and of their namespace. */
export const NAME = 'self-made';
export const PROMETHEUS = { namespace: 'monitoring', name: 'prometheus' };
const CA = `${NAME}-ca`;
const ACCOUNT = `system:serviceaccount:${NAME}:${NAME}`;

/** A server that receives connections of the balancer. */
export interface RunningServer {
  readonly port: number;
  /** Ends the server after the balancer has left it. */
  readonly stop: () => Promise<void>;
}

export class SelfMadeServers {
  readonly upstream: PrivateApiServer;
  readonly documents: readonly ManifestDocument[];
  readonly #balancer: TcpBalancer;
  /** The path of the kubeconfig of the ServiceAccount. */
  readonly #account: string;
  readonly #transports: KubeTransport[] = [];
  readonly #running = new Set<RunningServer>();

  private constructor(
    upstream: PrivateApiServer,
    documents: readonly ManifestDocument[],
    balancer: TcpBalancer,
    account: string,
  ) {
    this.upstream = upstream;
    this.documents = documents;
    this.#balancer = balancer;
    this.#account = account;
  }

  /** Applies the manifests as they are written by default. No server runs yet. */
  static async install({ upstream, folder }: Installation): Promise<SelfMadeServers> {
    const module = resolve(import.meta.dirname, 'definition.ts');
    const monitor = ['--service-monitor', `${PROMETHEUS.namespace}/${PROMETHEUS.name}`];
    const { text } = await manifests([module, '--image', 'registry.example/mine:1', '--name', NAME, ...monitor]);
    const documents = parseAllDocuments(text).map((document) => document.toJS() as ManifestDocument);
    const balancer = await TcpBalancer.listening();
    const account = join(folder, `${NAME}.kubeconfig`);
    const servers = new SelfMadeServers(upstream, documents, balancer, account);
    await servers.apply();
    const token = await upstream.kubectl('create', 'token', NAME, '-n', NAME);
    upstream.writeKubeConfig(account, { token: token.trim() });
    return servers;
  }

  /** The port of the balancer. */
  get port(): number {
    return this.#balancer.port;
  }

  /** Applies all objects of the manifests, as an administrator does for each new version. */
  async apply(): Promise<void> {
    await this.upstream.apply(...installable(this.documents, this.port));
  }

  /** Runs `kubefacet serve` with the settings of the Deployment. Resolves when it is ready. */
  async process(): Promise<RunningServer> {
    const tls = ['--tls-mode', 'self-made', '--tls-service', `${NAME}/${NAME}`];
    const address = ['--serve-host', '127.0.0.1', '--serve-port', '0'];
    const module = resolve(import.meta.dirname, 'definition.ts');
    const server = new CommandProcess(['serve', module, '--kubeconfig', this.#account, ...address, ...tls]);
    const [, port = ''] = await server.until(/listening on https:\/\/\S*:(\d+)/);
    await server.until(/ready: all checks of \/readyz pass/);
    return this.#balanced(Number(port), async () => expect(await server.stop(), server.output).to.equal(0));
  }

  /** Returns the certificate of a replica. The test runs its rounds. */
  async certificate(identity: string, clock: Clock): Promise<SelfMadeCertificate> {
    const transport = new KubeTransport(await loadKubeConfig({ path: this.#account }));
    this.#transports.push(transport);
    return new SelfMadeCertificate({
      objects: sharedObjects(transport, new AbortController().signal),
      service: { namespace: NAME, name: NAME },
      apiServices: [API_SERVICE],
      identity,
      clock,
      log: new RecordedLog(),
    });
  }

  /** Runs a server inside this process. Its log receives a line when the server uses a renewed certificate. */
  async serve(certificate: SelfMadeCertificate, log: RecordedLog): Promise<RunningServer> {
    const informers = informerFactory({ kubeConfig: await loadKubeConfig({ path: this.#account }) });
    const { signal } = new AbortController();
    const { apis } = await definitionParts(definition).evaluate({ informers, signal });
    const server = apiServer({ informers, apis, log });
    await server.listen({ host: '127.0.0.1', port: 0, tls: () => certificate.current() });
    await until(() => server.counts().ready, 60);
    return this.#balanced(server.port, async () => {
      await server.close();
      await informers.close();
    });
  }

  /** Waits until the kube-apiserver forwards requests. */
  async untilServed(): Promise<void> {
    await untilServed(this.upstream.kubeConfig, GROUP);
  }

  secret(): Promise<V1Secret> {
    return this.#read('-n', NAME, 'secret', CA);
  }

  /** Deletes the CA, as an administrator does to replace it at once. */
  async deleteSecret(): Promise<void> {
    await this.upstream.kubectl('-n', NAME, 'delete', 'secret', CA);
  }

  /** Returns the CAs in the Secret. */
  async cas(): Promise<StoredCas> {
    const cas = casIn(await this.secret());
    if (cas === undefined) throw new Error('the Secret contains no CA');
    return cas;
  }

  lease(): Promise<V1Lease> {
    return this.#read('-n', NAME, 'lease', CA);
  }

  /** Returns the CAs that the kube-apiserver trusts, PEM. */
  async bundle(): Promise<string> {
    const { spec } = await this.#read<V1APIService>('apiservice', API_SERVICE);
    return Buffer.from(spec?.caBundle ?? '', 'base64').toString();
  }

  /** Replaces the `caBundle` as an administrator. */
  async setBundle(pem: string): Promise<void> {
    const patch = { spec: { caBundle: Buffer.from(pem).toString('base64') } };
    await this.upstream.kubectl('patch', 'apiservice', API_SERVICE, '--type=merge', '-p', JSON.stringify(patch));
  }

  /** Returns the requests that the servers have sent to the kube-apiserver. */
  requests(): AuditEvent[] {
    return this.upstream.auditEvents().filter(({ user }) => user.username === ACCOUNT);
  }

  /** Ends all servers. */
  async stopAll(): Promise<void> {
    await Promise.all(Array.from(this.#running, ({ stop }) => stop()));
  }

  async close(): Promise<void> {
    await this.stopAll();
    this.#balancer.close();
    for (const transport of this.#transports) await transport.close();
    // An APIService without a server would slow the tests after this one down.
    await this.upstream.kubectl('delete', 'apiservice', API_SERVICE);
  }

  #balanced(port: number, end: () => Promise<unknown>): RunningServer {
    const server: RunningServer = {
      port,
      stop: async () => {
        this.#running.delete(server);
        this.#balancer.remove(port);
        await end();
      },
    };
    this.#balancer.add(port);
    this.#running.add(server);
    return server;
  }

  async #read<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.upstream.kubectl('get', ...args, '-o', 'json')) as T;
  }
}
