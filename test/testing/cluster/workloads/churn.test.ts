import { expect } from 'chai';

import { churn } from '../../../../src/testing/cluster/workloads/churn.ts';
import type { Churn } from '../../../../src/testing/cluster/workloads/churn.ts';
import { fakeClock } from '../../../../src/testing/informers/fake-clock.ts';
import type { FakeClock } from '../../../../src/testing/informers/fake-clock.ts';
import { coreKinds } from '../../../../src/testing/cluster/kinds/core-kinds.ts';
import { seedCluster } from '../../../../src/testing/cluster/workloads/seed.ts';
import { storage } from '../../../../src/testing/cluster/storage/storage.ts';
import type { Storage } from '../../../../src/testing/cluster/storage/storage.ts';
import { isNodeReady } from '../../../../src/testing/cluster/workloads/node.ts';
import { controllerOf, isReady } from '../../../../src/testing/cluster/workloads/pod.ts';
import { seededRandom } from '../../../../src/testing/cluster/workloads/random.ts';
import type { Node, Pod } from '../../../../src/testing/cluster/workloads/types.ts';
import { expectCountsToAgree } from '../support/owner-counts.ts';

const AT = Date.parse('2026-01-01T00:00:00Z');

describe('churn()', () => {
  let clock: FakeClock;
  let store: Storage;
  let ending: AbortController;

  beforeEach(() => {
    clock = fakeClock(AT);
    store = storage({ kinds: coreKinds, clock });
    ending = new AbortController();
  });
  afterEach(() => ending.abort());

  const started = (options: { readonly pods?: number; readonly rate?: number; readonly seed?: number } = {}): Churn => {
    const { pods = 300, rate = 0, seed = 1 } = options;
    seedCluster(store, { pods, at: AT });
    return churn({ storage: store, clock, rate, random: seededRandom(seed), signal: ending.signal });
  };
  const pods = (): readonly Pod[] => store.list('pods') as unknown as readonly Pod[];
  const nodes = (): readonly Node[] => store.list('nodes') as unknown as readonly Node[];
  /** Steps until only random events are left. */
  const steps = (motion: Churn, count: number): void => {
    for (let step = 0; step < count; step++) {
      clock.advance(1000);
      motion.step();
    }
  };

  it('keeps the counts of all owners correct after every step', () => {
    const motion = started({ pods: 150 });
    for (let step = 0; step < 300; step++) {
      motion.step();
      expectCountsToAgree(store);
    }
  });

  it('keeps the numbers near those of the start', () => {
    const motion = started({ pods: 300 });
    steps(motion, 3000);
    expect(pods().length).to.be.within(250, 350);
    expect(pods().filter(isReady).length / pods().length).to.be.greaterThan(0.85);
    expect(nodes().filter((node) => !isNodeReady(node)).length).to.be.at.most(1);
  });

  it('causes every kind of event', () => {
    const motion = started({ pods: 300 });
    const seen = new Set<string>();
    const placeOf = new Map<string, string>();
    store.subscribe((events) => {
      for (const { type, resource, object } of events) {
        seen.add(`${resource} ${type}`);
        if (resource === 'nodes') seen.add(isNodeReady(object as unknown as Node) ? 'node ready' : 'node lost');
        if (resource !== 'pods') continue;
        const pod = object as unknown as Pod;
        const { phase = 'none', containerStatuses = [] } = pod.status ?? {};
        const [first] = containerStatuses;
        seen.add(phase);
        if (phase === 'Pending') seen.add(pod.spec.nodeName === undefined ? 'unscheduled' : 'scheduled');
        if (isReady(pod)) seen.add('ready');
        seen.add(first?.state.waiting?.reason ?? '');
        seen.add(first?.lastState.terminated?.reason ?? '');
        if ((first?.restartCount ?? 0) > 0) seen.add('restarted');
        const name = controllerOf(pod)?.kind === 'StatefulSet' ? pod.metadata.name : undefined;
        const node = pod.spec.nodeName;
        if (name === undefined || node === undefined) continue;
        if ((placeOf.get(name) ?? node) !== node) seen.add('moved');
        placeOf.set(name, node);
      }
    }, ending.signal);
    steps(motion, 2000);
    expect([...seen]).to.include.members([
      'pods ADDED',
      'pods MODIFIED',
      'pods DELETED',
      'nodes MODIFIED',
      'deployments.apps MODIFIED',
      'replicasets.apps MODIFIED',
      'Pending',
      'Running',
      'Succeeded',
      'Failed',
      'unscheduled',
      'scheduled',
      'ready',
      'restarted',
      'moved',
      'CrashLoopBackOff',
      'OOMKilled',
      'Error',
      'node ready',
      'node lost',
    ]);
  });

  it('repeats itself with the same random numbers', () => {
    const run = (): unknown => {
      clock = fakeClock(AT);
      store = storage({ kinds: coreKinds, clock });
      steps(started({ pods: 100, seed: 5 }), 200);
      return pods();
    };
    expect(run()).to.deep.equal(run());
  });

  it('gives each pod a unique address and uses only ready nodes', () => {
    const motion = started({ pods: 300 });
    const placed: string[] = [];
    store.subscribe((events) => {
      for (const { resource, object, previous } of events) {
        const [now, before] = [object, previous] as unknown as readonly [Pod, Pod | undefined];
        if (resource !== 'pods' || now.spec.nodeName === undefined || before === undefined) continue;
        if (before.spec.nodeName !== undefined) continue;
        placed.push(now.metadata.name);
        expect(isNodeReady(store.get('nodes', now.spec.nodeName) as unknown as Node)).to.equal(true);
      }
    }, ending.signal);
    steps(motion, 1500);
    expect(placed).not.to.have.length(0);
    const addresses = pods().flatMap(({ status }) => status?.podIP ?? []);
    expect(new Set(addresses).size).to.equal(addresses.length);
  });

  describe('after writes of a user', () => {
    const readyPods = (app: string): number =>
      pods().filter((pod) => isReady(pod) && pod.metadata.labels?.['app'] === app).length;

    it('creates, scales and deletes the pods of a Deployment', () => {
      const motion = started({ pods: 0 });
      store.create('deployments.apps', {
        metadata: { name: 'mine', namespace: 'default' },
        spec: {
          replicas: 3,
          selector: { matchLabels: { app: 'mine' } },
          template: { metadata: { labels: { app: 'mine' } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } },
        },
      });
      const until = (count: number): void => {
        for (let step = 0; step < 200 && readyPods('mine') !== count; step++) motion.step();
        expect(readyPods('mine')).to.equal(count);
        expectCountsToAgree(store);
      };
      until(3);
      store.modify('deployments.apps', 'default/mine', (object) => ({
        ...object,
        spec: { ...(object['spec'] as object), replicas: 8 },
      }));
      until(8);
      store.delete('deployments.apps', 'default/mine');
      motion.step();
      expect(pods()).to.have.length(0);
      expect(store.list('replicasets.apps')).to.have.length(0);
    });

    it('replaces a pod that is deleted', () => {
      const motion = started({ pods: 100 });
      const pod = pods().find((one) => controllerOf(one)?.kind === 'ReplicaSet');
      store.delete('pods', `${pod?.metadata.namespace}/${pod?.metadata.name}`);
      motion.step();
      expectCountsToAgree(store);
      expect(pods().some(({ metadata }) => metadata.name === pod?.metadata.name)).to.equal(false);
    });

    it('creates the pods of DaemonSets on a new node, and deletes them with it', () => {
      const motion = started({ pods: 200 });
      const [first] = nodes();
      store.create('nodes', { ...first, metadata: { name: 'another' } });
      motion.step();
      const there = (): number => pods().filter(({ spec }) => spec.nodeName === 'another').length;
      expect(there()).to.equal(store.list('daemonsets.apps').length);
      store.delete('nodes', 'another');
      motion.step();
      expect(
        pods().filter((pod) => controllerOf(pod)?.kind === 'DaemonSet' && pod.spec.nodeName === 'another'),
      ).to.have.length(0);
    });

    it('ignores pods whose owner is not in storage', () => {
      const motion = started({ pods: 0 });
      const orphan = {
        metadata: {
          name: 'orphan',
          namespace: 'default',
          ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'gone', uid: 'u', controller: true }],
        },
        spec: { containers: [] },
      };
      store.create('pods', orphan);
      steps(motion, 100);
      expect(store.get('pods', 'default/orphan')).not.to.equal(undefined);
    });

    it('continues after a namespace is deleted with its contents', () => {
      const motion = started({ pods: 200 });
      const namespace = pods().find(({ metadata }) => metadata.namespace !== 'kube-system')?.metadata.namespace ?? '';
      store.delete('namespaces', namespace);
      steps(motion, 200);
      expect(store.list('pods', namespace)).to.have.length(0);
      expectCountsToAgree(store);
    });
  });

  describe('timing', () => {
    const writesIn = (milliseconds: number): number => {
      const before = store.revision;
      clock.advance(milliseconds);
      return store.revision - before;
    };

    it('writes at about the given rate', () => {
      started({ rate: 40 });
      expect(writesIn(60_000)).to.be.within(2300, 2500);
    });

    it('changes its rate, and stops at rate 0', () => {
      const motion = started({ rate: 40 });
      motion.setRate(5);
      expect(writesIn(60_000)).to.be.within(280, 320);
      motion.setRate(0);
      expect(writesIn(60_000)).to.equal(0);
      motion.setRate(5);
      expect(writesIn(60_000)).to.be.within(280, 320);
    });

    it('stops with its signal', () => {
      started({ rate: 40 });
      ending.abort();
      expect(writesIn(60_000)).to.equal(0);
    });

    it('does nothing to an empty cluster', () => {
      churn({ storage: store, clock, rate: 40, random: seededRandom(1), signal: ending.signal });
      expect(writesIn(1000)).to.equal(0);
    });
  });
});
