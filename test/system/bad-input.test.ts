/** One bad input from upstream costs at most its own row: items without a name, and null in place of every optional field. */
import { expect } from 'chai';
import { demoResources } from '../../examples/demo-resources.ts';
import type { SourceObject } from '../../src/informers/collection/source-collection.ts';
import { UpstreamApiError } from '../../src/informers/errors.ts';
import { informerFactory, type InformerFactory } from '../../src/informers/informer-factory.ts';
import type { KubeSource } from '../../src/informers/kube-list-watch.ts';
import type { ListWatch, WatchEvent } from '../../src/informers/list-watch.ts';
import { BASE, names, TestServer, until } from '../support/test-server.ts';

type Json = Record<string, any>;

/** A cluster that lists these values as they are, by resource, and then watches pods with these events. */
function listing(
  items: Readonly<Record<string, readonly unknown[]>>,
  events: AsyncIterable<unknown> = (async function* () {})(),
): InformerFactory {
  const listWatch = <T extends SourceObject>({ resource }: KubeSource): ListWatch<T> => ({
    name: resource,
    list: () =>
      Promise.resolve({
        items: structuredClone(items[resource] ?? []) as T[],
        apiVersion: 'v1',
        kind: 'List',
        resourceVersion: '900',
        continue: undefined,
      }),
    watch: (options, signal) =>
      options.sendInitialEvents === true
        ? Promise.reject(new UpstreamApiError({ code: 422, reason: 'Invalid', message: 'no WatchList' }))
        : Promise.resolve({
            async *[Symbol.asyncIterator]() {
              if (resource === 'pods') yield* events as AsyncIterable<WatchEvent<T>>;
              await new Promise((resolve) => signal.addEventListener('abort', resolve));
              yield* [];
            },
          }),
  });
  return informerFactory({ listWatch });
}

const metadata = (name: string, extra: Json = {}): Json => ({
  namespace: 'shop',
  uid: `uid-${name}`,
  resourceVersion: '7',
  creationTimestamp: '1970-01-01T00:00:00Z',
  labels: { app: 'web', 'topology.kubernetes.io/zone': 'a' },
  annotations: { a: 'b' },
  ...extra,
  name,
});

const owner = (kind: string, name: string): Json => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: `uid-${name}`, controller: true }],
});

const TEMPLATE = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };

/** An object of each resource that the examples read, with all fields that they use. */
const SAMPLES: Readonly<Record<string, Json>> = {
  pods: {
    metadata: metadata('pod', { ...owner('ReplicaSet', 'set'), deletionTimestamp: '1970-01-02T00:00:00Z' }),
    spec: {
      nodeName: 'node',
      containers: [
        { name: 'c', image: 'i', resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '2' } } },
      ],
      initContainers: [{ name: 'i', image: 'i', restartPolicy: 'Always', resources: { requests: { cpu: '1' } } }],
      overhead: { cpu: '1m' },
      readinessGates: [{ conditionType: 'x' }],
    },
    status: {
      phase: 'Running',
      reason: 'r',
      podIP: '10.0.0.1',
      startTime: '1970-01-01T00:00:00Z',
      conditions: [
        { type: 'Ready', status: 'False', reason: 'r', message: 'm', lastTransitionTime: '1970-01-01T00:00:00Z' },
      ],
      containerStatuses: [
        {
          name: 'c',
          ready: false,
          restartCount: 2,
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'm' } },
          lastState: { terminated: { exitCode: 1, reason: 'Error', signal: 9, finishedAt: '1970-01-01T00:00:00Z' } },
        },
      ],
      initContainerStatuses: [{ name: 'i', ready: true, restartCount: 1, started: true, state: { running: {} } }],
    },
  },
  nodes: {
    metadata: { ...metadata('node'), namespace: undefined },
    spec: { unschedulable: true, taints: [{ key: 'k', effect: 'NoSchedule' }] },
    status: {
      allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
      conditions: [{ type: 'Ready', status: 'True', reason: 'r' }],
    },
  },
  namespaces: { metadata: { ...metadata('shop'), namespace: undefined }, spec: {}, status: { phase: 'Active' } },
  deployments: {
    metadata: metadata('web', { generation: 2 }),
    spec: { replicas: 2, paused: false, selector: { matchLabels: { app: 'web' } }, template: TEMPLATE },
    status: { replicas: 2, readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1, observedGeneration: 2 },
  },
  replicasets: {
    metadata: metadata('set', owner('Deployment', 'web')),
    spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: TEMPLATE },
    status: { replicas: 2 },
  },
};

interface Place {
  readonly path: readonly (string | number)[];
}

/** The paths of all fields below an object, except those that every object has. */
function placesIn(value: unknown, path: readonly (string | number)[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const below = [...path, Array.isArray(value) ? Number(key) : key];
    const isIdentity = /^metadata(\.(name|namespace|uid|resourceVersion))?$/.test(below.join('.'));
    return [...(isIdentity || Array.isArray(value) ? [] : [{ path: below }]), ...placesIn(inner, below)];
  });
}

/** Returns a copy with another value at a path. Undefined removes the field. */
function withValue(object: Json, { path }: Place, value: null | undefined): Json {
  const copy = structuredClone(object);
  let at: any = copy;
  for (const step of path.slice(0, -1)) at = at[step];
  const last = path.at(-1) ?? '';
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

/** Returns one variant of the sample of each resource for every optional field of it. */
function variants(value: null | undefined): Record<string, Json[]> {
  const entries = Object.entries(SAMPLES).map(([resource, sample]): [string, Json[]] => [
    resource,
    placesIn(sample).map((place, index) => {
      const variant = withValue(sample, place, value);
      return {
        ...variant,
        metadata: { ...variant['metadata'], name: `${resource}-${index}`, uid: `${resource}-${index}` },
      };
    }),
  ]);
  return Object.fromEntries(entries.map(([resource, items]) => [resource, [SAMPLES[resource] ?? {}, ...items]]));
}

const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
const PLURALS = ['podsummaries', 'combinedpods', 'nodeloads', 'namespaceloads', 'workloads', 'runningpods'];

describe('bad input from upstream', () => {
  const tests: TestServer[] = [];
  const factories: InformerFactory[] = [];
  afterEach(async () => {
    for (const test of tests.splice(0)) await test.close();
    for (const factory of factories.splice(0)) await factory.close();
  });

  async function serving(
    items: Readonly<Record<string, readonly unknown[]>>,
    events?: AsyncIterable<unknown>,
  ): Promise<TestServer> {
    const informers = listing(items, events);
    factories.push(informers);
    const test = await TestServer.listening({ resources: demoResources(informers), random: () => 0.5 });
    tests.push(test);
    await until(() => test.server.readiness().every(({ problem }) => problem === undefined));
    return test;
  }

  for (const [title, bad] of [
    ['without a name', { metadata: {}, spec: {} }],
    ['without metadata', {}],
    ['with a name that is a number', { metadata: { name: 5 } }],
    ['that is null', null],
    ['that is a text', 'pod'],
    ['with a namespace that is an object', { metadata: { name: 'x', namespace: {} } }],
  ] as const) {
    it(`leaves out an item ${title}`, async () => {
      const test = await serving({ ...variants(undefined), pods: [bad, SAMPLES['pods'], bad] });
      expect(names(await test.json(`${BASE}/podsummaries`))).to.deep.equal(['pod']);
      expect((await test.get('/readyz')).status).to.equal(200);
      // The log gathers the problems of a second.
      test.clock.advance(1000);
      expect(test.log.of('warn').filter((line) => line.includes('is left out: it'))).to.have.length(1);
    });
  }

  it('logs an item without a name soon after it appears, once, without a probe of /readyz', async () => {
    let send: (event: object) => void = () => undefined;
    const events = new ReadableStream<object>({ start: (controller) => (send = (event) => controller.enqueue(event)) });
    const test = await serving({ ...variants(undefined), pods: [SAMPLES['pods']] }, events);
    const leftOut = (): number => test.log.of('warn').filter((line) => line.includes('has no metadata.name')).length;
    expect(leftOut()).to.equal(0);
    send({ type: 'ADDED', object: { metadata: { resourceVersion: '901' } } });
    send({ type: 'ADDED', object: { metadata: { resourceVersion: '902' } } });
    send({ type: 'MODIFIED', object: { ...SAMPLES['pods'], metadata: metadata('pod', { resourceVersion: '903' }) } });
    await until(() => {
      test.clock.advance(1000);
      return leftOut() > 0;
    });
    test.clock.advance(60_000);
    expect(leftOut()).to.equal(1);
    expect(names(await test.json(`${BASE}/podsummaries`))).to.deep.equal(['pod']);
  });

  it('serves objects with null like objects without the field, in every example', async () => {
    const [nulls, absents] = [await serving(variants(null)), await serving(variants(undefined))];
    for (const plural of PLURALS) {
      const list = async (test: TestServer, headers?: Record<string, string>): Promise<Json[]> => {
        const { items, rows } = await test.json(`${BASE}/${plural}`, headers);
        return JSON.parse(JSON.stringify(items ?? rows).replaceAll(/"resourceVersion":"\d+"/g, '""'.concat(':""')));
      };
      expect(await list(nulls), plural).to.deep.equal(await list(absents));
      expect(await list(nulls, TABLE), plural).to.deep.equal(await list(absents, TABLE));
      for (const selector of ['labelSelector=app%3Dweb', 'labelSelector=!app']) {
        expect((await nulls.get(`${BASE}/${plural}?${selector}`)).status, plural).to.equal(200);
      }
    }
    expect(nulls.log.of('warn').filter((line) => line.includes('no row'))).to.deep.equal(
      absents.log.of('warn').filter((line) => line.includes('no row')),
    );
  });
});
