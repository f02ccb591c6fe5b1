/** A server that reads a fake cluster and is registered with the aggregator of the same cluster, as in production. */
import { KubeConfig } from '@kubernetes/client-node';
import { informerFactory, type InformerFactory } from '../../src/informers/index.ts';
import { type ApiDefinition, type ApiServer, apiServer } from '../../src/server/index.ts';
import type { FakeCluster } from '../../src/testing/index.ts';
import { RecordedLog, servingAuthority } from '../support/test-server.ts';

const API = { group: 'example.com', version: 'v1' } as const;

export class AggregatedServer {
  readonly cluster: FakeCluster;
  /** The credentials of the server. */
  readonly kubeConfig: KubeConfig;
  readonly informers: InformerFactory;
  readonly server: ApiServer;
  /** The PEM of the authority that has signed the certificate of the server, for direct requests to `localhost`. */
  readonly ca: string;

  private constructor(parts: Pick<AggregatedServer, 'cluster' | 'kubeConfig' | 'informers' | 'server' | 'ca'>) {
    this.cluster = parts.cluster;
    this.kubeConfig = parts.kubeConfig;
    this.informers = parts.informers;
    this.server = parts.server;
    this.ca = parts.ca;
  }

  /**
   * Starts a server with resources of `example.com/v1`, and registers it.
   * @param user the user of the server. Default: an administrator
   */
  static async over(
    cluster: FakeCluster,
    resources: (informers: InformerFactory) => ApiDefinition['resources'],
    user?: { readonly name: string },
  ): Promise<AggregatedServer> {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(await cluster.kubeConfigFor(user));
    const informers = informerFactory({ kubeConfig });
    const server = apiServer({
      log: new RecordedLog(),
      informers,
      apis: [{ ...API, resources: resources(informers) }],
    });
    const authority = await servingAuthority();
    const { certificate, key } = await authority.issue({
      commonName: 'kubefacet',
      dnsNames: ['kubefacet.kubefacet.svc', 'localhost'],
      ipAddresses: ['127.0.0.1'],
      usage: 'server',
    });
    await server.listen({ port: 0, host: '127.0.0.1', tls: { cert: certificate, key } });
    await cluster.registerApiService({ ...API, port: server.port, caBundle: authority.certificate });
    return new AggregatedServer({ cluster, kubeConfig, informers, server, ca: authority.certificate });
  }

  /** Closes the server and the cluster. */
  async close(): Promise<void> {
    await this.server.close();
    await this.informers.close();
    await this.cluster.close();
  }
}
