import { expect } from 'chai';
import { nodeOf } from '../../src/informers/collection/collection-node.ts';
import type { SourceObject } from '../../src/informers/collection/source-collection.ts';
import { informerFactory, type InformerFactory } from '../../src/informers/informer-factory.ts';
import type { InformerFactoryOptions } from '../../src/informers/informer-options.ts';
import { type KubeSource, resourceName, resourcePath } from '../../src/informers/kube-list-watch.ts';
import type { ListWatch } from '../../src/informers/list-watch.ts';
import { FakeClock } from '../../src/testing/informers/fake-clock.ts';
import { FakeListWatch } from '../../src/testing/informers/fake-list-watch.ts';
import { pod } from '../../src/testing/informers/objects.ts';
import { track } from '../../src/testing/informers/tracker.ts';

interface Rig {
  readonly informers: InformerFactory;
  readonly clock: FakeClock;
  readonly sources: KubeSource[];
  readonly upstreams: FakeListWatch<SourceObject>[];
}

function rig(options: Partial<InformerFactoryOptions> = {}): Rig {
  const clock = new FakeClock();
  const sources: KubeSource[] = [];
  const upstreams: FakeListWatch<SourceObject>[] = [];
  const listWatch = <T extends SourceObject>(source: KubeSource): ListWatch<T> => {
    const upstream = new FakeListWatch<SourceObject>([pod(`${source.namespace ?? 'any'}/a`)], {
      name: resourceName(source),
    });
    sources.push(source);
    upstreams.push(upstream);
    return upstream as unknown as ListWatch<T>;
  };
  return { informers: informerFactory({ clock, random: () => 0, listWatch, ...options }), clock, sources, upstreams };
}

const WIDGETS = { group: 'example.com', version: 'v1', resource: 'widgets' };

describe('informerFactory()', () => {
  it('returns the same informer for equal parameters, and another one for others', () => {
    const { informers } = rig();
    const transform = (object: SourceObject): SourceObject => object;
    expect(informers.pods).to.equal(informers.pods);
    expect(informers.pods).to.not.equal(informers.nodes);
    expect(informers.of({ group: '', version: 'v1', resource: 'pods' })).to.equal(informers.pods);
    expect(informers.of(WIDGETS, { labelSelector: 'a=b' })).to.equal(informers.of(WIDGETS, { labelSelector: 'a=b' }));
    expect(informers.of(WIDGETS, { labelSelector: 'a=b' })).to.not.equal(informers.of(WIDGETS));
    expect(informers.of(WIDGETS, { namespaces: ['b', 'a', 'b'] })).to.equal(
      informers.of(WIDGETS, { namespaces: ['a', 'b'] }),
    );
    expect(informers.of(WIDGETS, { transform })).to.equal(informers.of(WIDGETS, { transform }));
    expect(informers.of(WIDGETS, { transform })).to.not.equal(informers.of(WIDGETS));
    expect(informers.of(WIDGETS, { pollInterval: 1000 })).to.not.equal(informers.of(WIDGETS));
    expect(informers.all()).to.have.length(7);
  });

  it('reads only sources with subscribers', async () => {
    const { informers, clock, upstreams } = rig();
    expect(informers.pods.name).to.equal('pods');
    expect(informers.deployments.name).to.equal('deployments.apps');
    const events = track(informers.pods);
    await clock.run(0);
    expect(upstreams.map((upstream) => upstream.requests.length)).to.deep.equal([1, 0]);
    expect(informers.sources().map(({ name }) => name)).to.deep.equal(['pods']);
    events.stop();
    expect(informers.sources()).to.deep.equal([]);
  });

  it('reads each namespace separately, and cluster-scoped resources as a whole', async () => {
    const { informers, clock, sources } = rig({ namespaces: ['shop', 'bank'] });
    const events = track(informers.pods);
    await clock.run(0);
    expect(sources.map(({ namespace }) => namespace)).to.deep.equal(['bank', 'shop']);
    events.expect('ADDED bank/a', 'ADDED shop/a');
    events.stop();
    expect(informers.nodes.name).to.equal('nodes');
    expect(sources.at(-1)).to.include({ resource: 'nodes', namespace: undefined });
    expect(nodeOf(informers.pods).lineage).to.equal(undefined);
    expect(nodeOf(informers.nodes).lineage).to.not.equal(undefined);
    expect(nodeOf(informers.of(WIDGETS, { namespaces: ['shop'] })).lineage).to.not.equal(undefined);
    expect(() => informers.of(WIDGETS, { namespaces: [] })).to.throw('would read nothing');
  });

  it('knows which resources have repeated versions or none', () => {
    const { informers } = rig();
    expect(nodeOf(informers.events).lineage).to.equal(undefined);
    expect(nodeOf(informers.of({ group: 'events.k8s.io', version: 'v1', resource: 'events' })).lineage).to.equal(
      undefined,
    );
    expect(nodeOf(informers.of({ group: 'metrics.k8s.io', version: 'v1beta1', resource: 'pods' })).lineage).to.equal(
      undefined,
    );
    expect(nodeOf(informers.of({ group: 'example.com', version: 'v1', resource: 'events' })).lineage).to.not.equal(
      undefined,
    );
  });

  it('passes selectors to the source, and shows them in its name', () => {
    const { informers, sources } = rig();
    const informer = informers.of(WIDGETS, { labelSelector: 'a=b', fieldSelector: 'metadata.name=x' });
    expect(informer.name).to.equal('widgets.example.com (a=b; metadata.name=x)');
    expect(sources[0]).to.deep.equal({
      ...WIDGETS,
      namespace: undefined,
      labelSelector: 'a=b',
      fieldSelector: 'metadata.name=x',
    });
  });

  it('applies its transforms to the objects of the getters', async () => {
    const { informers, clock } = rig({ transforms: { pods: ({ metadata = {} }) => ({ metadata }) } });
    const events = track(informers.pods, (object) => (object.status === undefined ? 'trimmed' : 'whole'));
    await clock.run(0);
    events.expect('ADDED any/a trimmed');
    events.stop();
  });

  it('polls at the interval of the informer', async () => {
    const { informers, clock, upstreams } = rig();
    const events = track(informers.of(WIDGETS, { pollInterval: 1_000 }));
    await clock.run(2_500);
    expect(upstreams[0]?.requests.map(({ verb }) => verb)).to.deep.equal(['list', 'list', 'list']);
    events.stop();
  });

  it('stops all requests at close() or its signal, and keeps the objects', async () => {
    const controller = new AbortController();
    for (const [{ informers, clock, upstreams }, close] of [
      [rig(), undefined],
      [rig({ signal: controller.signal }), controller],
    ] as const) {
      const events = track(informers.pods);
      await clock.run(0);
      if (close === undefined) await informers.close();
      else close.abort();
      await clock.run(0);
      expect(upstreams[0]?.openWatches).to.equal(0);
      expect(clock.waiting).to.equal(0);
      expect(informers.pods.list()).to.have.length(1);
      events.stop();
    }
  });

  it('requires kubeConfig or listWatch', () => {
    expect(() => informerFactory({})).to.throw('needs the option kubeConfig');
    expect(() => rig().informers.transport).to.throw('has no kubeConfig');
  });
});

describe('resourcePath()', () => {
  const cases: [KubeSource, string][] = [
    [{ group: '', version: 'v1', resource: 'pods' }, '/api/v1/pods'],
    [{ group: '', version: 'v1', resource: 'pods', namespace: 'shop' }, '/api/v1/namespaces/shop/pods'],
    [{ group: 'apps', version: 'v1', resource: 'deployments' }, '/apis/apps/v1/deployments'],
    [
      { group: 'apps', version: 'v1', resource: 'deployments', namespace: 'a' },
      '/apis/apps/v1/namespaces/a/deployments',
    ],
  ];
  for (const [source, path] of cases) it(`is ${path}`, () => expect(resourcePath(source)).to.equal(path));
});
