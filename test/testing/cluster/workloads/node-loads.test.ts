import { expect } from 'chai';
import { podRequests } from '../../../../examples/pod-requests.ts';
import type { V1Node, V1Pod } from '../../../../src/informers/wire-type.ts';
import { parseQuantity } from '../../../../src/projections/quantity.ts';
import { coreKinds } from '../../../../src/testing/cluster/kinds/core-kinds.ts';
import { type Storage, storage } from '../../../../src/testing/cluster/storage/storage.ts';
import { churn } from '../../../../src/testing/cluster/workloads/churn.ts';
import { NodeLoads } from '../../../../src/testing/cluster/workloads/node-loads.ts';
import { seededRandom } from '../../../../src/testing/cluster/workloads/random.ts';
import { seedCluster } from '../../../../src/testing/cluster/workloads/seed.ts';
import type { Node, Pod } from '../../../../src/testing/cluster/workloads/types.ts';
import { fakeClock } from '../../../../src/testing/informers/fake-clock.ts';

const AT = Date.parse('2026-01-01T00:00:00Z');
const DAY_MS = 86_400_000;
const RESOURCES = ['cpu', 'memory', 'pods'] as const;
type Amounts = Readonly<Record<(typeof RESOURCES)[number], bigint>>;

function requestsOf(object: unknown): Amounts | undefined {
  const pod = object as V1Pod | undefined;
  if (pod?.spec?.nodeName === undefined || ['Succeeded', 'Failed'].includes(pod.status?.phase ?? '')) return undefined;
  return { cpu: podRequests(pod.spec, 'cpu'), memory: podRequests(pod.spec, 'memory'), pods: parseQuantity('1') };
}

/** An oracle: the requests on each node, summed with exact quantities. Records every node that is above what it can allocate. */
class Overcommitment {
  readonly found: string[] = [];
  /** The highest share of a resource on any node, in percent. */
  highest = 0;
  readonly #allocatable = new Map<string, Amounts>();
  readonly #requested = new Map<string, Record<(typeof RESOURCES)[number], bigint>>();

  constructor(store: Storage, signal: AbortSignal) {
    for (const node of store.list('nodes') as unknown as V1Node[]) {
      const { cpu = '', memory = '', pods = '' } = node.status?.allocatable ?? {};
      const amounts = { cpu: parseQuantity(cpu), memory: parseQuantity(memory), pods: parseQuantity(pods) };
      this.#allocatable.set(node.metadata?.name ?? '', amounts);
    }
    for (const pod of store.list('pods')) this.#change(pod, 1n);
    store.subscribe((events) => {
      for (const { resource, type, object, previous } of events) {
        if (resource !== 'pods') continue;
        if (previous !== undefined) this.#change(previous, -1n);
        if (type !== 'DELETED') this.#change(object, 1n);
      }
    }, signal);
  }

  #change(object: unknown, sign: bigint): void {
    const amounts = requestsOf(object);
    if (amounts === undefined) return;
    const node = (object as V1Pod).spec?.nodeName ?? '';
    const used = this.#requested.get(node) ?? { cpu: 0n, memory: 0n, pods: 0n };
    const all = this.#allocatable.get(node);
    for (const resource of RESOURCES) {
      used[resource] += sign * amounts[resource];
      const percent = all === undefined ? 0 : Number((used[resource] * 1000n) / all[resource]) / 10;
      this.highest = Math.max(this.highest, percent);
      if (percent > 100) this.found.push(`${node} ${resource} ${percent} %`);
    }
    this.#requested.set(node, used);
  }
}

describe('the nodes of a generated cluster', () => {
  for (const [pods, steps] of [
    [10, 3000],
    [50, 3000],
    [100, 4000],
    [500, 3000],
    [2000, 2000],
    [10_000, 1500],
  ] as const) {
    it(`never run pods that request more than they can allocate, during a day with ${pods} pods`, () => {
      const clock = fakeClock(AT);
      const store = storage({ kinds: coreKinds, clock });
      const ending = new AbortController();
      seedCluster(store, { pods, at: AT });
      const oracle = new Overcommitment(store, ending.signal);
      const motion = churn({ storage: store, clock, random: seededRandom(pods), signal: ending.signal });
      for (let step = 0; step < steps; step += 1) {
        clock.advance(DAY_MS / steps);
        motion.step();
      }
      ending.abort();
      expect(oracle.found).to.deep.equal([]);
      // The nodes are used, so the pods are not merely tiny.
      if (pods >= 100) expect(oracle.highest).to.be.greaterThan(30);
    });
  }

  it('leave the rest of a workload unschedulable when they are full, and run it when there is room', () => {
    const clock = fakeClock(AT);
    const store = storage({ kinds: coreKinds, clock });
    const ending = new AbortController();
    seedCluster(store, { pods: 0, nodes: 1, at: AT });
    const motion = churn({ storage: store, clock, random: seededRandom(1), signal: ending.signal });
    const oracle = new Overcommitment(store, ending.signal);
    const containers = [{ name: 'c', image: 'i:1', resources: { requests: { cpu: '2', memory: '1Gi' } } }];
    const workload = (name: string, replicas: number): object => ({
      metadata: { name, namespace: 'default' },
      spec: {
        replicas,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers } },
      },
    });
    const placed = (name: string): number =>
      (store.list('pods') as unknown as Pod[]).filter(
        ({ metadata, spec }) => metadata.labels?.['app'] === name && spec.nodeName !== undefined,
      ).length;
    const settle = (): void => {
      for (let step = 0; step < 200; step += 1) motion.step();
    };
    store.create('deployments.apps', workload('large', 40));
    settle();
    const room = placed('large');
    expect(room).to.be.within(1, 7);
    const pods = store.list('pods') as unknown as Pod[];
    expect(
      pods.filter(({ status }) => status?.conditions?.some(({ reason }) => reason === 'Unschedulable')),
    ).not.to.have.length(0);

    // A DaemonSet waits for room, too.
    store.create('daemonsets.apps', workload('agent', 0));
    motion.step();
    expect(placed('agent')).to.equal(0);
    store.delete('deployments.apps', 'default/large');
    settle();
    expect(placed('agent')).to.equal(1);
    expect(oracle.found).to.deep.equal([]);
    ending.abort();
  });
});

describe('NodeLoads', () => {
  const node = (allocatable: object | undefined): Node =>
    ({ metadata: { name: 'n1' }, status: { allocatable } }) as unknown as Node;
  const pod = (cpu: string, memory: string, rest: object = {}): Pod =>
    ({
      spec: { nodeName: 'n1', containers: [{ name: 'c', resources: { requests: { cpu, memory } } }], ...rest },
    }) as unknown as Pod;

  const CASES: readonly (readonly [
    name: string,
    allocatable: object | undefined,
    running: readonly Pod[],
    next: Pod,
    boolean,
  ])[] = [
    ['exactly the rest', { cpu: '1', memory: '1Gi', pods: '9' }, [pod('600m', '512Mi')], pod('400m', '512Mi'), true],
    ['more CPU', { cpu: '1', memory: '1Gi', pods: '9' }, [pod('600m', '1Mi')], pod('401m', '1Mi'), false],
    ['more memory', { cpu: '1', memory: '1Gi', pods: '9' }, [pod('1m', '512Mi')], pod('1m', '513Mi'), false],
    ['more pods', { cpu: '1', memory: '1Gi', pods: '1' }, [pod('1m', '1Mi')], pod('1m', '1Mi'), false],
    [
      'a large init container',
      { cpu: '1' },
      [],
      pod('1m', '1', { initContainers: [pod('2', '1').spec.containers[0]] }),
      false,
    ],
    ['fractions of a core', { cpu: '1' }, [pod('0.7', '1')], pod('0.3', '1'), true],
    ['no requests', { cpu: '0', pods: '1' }, [], { spec: { containers: [] } } as unknown as Pod, true],
    ['a null spec', { cpu: '0', pods: '1' }, [], { spec: null } as unknown as Pod, true],
    ['any amount on a node without limits', undefined, [pod('600', '512Ti')], pod('400', '512Ti'), true],
  ];
  for (const [name, allocatable, running, next, expected] of CASES) {
    it(`${expected ? 'has' : 'has no'} room for ${name}`, () => {
      const loads = new NodeLoads();
      loads.setNode(node(allocatable));
      for (const one of running) loads.change(undefined, one);
      expect(loads.hasRoom('n1', next)).to.equal(expected);
    });
  }

  it('forgets a pod that ends or is deleted', () => {
    const loads = new NodeLoads();
    loads.setNode(node({ cpu: '1' }));
    const running = pod('1', '1');
    loads.change(undefined, running);
    expect(loads.podsOn('n1')).to.equal(1);
    const ended = { ...running, status: { phase: 'Succeeded' } } as Pod;
    loads.change(running, ended);
    expect(loads.podsOn('n1')).to.equal(0);
    loads.change(ended, undefined);
    expect(loads.podsOn('n1')).to.equal(0);
    expect(loads.hasRoom('n1', running)).to.equal(true);
  });
});
