import { expect } from 'chai';
import { KubeConfig } from '@kubernetes/client-node';
import { informerFactory, type InformerFactory } from '../../src/informers/informer-factory.ts';
import { fakeCluster, type FakeCluster } from '../../src/testing/cluster/fake-cluster.ts';
import type { Features } from '../../src/testing/cluster/http/watches.ts';
import { fakeClock, type FakeClock } from '../../src/testing/informers/fake-clock.ts';
import { track, type Tracker } from '../../src/testing/informers/tracker.ts';
import type { V1ConfigMap } from '../../src/informers/wire-type.ts';
import { keepRunning } from '../../src/informers/collection/collection.ts';
import { until } from '../support/until.ts';

const configMap = (name: string, value: string): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop' },
  data: { value },
});

for (const watchList of [true, false, 'ignored'] as const) {
  describe(`informerFactory() on a cluster whose watchList is ${watchList}`, () => {
    let cluster: FakeCluster;
    let clock: FakeClock;
    let informers: InformerFactory;
    let events: Tracker<V1ConfigMap>;

    const features: Partial<Features> = { watchList };
    const come = (count: number): Promise<void> => until(() => events.events.length >= count);

    beforeEach(async () => {
      cluster = await fakeCluster({ features });
      cluster.storage.create('namespaces', { metadata: { name: 'shop' } });
      cluster.storage.create('configmaps', configMap('first', '1'));
      const kubeConfig = new KubeConfig();
      kubeConfig.loadFromString(await cluster.kubeConfigFor());
      clock = fakeClock(Date.now());
      informers = informerFactory({ kubeConfig, clock, random: () => 0, namespaces: ['shop'] });
      events = track(informers.configMaps, (object) => object.data?.['value']);
      await until(() => informers.configMaps.metrics.watches === 1);
      if (watchList === 'ignored') {
        clock.advance(10_000);
        await until(() => informers.configMaps.metrics.watches === 2);
      }
      await come(1);
      events.expect('ADDED shop/first 1');
    });

    afterEach(async () => {
      events.stop();
      await informers.close();
      await cluster.close();
    });

    it('follows the writes to the cluster', async () => {
      cluster.storage.create('configmaps', configMap('second', '2'));
      cluster.storage.modify('configmaps', 'shop/first', (current) => ({ ...current, data: { value: '1b' } }));
      cluster.storage.delete('configmaps', 'shop/second');
      await come(3);
      events.expect('ADDED shop/second 2', 'MODIFIED shop/first 1b', 'DELETED shop/second 2');
      expect(informers.configMaps.get('shop/first')).to.include({ apiVersion: 'v1', kind: 'ConfigMap' });
    });

    it('resumes from the frontier when the watch ends or breaks', async () => {
      clock.advance(5_000);
      cluster.api.endWatches('configmaps');
      cluster.storage.create('configmaps', configMap('second', '2'));
      await come(1);
      cluster.api.cutWatches('configmaps');
      cluster.storage.create('configmaps', configMap('third', '3'));
      await until(() => informers.configMaps.metrics.errors['ConnectionError'] === 1);
      clock.advance(800);
      await come(2);
      events.expect('ADDED shop/second 2', 'ADDED shop/third 3');
      expect(informers.configMaps.metrics).to.include({ relists: 0, reconnects: 2 });
    });

    it('reads the complete state again when history has expired, and finds the missed changes', async () => {
      clock.advance(5_000);
      cluster.api.hold('configmaps');
      cluster.storage.create('configmaps', configMap('second', '2'));
      cluster.storage.delete('configmaps', 'shop/first');
      cluster.storage.expireHistory();
      cluster.storage.create('configmaps', configMap('third', '3'));
      cluster.api.failWatches({ code: 410, reason: 'Expired', message: 'too old resource version' }, 'configmaps');
      cluster.api.release('configmaps');
      await until(() => {
        clock.advance(1_000);
        return informers.configMaps.metrics.relists === 1;
      });
      await come(3);
      expect(Array.from(informers.configMaps.list(), (object) => object.metadata?.name).sort()).to.deep.equal([
        'second',
        'third',
      ]);
    });

    it('reads several sources, each until its last subscriber leaves', async () => {
      const others = [informers.pods, informers.secrets, informers.nodes, informers.deployments, informers.events].map(
        (each) => {
          const controller = new AbortController();
          keepRunning(each, controller.signal);
          return { each, controller };
        },
      );
      if (watchList === 'ignored') {
        await until(() => others.every(({ each }) => each.metrics.watches === 1));
        clock.advance(10_000);
      }
      await until(() => others.every(({ each }) => each.hasSynced));
      expect(informers.sources().every(({ ready }) => ready)).to.equal(true);
      for (const { controller } of others) controller.abort();
      await until(() => cluster.api.openWatches() === 1);
    });
  });
}
