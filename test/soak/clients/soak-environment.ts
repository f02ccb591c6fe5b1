/** The environment of a soak: a fake cluster with changing pods, the server behind its aggregator, and relays on both sides. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { viewsOf } from '../../../src/server/api-server.ts';
import { demoResources } from '../../../examples/demo-resources.ts';
import { certificateAuthority } from '../../../src/certificates.ts';
import { informerFactory, type InformerFactory } from '../../../src/informers/index.ts';
import { apiServer, type ApiServer, type Logger } from '../../../src/server/index.ts';
import { type FakeCluster, fakeCluster, seedCluster, writeKubeConfig } from '../../../src/testing/index.ts';
import { GROUP, revisionOf, VERSION } from './history.ts';
import { WAIT_NAMESPACE } from './kubectl-wait.ts';
import { Relay } from './relay.ts';

interface Process {
  readonly server: ApiServer;
  readonly informers: InformerFactory;
}

/** The connection of one client to the cluster. */
export interface ClientRoute {
  readonly relay: Relay;
  /** A kubeconfig whose server is the relay. */
  readonly kubeConfig: string;
  /** The path of a file with the kubeconfig. */
  readonly kubeConfigPath: string;
}

export class SoakEnvironment {
  readonly cluster: FakeCluster;
  readonly folder: string;
  readonly routes: ClientRoute[] = [];
  /** Errors logged by servers. None is expected. */
  readonly errors: string[] = [];
  readonly #upstream = new KubeConfig();
  readonly #tls: { readonly cert: string; readonly key: string };
  #process: Process | undefined;
  #relay: Relay | undefined;
  #port = 0;

  private constructor(cluster: FakeCluster, folder: string, tls: { readonly cert: string; readonly key: string }) {
    this.cluster = cluster;
    this.folder = folder;
    this.#tls = tls;
  }

  static async open({ pods, seed }: { readonly pods: number; readonly seed: number }): Promise<SoakEnvironment> {
    const cluster = await fakeCluster();
    seedCluster(cluster.storage, { pods, seed, at: Date.now() });
    cluster.storage.create('namespaces', { metadata: { name: WAIT_NAMESPACE } });
    const authority = await certificateAuthority('soak');
    const { certificate, key } = await authority.issue({
      commonName: 'kubefacet',
      dnsNames: ['kubefacet.kubefacet.svc'],
      usage: 'server',
    });
    const folder = await mkdtemp(join(tmpdir(), 'kubefacet-soak-'));
    const environment = new SoakEnvironment(cluster, folder, { cert: certificate, key });
    environment.#upstream.loadFromString(await cluster.kubeConfigFor());
    await environment.#start();
    environment.#relay = await Relay.to(() => environment.#port);
    const { port } = environment.#relay;
    await cluster.registerApiService({ group: GROUP, version: VERSION, port, caBundle: authority.certificate });
    return environment;
  }

  get isReady(): boolean {
    return this.#process?.server.counts().ready === true;
  }

  /** The revision of the cluster that the server's rows have reached. Undefined if the server is not ready. */
  get revision(): number | undefined {
    const server = this.isReady ? this.#process?.server : undefined;
    const view = server === undefined ? undefined : viewsOf(server)[0]?.view;
    return view === undefined ? undefined : revisionOf(view.position);
  }

  get watchers(): number {
    return this.#process?.server.counts().watchers ?? 0;
  }

  /** The relay between the aggregator and the server. */
  get backendRelay(): Relay | undefined {
    return this.#relay;
  }

  async addRoute(name: string): Promise<ClientRoute> {
    const relay = await Relay.to(() => this.cluster.port);
    const user = { name: name.replaceAll(/[^a-z0-9.]+/gi, '-'), groups: ['system:masters'] };
    const kubeConfig = (await this.cluster.kubeConfigFor(user)).replace(
      this.cluster.url,
      `https://127.0.0.1:${relay.port}`,
    );
    const kubeConfigPath = join(this.folder, `${user.name}.kubeconfig`);
    await writeKubeConfig(kubeConfigPath, kubeConfig);
    const route = { relay, kubeConfig, kubeConfigPath };
    this.routes.push(route);
    return route;
  }

  /** Replaces the server by a new one at the same port. The old server stops gracefully or as if killed. Resolves when the new one listens. */
  async restart({ graceful }: { readonly graceful: boolean }): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (process !== undefined) {
      if (!graceful) this.#relay?.cut({ reset: true });
      const closing = process.server.close();
      if (!graceful) void process.server.close();
      await closing;
      await process.informers.close();
    }
    await this.#start();
  }

  async close(): Promise<void> {
    for (const { relay } of this.routes) relay.close();
    this.#relay?.close();
    void this.#process?.server.close();
    await this.#process?.server.close();
    await this.#process?.informers.close();
    await this.cluster.close();
    await rm(this.folder, { recursive: true });
  }

  async #start(): Promise<void> {
    const silent = (): void => undefined;
    const log: Logger = {
      debug: silent,
      info: silent,
      warn: silent,
      error: (message, detail) => {
        if (this.errors.length < 20) this.errors.push(`${message}: ${String(detail)}`);
      },
    };
    const informers = informerFactory({ kubeConfig: this.#upstream });
    const resources = demoResources(informers);
    const server = apiServer({ informers, apis: [{ group: GROUP, version: VERSION, resources }], log });
    await server.listen({ host: '127.0.0.1', port: this.#port, tls: this.#tls });
    this.#port = server.port;
    this.#process = { server, informers };
  }
}
