/**
 * The contract that informers, fakes and projections share.
 *
 * What is promised:
 * - `deltas$` gives a new subscriber one SNAPSHOT batch as soon as the collection has synced (at once, inside `subscribe`, when it
 *   already has), then every later change exactly once, in order, merged to at most one delta for each key and tick.
 *   Snapshot and changes fit: nothing is lost or doubled between them.
 * - `get`, `list` and `byIndex`, called from a subscriber, show the state that its last batch led to, or a later one.
 * - An object is never changed in place. Readers must not change it either; tests freeze it.
 * - The same object twice, deep-equal, is no change.
 * What is not promised: an order between keys in one batch; that each upstream event is seen alone (a relist shows the difference only).
 * @module
 */
import type { Observable, OperatorFunction } from 'rxjs';
import type { DeltaBatch, DerivedBatch } from './delta.ts';
import type { PipelineError, RowError } from './errors.ts';
import type { IndexFunction } from './indexer.ts';
import type { Lineage, SourceStamp } from './lineage.ts';
import type { SourceStatus } from './source-status.ts';

/** A step of a pipeline: an rxjs operator from the batches of one collection to the batches of another. */
export type DeltaOperator<T, R> = OperatorFunction<DeltaBatch<T>, DerivedBatch<R>>;

/** An object of a collection. */
export interface Origin {
  readonly collection: Collection<unknown>;
  readonly key: string;
}

/** How much a collection holds and has done, since it began to run. */
export interface CollectionStatistics {
  /** One more than the highest input; 0 for sources. */
  readonly height: number;
  readonly objects: number;
  /** Rows that could not be made in this very step, and objects that were left out. */
  readonly errors: number;
  /** Steps and others that get its batches. */
  readonly subscribers: number;
  readonly batches: number;
  readonly deltas: number;
}

/** A live set of objects by key. See the contract at the top of this file. */
export interface Collection<T> {
  /** For messages and graphs: `pods`, `pods | filter | map`. */
  readonly name: string;
  /** Whether the first complete state has arrived from every source. Stays true while upstream is lost. */
  readonly hasSynced: boolean;
  /** The number of objects. @throws NotConnectedError like {@link get} */
  readonly size: number;
  /** A SNAPSHOT batch, then changes. Completes and fails never; subscribing keeps the collection running. */
  readonly deltas$: Observable<DeltaBatch<T>>;
  /** Rows that could not be made, here or in a step before, by key. */
  readonly errors: ReadonlyMap<string, RowError>;
  /** Why the pipeline gets no more changes; undefined while it works. */
  readonly failure: PipelineError | undefined;
  /** The one source of all rows, while every row comes from one object under its own key; see `lineage.ts`. */
  readonly lineage: Lineage | undefined;

  /**
   * The object under `namespace/name` (or `name`).
   * @throws NotConnectedError when the collection is derived and nobody keeps it running
   */
  get(key: string): T | undefined;
  /** All objects, in no promised order. @throws NotConnectedError like {@link get} */
  list(): T[];
  /** Keys and objects, in no promised order. @throws NotConnectedError like {@link get} */
  entries(): Iterable<readonly [string, T]>;
  /** Adds a named index. @throws Error when there is one of that name */
  addIndex(name: string, values: IndexFunction<T>): void;
  /** The objects under a value of a named index. @throws Error when there is no such index */
  byIndex(name: string, value: string): T[];
  /** How the sources of this collection are doing. */
  sources(): SourceStatus[];
  /** What it is derived from; empty for sources. Of one that does not run, the collection that `pipe` was called on. */
  readonly inputs: readonly Collection<unknown>[];
  readonly statistics: CollectionStatistics;
  /** The objects of the inputs that an object is made of; undefined where nobody knows (an operator that does not say). */
  originsOf(key: string): readonly Origin[] | undefined;
  /** The source object whose identity an object carries on; undefined where nobody knows. */
  stampOf(key: string): SourceStamp | undefined;
  /** Keeps the collection running until the signal is aborted. */
  connect(signal: AbortSignal): void;

  /** A collection derived step by step. Each step is an operator of `kubefacet/projections` or one of your own. */
  pipe<A>(a: DeltaOperator<T, A>): Collection<A>;
  pipe<A, B>(a: DeltaOperator<T, A>, b: DeltaOperator<A, B>): Collection<B>;
  pipe<A, B, C>(a: DeltaOperator<T, A>, b: DeltaOperator<A, B>, c: DeltaOperator<B, C>): Collection<C>;
  pipe<A, B, C, D>(
    a: DeltaOperator<T, A>,
    b: DeltaOperator<A, B>,
    c: DeltaOperator<B, C>,
    d: DeltaOperator<C, D>,
  ): Collection<D>;
  pipe<A, B, C, D, E>(
    a: DeltaOperator<T, A>,
    b: DeltaOperator<A, B>,
    c: DeltaOperator<B, C>,
    d: DeltaOperator<C, D>,
    e: DeltaOperator<D, E>,
  ): Collection<E>;
  pipe<A, B, C, D, E, F>(
    a: DeltaOperator<T, A>,
    b: DeltaOperator<A, B>,
    c: DeltaOperator<B, C>,
    d: DeltaOperator<C, D>,
    e: DeltaOperator<D, E>,
    f: DeltaOperator<E, F>,
  ): Collection<F>;
  pipe<A, B, C, D, E, F, G>(
    a: DeltaOperator<T, A>,
    b: DeltaOperator<A, B>,
    c: DeltaOperator<B, C>,
    d: DeltaOperator<C, D>,
    e: DeltaOperator<D, E>,
    f: DeltaOperator<E, F>,
    g: DeltaOperator<F, G>,
  ): Collection<G>;
}
