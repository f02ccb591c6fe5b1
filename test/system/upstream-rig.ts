/**
 * A server over a fake cluster, with real sockets on both sides. Cluster, informers and server share one fake clock, which advances only
 * when the test advances it.
 */
import { KubeConfig } from '@kubernetes/client-node';
import {
  type Collection,
  informerFactory,
  type InformerFactory,
  type InformerFactoryOptions,
  type ReflectorMetrics,
  type V1Pod,
} from '../../src/informers/index.ts';
import { identity, map } from '../../src/projections/index.ts';
import { type Resource, resource, type ResourceDefinition } from '../../src/server/index.ts';
import { fakeCluster, type FakeCluster, type FakeClusterOptions, FakeClock } from '../../src/testing/index.ts';
import type { ClientResponse, LineStream } from '../support/https-client.ts';
import { BASE, TestServer, until } from '../support/test-server.ts';
import { FaultyProxy } from './faulty-proxy.ts';

export const PHASES = `${BASE}/podphases`;

/** The maximum retry delay of a reflector. */
export const LONGEST_WAIT = 30_000;

/** The milliseconds without a failure after which the reflector waits for its next attempt. */
const QUIET_MS = 100;

/** The user of the informers. */
const READER = { name: 'kubefacet' };

const definition: ResourceDefinition<{ readonly metadata: ReturnType<typeof identity>; readonly phase: string }> = {
  kind: 'PodPhase',
  plural: 'podphases',
  namespaced: true,
};

/** Pods and their phases. */
export function podPhases(pods: Collection<V1Pod>): Resource {
  return resource(
    definition,
    pods.pipe(map((pod) => ({ metadata: identity(pod), phase: pod.status?.phase ?? 'Unknown' }))),
  );
}

/** The same resource after a change of its code. */
export function changedPodPhases(pods: Collection<V1Pod>): Resource {
  return resource(
    definition,
    pods.pipe(map((pod) => ({ metadata: identity(pod), phase: (pod.status?.phase ?? 'Unknown').toUpperCase() }))),
  );
}

/** A position a number of source versions later. */
export function later(position: string, versions: number): string {
  return (BigInt(position) + (BigInt(versions) << 20n)).toString();
}

/** The next line of a watch that is no bookmark: a quiet watch gets a bookmark each minute. Undefined at its end. */
export async function nextChange(stream: LineStream): Promise<Awaited<ReturnType<LineStream['next']>>> {
  const line = await stream.next();
  return line?.type === 'BOOKMARK' ? nextChange(stream) : line;
}

/** The version of the source in a position. */
export function revisionOf(position: string): number {
  return Number(BigInt(position) >> 20n);
}

/** `name=phase` of each item of a list. */
export function phases({ text }: ClientResponse): string[] {
  const { items } = JSON.parse(text) as { items: { metadata: { name: string }; phase: string }[] };
  return items.map(({ metadata, phase }) => `${metadata.name}=${phase}`);
}

export function versionOf({ text }: ClientResponse): string {
  return (JSON.parse(text) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
}

/** The failures of an informer, by cause. */
export function failures({ errors }: ReflectorMetrics): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0);
}

export class UpstreamRig {
  readonly clock: FakeClock;
  readonly cluster: FakeCluster;
  readonly proxy: FaultyProxy;
  readonly #ends: (() => Promise<void>)[] = [];

  private constructor(clock: FakeClock, cluster: FakeCluster, proxy: FaultyProxy) {
    this.clock = clock;
    this.cluster = cluster;
    this.proxy = proxy;
  }

  static async open(options: FakeClusterOptions = {}): Promise<UpstreamRig> {
    const clock = new FakeClock();
    const cluster = await fakeCluster({
      clock,
      random: () => 0.5,
      ...options,
    });
    return new UpstreamRig(clock, cluster, await FaultyProxy.to(cluster.port));
  }

  async kubeConfig(): Promise<KubeConfig> {
    const text = await this.cluster.kubeConfigFor(READER);
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(text.replaceAll(`:${this.cluster.port}`, `:${this.proxy.port}`));
    return kubeConfig;
  }

  /** An informer factory that reaches the cluster through the proxy. */
  async informers(options: InformerFactoryOptions = {}): Promise<InformerFactory> {
    const kubeConfig = await this.kubeConfig();
    const informers = informerFactory({ kubeConfig, clock: this.clock, random: () => 0, ...options });
    this.#ends.push(() => informers.close());
    return informers;
  }

  /** A listening server. */
  async serve(...resources: Resource[]): Promise<TestServer> {
    const server = await TestServer.listening({ resources, clock: this.clock });
    this.#ends.push(() => server.close());
    return server;
  }

  pod(name: string, phase: string): void {
    const { storage } = this.cluster;
    const key = `default/${name}`;
    if (storage.get('pods', key) === undefined) storage.create('pods', { metadata: { name, namespace: 'default' } });
    storage.patchStatus('pods', key, { phase });
  }

  /** Advances the cluster's version without another change. */
  tick(): void {
    const { storage } = this.cluster;
    const { name } = storage.create('configmaps', { metadata: { generateName: 'tick-' } }).metadata;
    storage.delete('configmaps', `default/${name}`);
  }

  /** Breaks the watches of pods and expires the history of the change, so that informers must relist. Resolves after the relist. */
  async relist(informers: InformerFactory, change: () => void): Promise<void> {
    const { metrics } = informers.pods;
    this.cluster.api.cutWatches('pods');
    change();
    this.cluster.storage.expireHistory();
    await until(() => failures(informers.pods.metrics) > failures(metrics));
    await this.retried(informers, () => informers.pods.metrics.relists > metrics.relists);
  }

  /**
   * Resolves when the condition holds. When no request for pods has failed for a while, the reflector waits, and the clock advances to its
   * next attempt. An earlier advance would end a request that is in progress.
   */
  async retried(informers: InformerFactory, condition: () => boolean): Promise<void> {
    let failed = -1;
    let since = 0;
    await until(() => {
      if (condition()) return true;
      const now = failures(informers.pods.metrics);
      if (now !== failed) since = performance.now();
      else if (performance.now() - since > QUIET_MS) {
        this.clock.advance(LONGEST_WAIT);
        since = performance.now();
      }
      failed = now;
      return false;
    });
  }

  async close(): Promise<void> {
    for (const end of this.#ends.toReversed()) await end();
    await this.cluster.close();
    await this.proxy.refuse();
  }
}

/** Sends a request over both protocols and checks that the responses are equal. */
export async function bothWays(server: TestServer, path: string): Promise<ClientResponse> {
  const [one, two] = [await server.get(path), await server.http2.request(path)];
  if (one.status !== two.status || one.text !== two.text)
    throw new Error(`${path} differs: ${one.status} ${one.text} over HTTP/1.1, ${two.status} ${two.text} over HTTP/2`);
  return two;
}
