/**
 * The pipelines to measure. Each derives rows from pods and nodes. Every change of a pod changes a row.
 * @module
 */
import type { Collection, V1Node, V1Pod } from '../../src/informers/index.ts';
import {
  collect,
  count,
  countBy,
  groupBy,
  identity,
  join,
  leftJoin,
  map,
  MaterializedView,
  parseQuantity,
  sum,
} from '../../src/projections/index.ts';

export interface Pipeline {
  readonly name: string;
  /** Whether a view keeps the rows as bytes and logs the changes, as in a server. */
  readonly served: boolean;
  readonly of: (pods: Collection<V1Pod>, nodes: Collection<V1Node>) => Collection<unknown>;
}

const cpuOf = (pod: V1Pod): bigint => parseQuantity(pod.spec?.containers[0]?.resources?.requests?.['cpu'] ?? '0');
const zoneOf = (node: V1Node | undefined): string => node?.metadata?.labels?.['topology.kubernetes.io/zone'] ?? 'none';

const mapped: Pipeline['of'] = (pods) =>
  pods.pipe(
    map((pod) => ({
      metadata: identity(pod),
      spec: { node: pod.spec?.nodeName },
      status: { phase: pod.status?.phase },
    })),
  );

const joined: Pipeline['of'] = (pods, nodes) =>
  pods.pipe(
    join(
      nodes,
      (pod) => pod.spec?.nodeName,
      (pod, node) => ({ metadata: identity(pod), spec: { zone: zoneOf(node) }, status: { phase: pod.status?.phase } }),
    ),
  );

const groupedByNode: Pipeline['of'] = (pods) =>
  pods.pipe(groupBy((pod) => pod.spec?.nodeName, { pods: count(), phases: countBy(phaseOf), cpu: sum(cpuOf) }));

const groupedByNamespace: Pipeline['of'] = (pods) =>
  pods.pipe(groupBy((pod) => pod.metadata?.namespace, { pods: count(), phases: countBy(phaseOf), cpu: sum(cpuOf) }));

/** Three pipelines in a chain: the placements of pods, the loads of nodes, and the loads of zones. */
const stacked: Pipeline['of'] = (pods, nodes) => {
  const placements = pods.pipe(
    leftJoin(
      nodes,
      (pod) => pod.spec?.nodeName,
      (pod, node) => ({
        metadata: identity(pod),
        node: node?.metadata?.name,
        zone: zoneOf(node),
        phase: pod.status?.phase ?? 'Unknown',
        cpu: cpuOf(pod),
      }),
    ),
  );
  const loads = placements.pipe(
    groupBy(({ node, zone }) => (node === undefined ? undefined : { namespace: zone, name: node }), {
      pods: count(),
      phases: countBy(({ phase }) => phase),
      cpu: sum(({ cpu }) => cpu),
    }),
  );
  return loads.pipe(
    groupBy(({ metadata }) => metadata.namespace, {
      nodes: count(),
      pods: sum(({ pods: n }) => n),
      cpu: sum(({ cpu }) => cpu),
    }),
  );
};

function phaseOf(pod: V1Pod): string | undefined {
  return pod.status?.phase;
}

export const PIPELINES: readonly Pipeline[] = [
  { name: 'map', served: false, of: mapped },
  { name: 'join', served: false, of: joined },
  { name: 'groupBy node', served: false, of: groupedByNode },
  { name: 'groupBy namespace', served: false, of: groupedByNamespace },
  { name: 'three levels', served: false, of: stacked },
  { name: 'map, served', served: true, of: mapped },
  { name: 'join, served', served: true, of: joined },
];

/** A pipeline that the check must reject, because the cost of `collect` grows with its group. It runs only with `--only control`. */
export const CONTROL: Pipeline = {
  name: 'control',
  served: false,
  of: (pods) => pods.pipe(groupBy(() => 'all', { phases: collect(phaseOf) })),
};

/**
 * Runs a pipeline and calls `onBatch` for every batch at its end.
 * @returns a function that stops the pipeline
 */
export function run(
  pipeline: Pipeline,
  pods: Collection<V1Pod>,
  nodes: Collection<V1Node>,
  onBatch: (deltas: number) => void,
): () => void {
  const rows = pipeline.of(pods, nodes);
  if (!pipeline.served) {
    const subscription = rows.deltas$.subscribe(({ changes }) => onBatch(changes.length));
    return () => subscription.unsubscribe();
  }
  const view = new MaterializedView(rows, {
    group: 'example.com',
    version: 'v1',
    kind: 'Row',
    namespaced: true,
    definition: pipeline.name,
  });
  const unsubscribe = view.onChange(() => onBatch(1));
  view.start();
  return () => {
    unsubscribe();
    view.stop();
  };
}
