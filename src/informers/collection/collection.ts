/**
 * The contract that informers, fakes and projections share.
 *
 * Promised:
 * - `deltas$` emits one SNAPSHOT batch to a new subscriber as soon as the collection has synced. If it has synced already, the batch is
 *   emitted inside `subscribe`. After it, each later change is emitted exactly once, in order, with at most one delta for each key and tick.
 *   Nothing is lost or repeated between the snapshot and the changes.
 * - A subscriber that calls `get`, `list` or `byIndex` sees the state after its last batch, or a later state.
 * - An object is never changed in place. Readers must not change it either; under test, objects are frozen.
 * - An object that deep-equals the one before it is not a change.
 *
 * Not promised:
 * - an order between the keys of one batch;
 * - one batch for each upstream event. A relist delivers only the difference.
 * @module
 */
import type { Observable, OperatorFunction } from 'rxjs';
import type { DeltaBatch, DerivedBatch } from './delta.ts';
import type { RowError } from './errors.ts';

/** A step of a pipeline: an RxJS operator from the batches of one collection to the batches of another. */
export type DeltaOperator<T, R> = OperatorFunction<DeltaBatch<T>, DerivedBatch<R>>;

/** A reference to an object of a collection. */
export interface Origin {
  readonly collection: Collection<unknown>;
  readonly key: string;
}

/** A live set of objects by key. See the contract at the top of this file. */
export interface Collection<T> {
  /** A name for messages and graphs: `pods`, `pods | filter | map`. */
  readonly name: string;
  /** Whether every source has delivered its first complete state. Stays true while the connection to the cluster is lost. */
  readonly hasSynced: boolean;
  /**
   * A SNAPSHOT batch, then the changes. It never completes and never fails. A derived collection runs while it has a subscriber; see
   * {@link keepRunning}.
   */
  readonly deltas$: Observable<DeltaBatch<T>>;
  /** The errors of rows that could not be made, in this step or in a step before it, by key. */
  readonly errors: ReadonlyMap<string, RowError>;

  /**
   * The object under `namespace/name`, or `name` for a cluster-scoped object.
   * @throws NotConnectedError if the collection is derived and does not run
   */
  get(key: string): T | undefined;
  /** All objects, in no promised order. @throws NotConnectedError like {@link get} */
  list(): T[];
  /** The objects under a value of an index that was added with `addIndex`. @throws Error if the collection has no such index */
  byIndex(name: string, value: string): T[];

  /** Derives a collection step by step. Each step is an operator of `kubefacet/projections` or a user's own operator. */
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

/**
 * Keeps a derived collection running until the signal is aborted, so that it can be read with `get`, `list` and `byIndex`. A collection
 * that is served or subscribed to runs anyway.
 * @example
 * const life = new AbortController();
 * keepRunning(placements, life.signal);
 * const placement = placements.get('shop/web');
 */
export function keepRunning(collection: Collection<unknown>, signal: AbortSignal): void {
  if (signal.aborted) return;
  const subscription = collection.deltas$.subscribe();
  signal.addEventListener('abort', () => subscription.unsubscribe(), { once: true });
}
