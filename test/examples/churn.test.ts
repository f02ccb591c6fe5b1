/** The examples on a fake cluster with random changes: finally, their rows equal those computed from the current objects of the cluster. */
import { KubeConfig } from '@kubernetes/client-node';
import { expect } from 'chai';
import { combinedPods } from '../../examples/combined-pods.ts';
import { namespaceLoads } from '../../examples/namespace-loads.ts';
import { nodeLoads } from '../../examples/node-loads.ts';
import { workloads } from '../../examples/workloads.ts';
import { type Collection, informerFactory, type InformerFactory } from '../../src/informers/index.ts';
import {
  type Churn,
  churn,
  fakeCluster,
  type FakeCluster,
  fakeInformer,
  recompute,
  seedCluster,
  seededRandom,
} from '../../src/testing/index.ts';
import { expectedNamespaceLoads, expectedNodeLoads, expectedPodsOfWorkloads } from './expected.ts';
import { nodeOf } from '../../src/informers/collection/collection-node.ts';
import { keepRunning } from '../../src/informers/collection/collection.ts';
import { until } from '../support/until.ts';

/** The names of the informers and of the same resources in the storage of the cluster. */
const SOURCES = {
  pods: 'pods',
  nodes: 'nodes',
  namespaces: 'namespaces',
  deployments: 'deployments.apps',
  replicaSets: 'replicasets.apps',
  statefulSets: 'statefulsets.apps',
  daemonSets: 'daemonsets.apps',
} as const;

describe('the example projections on a changing cluster', () => {
  const end = new AbortController();
  let cluster: FakeCluster;
  let informers: InformerFactory;
  let changes: Churn;

  const stored = <S extends keyof typeof SOURCES>(source: S): ReturnType<InformerFactory[S]['list']> =>
    cluster.storage.list(SOURCES[source]) as ReturnType<InformerFactory[S]['list']>;
  const isCaughtUp = (): boolean =>
    Object.keys(SOURCES).every((source) => {
      const name = source as keyof typeof SOURCES;
      return versions(informers[name].list()) === versions(stored(name));
    });

  const untilCaughtUp = (): Promise<void> => until(isCaughtUp);

  before(async () => {
    cluster = await fakeCluster();
    seedCluster(cluster.storage, { pods: 400, seed: 3, at: Date.now() });
    changes = churn({ storage: cluster.storage, random: seededRandom(3), signal: end.signal });
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(await cluster.kubeConfigFor());
    informers = informerFactory({ kubeConfig });
  });
  after(async () => {
    end.abort();
    await informers.close();
    await cluster.close();
  });

  it('have the rows that are computed from the final objects', async () => {
    const { pods, nodes, namespaces } = informers;
    const rows = {
      combinedPods: combinedPods(pods, nodes),
      nodeLoads: nodeLoads(pods, nodes),
      namespaceLoads: namespaceLoads(pods, namespaces),
      workloads: workloads(informers),
    };
    for (const each of Object.values(rows)) keepRunning(each, end.signal);
    await untilCaughtUp();
    let deltas = 0;
    rows.workloads.deltas$.subscribe((batch) => (deltas += batch.cause.type === 'SNAPSHOT' ? 0 : batch.changes.length));
    for (let round = 0; round < 60; round++) {
      for (let step = 0; step < 10; step++) changes.step();
      if (round === 30) cluster.api.cutWatches('replicasets.apps');
      if (round === 40) {
        cluster.api.cutWatches('pods');
        cluster.storage.expireHistory();
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await untilCaughtUp();

    expect(deltas).to.be.above(100);
    for (const { errors } of Object.values(rows)) expect([...errors]).to.deep.equal([]);
    expect(new Map(nodeOf(rows.combinedPods).entries())).to.deep.equal(recompute(combinedPods, pods, nodes).rows);
    expect(new Map(nodeOf(rows.nodeLoads).entries())).to.deep.equal(recompute(nodeLoads, pods, nodes).rows);
    expect(new Map(nodeOf(rows.namespaceLoads).entries())).to.deep.equal(
      recompute(namespaceLoads, pods, namespaces).rows,
    );
    expect(new Map(nodeOf(rows.workloads).entries())).to.deep.equal(recomputedWorkloads());

    const allPods = stored('pods');
    const loadsOfNodes = expectedNodeLoads(allPods, stored('nodes'));
    const loadsOfNamespaces = expectedNamespaceLoads(allPods, stored('namespaces'));
    const podsOfWorkloads = expectedPodsOfWorkloads(allPods, stored('replicaSets'));
    for (const [name, { status }] of nodeOf(rows.nodeLoads).entries()) {
      expect(status.requested.pods, name).to.equal(loadsOfNodes.get(name)?.pods);
      expect(status.podsByPhase, name).to.deep.equal(loadsOfNodes.get(name)?.podsByPhase);
    }
    for (const [name, { status }] of nodeOf(rows.namespaceLoads).entries())
      expect(status.restarts, name).to.equal(loadsOfNamespaces.get(name)?.restarts);
    expect(podsOfWorkloads.size).to.be.above(10);
    for (const [key, { status }] of nodeOf(rows.workloads).entries())
      expect(status.pods, key).to.equal(podsOfWorkloads.get(key)?.length ?? 0);
    for (const key of podsOfWorkloads.keys()) expect(rows.workloads.get(key), key).to.not.equal(undefined);
  });

  const recomputedWorkloads = (): ReadonlyMap<string, unknown> => {
    const copy = <T extends object>(source: Collection<T>): Collection<T> => fakeInformer<T>(...source.list());
    const { pods, replicaSets, deployments, statefulSets, daemonSets } = informers;
    const copyOfRows = workloads({
      pods: copy(pods),
      replicaSets: copy(replicaSets),
      deployments: copy(deployments),
      statefulSets: copy(statefulSets),
      daemonSets: copy(daemonSets),
    });
    keepRunning(copyOfRows, end.signal);
    return new Map(nodeOf(copyOfRows).entries());
  };
});

/** Returns the uids and versions of objects as a text to compare. */
function versions(objects: readonly { readonly metadata?: { uid?: string; resourceVersion?: string } }[]): string {
  return objects
    .map(({ metadata }) => `${metadata?.uid} ${metadata?.resourceVersion}`)
    .toSorted()
    .join();
}
