/** The informer of @kubernetes/client-node, used as in its documentation, on a projection behind the fake cluster's aggregator. */
import { type KubernetesObject, type ListPromise, makeInformer } from '@kubernetes/client-node';
import { expect } from 'chai';
import { demoResources } from '../../examples/demo-resources.ts';
import { fakeCluster, type FakeCluster, pod } from '../../src/testing/index.ts';
import { until } from '../support/until.ts';
import { AggregatedServer } from './aggregated-server.ts';

const PATH = '/apis/example.com/v1/podsummaries';

describe('the informer of client-node', () => {
  let cluster: FakeCluster;
  let served: AggregatedServer;

  before(async () => {
    cluster = await fakeCluster();
    cluster.storage.create('namespaces', { metadata: { name: 'shop' } });
    for (const name of ['a', 'b', 'c']) cluster.storage.create('pods', pod(`shop/${name}`, { phase: 'Running' }));
    served = await AggregatedServer.over(cluster, demoResources);
  });

  after(async () => {
    await served.close();
  });

  it('converges through changes, cut connections and relists', async () => {
    const list: ListPromise<KubernetesObject> = () => served.informers.transport.get(PATH);
    const informer = makeInformer(served.kubeConfig, PATH, list);
    const phases = (): string =>
      informer
        .list('shop')
        .map((row) => `${row.metadata?.name}=${(row as { status?: { phase?: string } }).status?.phase}`)
        .sort()
        .join(' ');
    const shown = (expected: string): Promise<void> =>
      until(
        () => phases() === expected,
        () => `${expected}; the informer has ${phases()}`,
      );
    const errors: unknown[] = [];
    informer.on('error', (error) => errors.push(error));
    await informer.start();
    try {
      await shown('a=Running b=Running c=Running');
      cluster.storage.patchStatus('pods', 'shop/a', { phase: 'Failed' });
      cluster.storage.delete('pods', 'shop/b');
      await shown('a=Failed c=Running');
      cluster.api.cutWatches('pods');
      for (const name of ['d', 'e']) cluster.storage.create('pods', pod(`shop/${name}`, { phase: 'Pending' }));
      cluster.storage.expireHistory();
      await shown('a=Failed c=Running d=Pending e=Pending');
      cluster.storage.delete('pods', 'shop/c');
      await shown('a=Failed d=Pending e=Pending');
      expect(errors).to.deep.equal([]);
    } finally {
      await informer.stop();
    }
  });
});
