/** Random objects of a small cluster. There are few names, so that objects often have the same key or refer to each other. */
import fc from 'fast-check';
import type {
  V1DaemonSet,
  V1Deployment,
  V1Namespace,
  V1Node,
  V1OwnerReference,
  V1Pod,
  V1ReplicaSet,
  V1StatefulSet,
} from '../../src/informers/index.ts';
import {
  controlledBy,
  daemonSet,
  deployment,
  namespace,
  node,
  pod,
  replicaSet,
  statefulSet,
} from '../../src/testing/index.ts';

const names = fc.constantFrom('a', 'b', 'web');
const keys = fc.tuple(fc.constantFrom('shop', 'bank'), names).map(([space, name]) => `${space}/${name}`);
const replicas = fc.nat(3);
/** An owner reference to a controller, which may not exist. Its uid consists of kind and name only, for objects in all namespaces. */
const controllers = (...kinds: string[]): fc.Arbitrary<readonly V1OwnerReference[] | undefined> =>
  fc.option(
    fc
      .record({ kind: fc.constantFrom(...kinds), name: names })
      .map(({ kind, name }) => [controlledBy({ apiVersion: 'v1', kind, metadata: { name, uid: `${kind}-${name}` } })]),
    { nil: undefined },
  );

const quantities = fc.constantFrom('0', '1', '250m', '100u', '1Gi', '64Mi', '1.5', '1e3', '1234567');
const containerStates = fc.constantFrom(
  { running: {} },
  { waiting: { reason: 'CrashLoopBackOff' } },
  { waiting: {} },
  { terminated: { exitCode: 0, reason: 'Completed' } },
  { terminated: { exitCode: 1 } },
);

export const pods: fc.Arbitrary<V1Pod> = fc
  .record({
    key: keys,
    nodeName: fc.constantFrom(undefined, 'a', 'b', 'web'),
    phase: fc.constantFrom('Pending', 'Running', 'Succeeded', 'Failed', undefined),
    ready: fc.boolean(),
    isDeleting: fc.boolean(),
    ownerReferences: controllers('ReplicaSet', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'Node'),
    requests: fc.option(fc.record({ cpu: quantities, memory: quantities }), { nil: undefined }),
    restartCount: fc.nat(3),
    state: containerStates,
  })
  .map(({ key, nodeName, phase, ready, isDeleting, ownerReferences, requests, restartCount, state }) => {
    const base = pod(key, {
      node: nodeName,
      phase,
      ready,
      ownerReferences,
      deletionTimestamp: isDeleting ? '2026-01-02T00:00:00Z' : undefined,
    });
    const { spec, status } = base;
    return {
      ...base,
      spec: {
        ...spec,
        containers: [{ name: 'app', image: 'nginx', ...(requests === undefined ? {} : { resources: { requests } }) }],
      },
      status: {
        ...status,
        containerStatuses: [{ name: 'app', image: 'nginx', imageID: '', ready, restartCount, state }],
      },
    };
  });

export const nodes: fc.Arbitrary<V1Node> = fc
  .record({
    name: names,
    zone: fc.constantFrom(undefined, 'x', 'y'),
    ready: fc.boolean(),
    capacity: fc.option(fc.record({ cpu: quantities, memory: quantities, pods: fc.constantFrom('10', '110') }), {
      nil: undefined,
    }),
  })
  .map(({ name, ...fields }) => node(name, fields));

export const namespaces: fc.Arbitrary<V1Namespace> = fc
  .record({ name: fc.constantFrom('shop', 'bank'), phase: fc.constantFrom('Active', 'Terminating') })
  .map(({ name, phase }) => namespace(name, { phase }));

const uidOf = (kind: string, key: string): string => `${kind}-${key.slice(key.indexOf('/') + 1)}`;

export const replicaSets: fc.Arbitrary<V1ReplicaSet> = fc
  .record({ key: keys, replicas, ownerReferences: controllers('Deployment', 'Deployment', 'Rollout') })
  .map(({ key, ...fields }) => replicaSet(key, { ...fields, uid: uidOf('ReplicaSet', key) }));

export const deployments: fc.Arbitrary<V1Deployment> = fc
  .record({ key: keys, replicas })
  .map(({ key, replicas }) => deployment(key, { replicas, uid: uidOf('Deployment', key) }));

export const statefulSets: fc.Arbitrary<V1StatefulSet> = fc
  .record({ key: keys, replicas })
  .map(({ key, replicas }) => statefulSet(key, { replicas, uid: uidOf('StatefulSet', key) }));

export const daemonSets: fc.Arbitrary<V1DaemonSet> = fc
  .record({ key: keys, replicas })
  .map(({ key, replicas }) => daemonSet(key, { replicas, uid: uidOf('DaemonSet', key) }));
