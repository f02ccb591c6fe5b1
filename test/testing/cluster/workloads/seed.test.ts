import { expect } from 'chai';

import { coreKinds } from '../../../../src/testing/cluster/kinds/core-kinds.ts';
import { seedCluster, seedObjects } from '../../../../src/testing/cluster/workloads/seed.ts';
import type { SeedOptions } from '../../../../src/testing/cluster/workloads/seed.ts';
import { storage } from '../../../../src/testing/cluster/storage/storage.ts';
import { isFinished } from '../../../../src/testing/cluster/workloads/pod.ts';
import type { Node, Pod, Service } from '../../../../src/testing/cluster/workloads/types.ts';
import { countsOf, expectCountsToAgree } from '../support/owner-counts.ts';

const AT = Date.parse('2026-01-01T00:00:00Z');

const seeded = (options: Omit<SeedOptions, 'at'>) => [...seedObjects({ at: AT, ...options })];

const podsOf = (objects: ReturnType<typeof seeded>): readonly Pod[] =>
  objects.flatMap(({ resource, object }) => (resource === 'pods' ? [object as Pod] : []));

describe('seedObjects()', () => {
  it('generates the same objects for the same seed, and others for another seed', () => {
    const first = seeded({ pods: 200, seed: 7 });
    expect(seeded({ pods: 200, seed: 7 })).to.deep.equal(first);
    expect(seeded({ pods: 200, seed: 8 })).not.to.deep.equal(first);
  });

  for (const pods of [0, 1, 2, 19, 100, 777, 5000])
    it(`generates exactly ${pods} pods`, () => {
      expect(podsOf(seeded({ pods }))).to.have.length(pods);
    });

  for (const [nodes, namespaces] of [
    [0, 1],
    [1, 1],
    [3, 20],
    [500, 2],
  ] as const)
    it(`generates ${nodes} nodes and ${namespaces} application namespaces`, () => {
      const objects = seeded({ pods: 100, nodes, namespaces });
      expect(podsOf(objects)).to.have.length(100);
      expect(objects.filter(({ resource }) => resource === 'nodes')).to.have.length(nodes);
      expect(objects.filter(({ resource }) => resource === 'namespaces')).to.have.length(namespaces + 2);
    });

  it('generates unique uids and keys', () => {
    const objects = seeded({ pods: 3000 });
    const keys = objects.map(
      ({ resource, object: { metadata } }) => `${resource} ${metadata.namespace}/${metadata.name}`,
    );
    expect(new Set(keys).size).to.equal(objects.length);
    expect(new Set(objects.map(({ object }) => object.metadata.uid)).size).to.equal(objects.length);
  });

  it('refers to owners that came before', () => {
    const known = new Set<string>();
    for (const { object } of seeded({ pods: 1000 })) {
      for (const { kind, name, uid } of object.metadata.ownerReferences ?? [])
        expect(known).to.include(`${kind} ${object.metadata.namespace}/${name} ${uid}`);
      known.add(`${object.kind} ${object.metadata.namespace}/${object.metadata.name} ${object.metadata.uid}`);
    }
  });

  it('spreads nodes over zones and instance types, and pods over nodes', () => {
    const objects = seeded({ pods: 2000, nodes: 50 });
    const nodes = objects.flatMap(({ resource, object }) => (resource === 'nodes' ? [object as Node] : []));
    const distinct = (label: string): number => new Set(nodes.map(({ metadata }) => metadata.labels?.[label])).size;
    expect(distinct('topology.kubernetes.io/zone')).to.equal(3);
    expect(distinct('node.kubernetes.io/instance-type')).to.be.greaterThan(2);
    const loads = Map.groupBy(podsOf(objects), ({ spec }) => spec.nodeName);
    for (const { metadata } of nodes) expect(loads.get(metadata.name)?.length).to.be.within(30, 50);
  });

  it('gives every running pod a unique address in the range of its node', () => {
    const objects = seeded({ pods: 2000 });
    const ranges = new Map(
      objects.flatMap(({ resource, object }) =>
        resource === 'nodes' ? [[object.metadata.name, (object as Node).spec.podCIDR] as const] : [],
      ),
    );
    const running = podsOf(objects).filter(({ status }) => status?.podIP !== undefined);
    expect(new Set(running.map(({ status }) => status?.podIP)).size).to.equal(running.length);
    for (const { spec, status } of running)
      expect(
        ranges
          .get(spec.nodeName ?? '')
          ?.split('.')
          .slice(0, 3),
      ).to.deep.equal(status?.podIP?.split('.').slice(0, 3));
  });

  it('generates pods in all states, most of them ready', () => {
    const pods = podsOf(seeded({ pods: 3000 }));
    const states = pods.map(({ status }) => {
      const [first] = status?.containerStatuses ?? [];
      return first?.state.waiting?.reason ?? (first?.restartCount ? 'restarted' : status?.phase);
    });
    expect(new Set(states)).to.have.all.keys(
      'Pending',
      'Running',
      'Succeeded',
      'Failed',
      'CrashLoopBackOff',
      'restarted',
    );
    expect(countsOf(pods).ready / pods.length).to.be.within(0.9, 0.99);
  });

  it('generates pods as large as real ones', () => {
    const pods = podsOf(seeded({ pods: 300 })).filter((pod) => !isFinished(pod));
    const mean = pods.reduce((sum, pod) => sum + JSON.stringify(pod).length, 0) / pods.length;
    expect(mean).to.be.within(5000, 8500);
  });

  it('has pods labelled app=web in every namespace with applications', () => {
    const web = podsOf(seeded({ pods: 500, namespaces: 6 })).filter(
      ({ metadata }) => metadata.labels?.['app'] === 'web',
    );
    expect(new Set(web.map(({ metadata }) => metadata.namespace)).size).to.equal(7);
  });

  it('has a Service for each Deployment and StatefulSet, which selects its pods', () => {
    const objects = seeded({ pods: 1000 });
    const keysOf = (...resources: string[]): string[] =>
      objects.flatMap(({ resource, object: { metadata } }) =>
        resources.includes(resource) ? [`${metadata.namespace}/${metadata.name}`] : [],
      );
    expect(keysOf('services')).to.deep.equal(keysOf('deployments.apps', 'statefulsets.apps'));

    const services = objects.flatMap(({ resource, object }) => (resource === 'services' ? [object as Service] : []));
    for (const { metadata, spec } of services) {
      const selected = podsOf(objects).filter(
        (pod) =>
          pod.metadata.namespace === metadata.namespace &&
          Object.entries(spec.selector).every(([name, value]) => pod.metadata.labels?.[name] === value),
      );
      expect(selected).not.to.have.length(0);
      for (const pod of selected) expect(pod.metadata.name).to.match(new RegExp(`^${metadata.name}-`));
    }
    const addresses = services.map(({ spec }) => spec.clusterIP).filter((address) => address !== 'None');
    expect(new Set(addresses).size).to.equal(addresses.length).and.greaterThan(0);
  });

  it('sets no timestamp after the given time', () => {
    for (const { object } of seeded({ pods: 500 })) {
      const times = JSON.stringify(object).match(/\d{4}-\d\d-\d\dT[\d:]+Z/g) ?? [];
      expect(times).not.to.have.length(0);
      for (const time of times) expect(Date.parse(time)).to.be.at.most(AT);
    }
  });
});

describe('seedCluster()', () => {
  it('fills a storage and keeps existing namespaces', () => {
    const store = storage({ kinds: coreKinds });
    const before = store.get('namespaces', 'default');
    const created = seedCluster(store, { pods: 300, at: AT });
    expect(store.list('pods')).to.have.length(300);
    expect(store.get('namespaces', 'default')).to.equal(before);
    expect(created).to.equal(seeded({ pods: 300 }).length - 2);
    expectCountsToAgree(store);
  });

  it('keeps status, uid and creation time', () => {
    const store = storage({ kinds: coreKinds });
    seedCluster(store, { pods: 50, at: AT });
    for (const pod of podsOf(seeded({ pods: 50 }))) {
      const stored = store.get('pods', `${pod.metadata.namespace}/${pod.metadata.name}`);
      expect(stored?.['status']).to.deep.equal(pod.status);
      expect(stored?.metadata).to.include({ uid: pod.metadata.uid, creationTimestamp: pod.metadata.creationTimestamp });
    }
  });
});
