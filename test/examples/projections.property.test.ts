/** The examples under random histories of their sources, compared with rows that plain loops compute from the final objects. */
import { expect } from 'chai';
import fc from 'fast-check';
import { combinedPods } from '../../examples/combined-pods.ts';
import { namespaceLoads } from '../../examples/namespace-loads.ts';
import { nodeLoads } from '../../examples/node-loads.ts';
import { workloads } from '../../examples/workloads.ts';
import type {
  Collection,
  V1DaemonSet,
  V1Deployment,
  V1Pod,
  V1ReplicaSet,
  V1StatefulSet,
} from '../../src/informers/index.ts';
import { parseQuantity } from '../../src/projections/index.ts';
import { checkProjection, fakeInformer, recompute } from '../../src/testing/index.ts';
import * as arbitrary from './cluster-arbitraries.ts';
import { expectedNamespaceLoads, expectedNodeLoads, expectedPodsOfWorkloads } from './expected.ts';

const workloadsOf = (
  pods: Collection<V1Pod>,
  replicaSets: Collection<V1ReplicaSet>,
  deployments: Collection<V1Deployment>,
  statefulSets: Collection<V1StatefulSet>,
  daemonSets: Collection<V1DaemonSet>,
) => workloads({ pods, replicaSets, deployments, statefulSets, daemonSets });

const many = <T extends { metadata?: { namespace?: string; name?: string } }>(
  objects: fc.Arbitrary<T>,
): fc.Arbitrary<T[]> =>
  fc.uniqueArray(objects, { maxLength: 12, selector: ({ metadata }) => `${metadata?.namespace}/${metadata?.name}` });

describe('the example projections', () => {
  it('combinedPods() does not depend on the order of changes', () =>
    checkProjection(combinedPods, [arbitrary.pods, arbitrary.nodes]));

  it('nodeLoads() does not depend on the order of changes', () =>
    checkProjection(nodeLoads, [arbitrary.pods, arbitrary.nodes]));

  it('namespaceLoads() does not depend on the order of changes', () =>
    checkProjection(namespaceLoads, [arbitrary.pods, arbitrary.namespaces]));

  it('workloads() does not depend on the order of changes', () =>
    checkProjection(workloadsOf, [
      arbitrary.pods,
      arbitrary.replicaSets,
      arbitrary.deployments,
      arbitrary.statefulSets,
      arbitrary.daemonSets,
    ]));

  it('combinedPods() has all fields of each pod', () => {
    fc.assert(
      fc.property(many(arbitrary.pods), many(arbitrary.nodes), (pods, nodes) => {
        const { rows, errors } = recompute(combinedPods, fakeInformer(...pods), fakeInformer(...nodes));
        expect([rows.size, errors.size]).to.deep.equal([pods.length, 0]);
        for (const { metadata, spec, status } of pods) {
          const row = rows.get(`${metadata?.namespace}/${metadata?.name}`);
          const node = nodes.find((each) => each.metadata?.name === spec?.nodeName);
          expect(row?.spec).to.deep.equal(spec);
          expect(row?.status).to.deep.equal(status);
          expect(row?.node?.name).to.equal(spec?.nodeName);
          expect(row?.node?.zone).to.equal(node?.metadata?.labels?.['topology.kubernetes.io/zone']);
          expect(row?.node?.ready).to.equal(node?.status?.conditions?.[0]?.status);
        }
      }),
    );
  });

  it('nodeLoads() has the exact sums', () => {
    fc.assert(
      fc.property(many(arbitrary.pods), many(arbitrary.nodes), (pods, nodes) => {
        const { rows } = recompute(nodeLoads, fakeInformer(...pods), fakeInformer(...nodes));
        const wanted = expectedNodeLoads(pods, nodes);
        expect([...rows.keys()].toSorted()).to.deep.equal([...wanted.keys()].toSorted());
        for (const [name, { status }] of rows) {
          const { cpu, memory, ...others } = wanted.get(name)!;
          expect({ podsByPhase: status.podsByPhase, pods: status.requested.pods }).to.deep.equal(others);
          expect(parseQuantity(status.requested.cpu)).to.equal(upTo(cpu, 1_000_000n));
          expect(parseQuantity(status.requested.memory)).to.equal(upTo(memory, 1_000_000_000n));
          const allocatable = parseQuantity(
            nodes.find(({ metadata }) => metadata?.name === name)?.status?.allocatable?.['cpu'] ?? '0',
          );
          const { percent } = status;
          // The percentage is rounded down: 100 × requested ∈ [p, p + 1) × allocatable.
          if (allocatable > 0n) {
            expect(
              cpu * 100n >= BigInt(percent.cpu) * allocatable && cpu * 100n < BigInt(percent.cpu + 1) * allocatable,
            ).to.be.true;
          } else expect(percent.cpu).to.equal(0);
        }
      }),
    );
  });

  it('namespaceLoads() has the exact sums', () => {
    fc.assert(
      fc.property(many(arbitrary.pods), many(arbitrary.namespaces), (pods, namespaces) => {
        const { rows } = recompute(namespaceLoads, fakeInformer(...pods), fakeInformer(...namespaces));
        const wanted = expectedNamespaceLoads(pods, namespaces);
        expect([...rows.keys()].toSorted()).to.deep.equal([...wanted.keys()].toSorted());
        for (const [name, { status }] of rows) {
          const { cpu, memory, ...others } = wanted.get(name)!;
          expect({ podsByPhase: status.podsByPhase, restarts: status.restarts }).to.deep.equal(others);
          expect(parseQuantity(status.requested.cpu)).to.equal(upTo(cpu, 1_000_000n));
          expect(parseQuantity(status.requested.memory)).to.equal(upTo(memory, 1_000_000_000n));
        }
      }),
    );
  });

  it('workloads() counts each pod exactly once', () => {
    const sources = fc.tuple(
      many(arbitrary.pods),
      many(arbitrary.replicaSets),
      many(arbitrary.deployments),
      many(arbitrary.statefulSets),
      many(arbitrary.daemonSets),
    );
    fc.assert(
      fc.property(sources, ([pods, replicaSets, deployments, statefulSets, daemonSets]) => {
        const { rows, errors } = recompute(
          workloadsOf,
          fakeInformer(...pods),
          fakeInformer(...replicaSets),
          fakeInformer(...deployments),
          fakeInformer(...statefulSets),
          fakeInformer(...daemonSets),
        );
        expect(errors.size).to.equal(0);
        expect([...rows.values()].reduce((sum, { status }) => sum + status.pods, 0)).to.equal(pods.length);
        const wanted = expectedPodsOfWorkloads(pods, replicaSets);
        for (const [key, { status, spec, metadata }] of rows) {
          expect(status.pods, key).to.equal(wanted.get(key)?.length ?? 0);
          expect(metadata.name).to.equal(`${spec.kind.toLowerCase()}-${spec.name}`);
          expect(status.ready).to.be.at.most(status.pods);
        }
        for (const { metadata } of deployments)
          expect(rows.get(`${metadata?.namespace}/deployment-${metadata?.name}`)?.spec.kind).to.equal('Deployment');
      }),
      { numRuns: 300 },
    );
  });
});

/** Rounds up to a whole number of units, as formatted amounts do. */
function upTo(amount: bigint, unit: bigint): bigint {
  return ((amount + unit - 1n) / unit) * unit;
}
