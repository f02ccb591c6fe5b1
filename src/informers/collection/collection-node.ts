/**
 * The internal interface of a collection, for the framework. Users read the same facts with `debug()` and `explain()` of
 * `kubefacet/projections`.
 * @module
 */
import type { Collection, Origin } from './collection.ts';
import type { PipelineError, RowError } from './errors.ts';
import type { IndexFunction } from './indexer.ts';
import type { Lineage, SourceStamp } from './lineage.ts';
import type { LadderStep, ReflectorMetrics } from './source-metrics.ts';
import type { SourceStatus } from './source-status.ts';
import type { StepReads } from './step-reads.ts';
import type { UpstreamResource } from './upstream.ts';

/** Marks the collections of this package. */
export const NODE: unique symbol = Symbol('collection of kubefacet');

/** The size of a collection, and its work since it began to run. */
export interface CollectionStatistics {
  /** One more than the highest input; 0 for sources. */
  readonly height: number;
  readonly objects: number;
  /** The number of failed rows and left-out input objects of this step. The errors of the steps before it are not included. */
  readonly errors: number;
  /** Steps and other subscribers that receive its batches. */
  readonly subscribers: number;
  readonly batches: number;
  readonly deltas: number;
  /** The time in which the step has run, with the code of its operator, in milliseconds; 0 for sources. */
  readonly milliseconds: number;
}

/**
 * The resource that a source reads. `scope` is unknown if only the author of the pipeline says it: an informer of a custom resource reads
 * whatever the cluster has.
 */
export interface SourceResource extends UpstreamResource {
  readonly scope: 'namespaced' | 'cluster' | 'unknown';
}

/** The step that makes a derived collection. */
export interface CollectionStep {
  /** The collection that `pipe` was called on. */
  readonly input: CollectionNode<unknown>;
  /** What the step reads; undefined for an operator of users. */
  readonly reads: StepReads | undefined;
}

/** A collection as a node of the graph. {@link nodeOf} returns it. */
export interface CollectionNode<T> extends Collection<T> {
  readonly [NODE]: true;
  /** One more than the highest input; 0 for sources. */
  readonly height: number;
  /** The number of objects. @throws NotConnectedError like {@link get} */
  readonly size: number;
  /** The error that ended the pipeline: there are no more changes. Undefined while the pipeline works. */
  readonly failure: PipelineError | undefined;
  /** The one source of all rows, if each row is made from one of its objects, under the same key. Otherwise undefined. See `lineage.ts`. */
  readonly lineage: Lineage | undefined;
  /** The collections that this one is derived from; empty for a source. While it does not run, only the one that `pipe` was called on. */
  readonly inputs: readonly CollectionNode<unknown>[];
  /** The step that makes this collection; missing for a source. */
  readonly step?: CollectionStep | undefined;
  /** The resource of the cluster that this source reads; missing if it reads none. */
  readonly resource?: SourceResource | undefined;
  readonly statistics: CollectionStatistics;
  /** The counters of the requests of a source; missing if it sends none that are counted. */
  readonly metrics?: ReflectorMetrics | undefined;
  /** The step of the ladder of each reflector of a running source; missing if it has no reflectors. */
  readonly ladderSteps?: readonly LadderStep[] | undefined;
  /** Keys and objects, in no promised order. @throws NotConnectedError like {@link get} */
  entries(): Iterable<readonly [string, T]>;
  /** Adds a named index. @throws Error if the name is in use */
  addIndex(name: string, values: IndexFunction<T>): void;
  /**
   * Calls `listener` when an error of this collection, or of one that it is derived from, is recorded: also if no row changes, and again
   * for the same row. The listener must not throw. With two paths to a step, it is called twice.
   * @returns a function that removes the listener
   */
  onRowError(listener: (error: RowError) => void): () => void;
  /** The status of each source of this collection. */
  sources(): SourceStatus[];
  /**
   * Calls `listener` when the problem of this source begins, changes or ends, when a request fails again, and when it has synced or no
   * longer exists. Not when only its last activity changes. The listener must not throw. Collections with inputs never call it.
   * @returns a function that removes the listener
   */
  onStatus(listener: () => void): () => void;
  /** The input objects that a row is made of; undefined if the operator does not declare them. */
  originsOf(key: string): readonly Origin[] | undefined;
  /** The version and uid of the source object that gives a row its identity; undefined if the operator does not declare it. */
  stampOf(key: string): SourceStamp | undefined;
}

/**
 * Returns the internal interface of a collection.
 * @throws TypeError if the object is not a collection of this package
 */
export function nodeOf<T>(collection: Collection<T>): CollectionNode<T> {
  if (isNode(collection)) return collection;
  throw new TypeError(
    'this object is not a collection of kubefacet; use an informer, the result of pipe(), or make a collection with fromDeltas()',
  );
}

function isNode<T>(collection: Collection<T>): collection is CollectionNode<T> {
  return typeof collection === 'object' && collection !== null && NODE in collection;
}

/**
 * Adds a named index to a collection. `byIndex` then finds objects by its values.
 * @throws Error if the collection has an index of that name
 * @example
 * addIndex(pods, 'node', (pod) => [pod.spec?.nodeName ?? '']);
 * const onNode = pods.byIndex('node', 'n1');
 */
export function addIndex<T>(collection: Collection<T>, name: string, values: IndexFunction<T>): void {
  nodeOf(collection).addIndex(name, values);
}

/**
 * Returns whether `node` is `other`, or is derived from it through the links that exist now. It prevents cycles: a collection that is derived
 * from itself would never settle.
 */
export function isDerivedFrom(node: CollectionNode<unknown>, other: CollectionNode<unknown>): boolean {
  const seen = new Set<CollectionNode<unknown>>();
  const visit = (one: CollectionNode<unknown>): boolean => {
    if (one === other) return true;
    if (seen.has(one)) return false;
    seen.add(one);
    return one.inputs.some(visit);
  };
  return visit(node);
}

/** Returns the collections without inputs that these nodes are, or are derived from. Each is returned once. */
export function sourceNodesOf(nodes: Iterable<CollectionNode<unknown>>): CollectionNode<unknown>[] {
  const seen = new Set<CollectionNode<unknown>>();
  const visit = (node: CollectionNode<unknown>): void => {
    if (seen.has(node)) return;
    seen.add(node);
    node.inputs.forEach(visit);
  };
  for (const node of nodes) visit(node);
  return Array.from(seen).filter(({ inputs }) => inputs.length === 0);
}
