/** The environment in which stories run: one fake cluster for all stories, and separate replicas and clients for each, over real sockets. */
import { KubeConfig } from '@kubernetes/client-node';
import { KubeTransport } from '../../../src/informers/kube-transport.ts';
import { type FakeCluster, fakeCluster } from '../../../src/testing/index.ts';
import { servingAuthority, servingCertificate } from '../../support/test-server.ts';
import type { Story } from './story.ts';
import { StoryRun } from './story-run.ts';

/** The cluster, and other state that all stories share. */
export class ConvergenceEnvironment {
  readonly cluster: FakeCluster;
  readonly transports: readonly KubeTransport[];
  readonly tls: { readonly cert: string; readonly key: string };
  readonly ca: string;

  private constructor(
    cluster: FakeCluster,
    transports: readonly KubeTransport[],
    tls: ConvergenceEnvironment['tls'],
    ca: string,
  ) {
    this.cluster = cluster;
    this.transports = transports;
    this.tls = tls;
    this.ca = ca;
  }

  static async open(): Promise<ConvergenceEnvironment> {
    const cluster = await fakeCluster();
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(await cluster.kubeConfigFor());
    const transports = [0, 1].map((number) => new KubeTransport(kubeConfig, { userAgent: `replica-${number}` }));
    return new ConvergenceEnvironment(
      cluster,
      transports,
      await servingCertificate(),
      (await servingAuthority()).certificate,
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.transports.map((transport) => transport.close()));
    await this.cluster.close();
  }

  /** Runs a story. @throws Error with the first guarantee that was broken for a client */
  async play(story: Story): Promise<void> {
    const run = new StoryRun(this, story);
    const failures: unknown[] = [];
    await run.run().catch((error: unknown) => failures.push(error));
    await run.clear().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }
}
