/**
 * What changed: deltas, the batches they travel in, and the batches an operator answers with.
 *
 * The batch an operator receives ({@link DeltaBatch}) and the one it must return ({@link DerivedBatch}) are different types,
 * and only the received one makes the other (`batch.derive`). So an rxjs operator put into `pipe` by mistake, which would
 * silently lose deltas, does not type-check.
 * @module
 */

/** One object changed. `object` is the content now, or for DELETED the last content; `old` what it replaced. */
export type Delta<T> =
  | { readonly type: 'ADDED'; readonly key: string; readonly object: T }
  | { readonly type: 'MODIFIED'; readonly key: string; readonly object: T; readonly old: T }
  | { readonly type: 'DELETED'; readonly key: string; readonly object: T };

/**
 * Why a batch came.
 * - `SNAPSHOT`: the first batch of a subscription; every object there is, as ADDED.
 * - `EVENT`: one upstream event; `version` is its resource version where the source has versions that are numbers.
 * - `RELIST`: the difference between what was known at `from` and a new list at `version`; what happened between is not known.
 * - `GONE`: the source has ceased to exist (a removed CustomResourceDefinition); its objects are DELETED, the collection is not synced.
 * - `WRITE`: anything else (an operator's own time, a write to a collection without versions).
 *
 * `recreated`: keys that hold another object than before (another uid), though nobody saw the first one go. A step whose row does not
 * depend on the uid says nothing of them in its changes; who cares about the uid finds them here.
 */
export type Cause =
  | { readonly type: 'SNAPSHOT' }
  | { readonly type: 'EVENT'; readonly version: number | undefined; readonly recreated?: readonly string[] }
  | {
      readonly type: 'RELIST';
      readonly from: number | undefined;
      readonly version: number | undefined;
      readonly recreated?: readonly string[];
    }
  | { readonly type: 'GONE' }
  | { readonly type: 'WRITE' };

/** Whether a batch of this cause is news even when no row has changed. */
export function isNewsByItself(cause: Cause): boolean {
  if (cause.type === 'GONE' || cause.type === 'RELIST') return true;
  return cause.type === 'EVENT' && cause.recreated !== undefined;
}

/** What an operator wants done with a key of its output. The last change of a key in one tick wins. */
export type Change<R> =
  | { readonly type: 'PUT'; readonly key: string; readonly object: R }
  | { readonly type: 'REMOVE'; readonly key: string }
  /** The row cannot be made: it is absent, and `error` is reported on the collection until the key changes again. */
  | { readonly type: 'FAIL'; readonly key: string; readonly error: unknown }
  /**
   * An object of an input is left out of whatever rows it would have had a part in. `key` is the object's own; no row is touched.
   * Reported on the collection until HEAL.
   */
  | { readonly type: 'FAULT'; readonly key: string; readonly error: unknown }
  | { readonly type: 'HEAL'; readonly key: string };

/** The output of an operator for one batch. Made by {@link DeltaBatch.derive} only. */
export class DerivedBatch<R> {
  readonly #changes: Iterable<Change<R>>;
  private constructor(changes: Iterable<Change<R>>) {
    this.#changes = changes;
  }

  /** @internal for {@link DeltaBatch.derive} */
  static of<R>(changes: Iterable<Change<R>>): DerivedBatch<R> {
    return new DerivedBatch(changes);
  }

  get changes(): Iterable<Change<R>> {
    return this.#changes;
  }
}

/** Which batches of a collection a batch stands for. */
export interface BatchSpan {
  readonly first: number;
  readonly last: number;
}

/** A batch of deltas, at most one for each key; what one tick did to one collection. */
export class DeltaBatch<T> {
  readonly changes: readonly Delta<T>[];
  readonly cause: Cause;
  /**
   * The number of this batch among those of its collection, counted up by one; of batches that were merged, the first and the last. A
   * SNAPSHOT has the number of the last batch that it includes.
   */
  readonly span: BatchSpan;

  constructor(changes: readonly Delta<T>[], cause: Cause, span: BatchSpan = { first: 0, last: 0 }) {
    this.changes = changes;
    this.cause = cause;
    this.span = span;
  }

  /**
   * The same batch with other deltas, for what goes back by `fromDeltas`.
   * @example
   * fromDeltas(pods.deltas$.pipe(rx.map((batch) => batch.with(batch.changes.filter(({ key }) => key.startsWith('shop/'))))));
   */
  with<R>(changes: readonly Delta<R>[]): DeltaBatch<R> {
    return new DeltaBatch(changes, this.cause, this.span);
  }

  /**
   * The answer of an operator to this batch. `changes` is read once, after all inputs of the tick have been given to the operator: so a
   * generator sees the state of them all.
   * @example
   * const names = (source$: Observable<DeltaBatch<V1Pod>>) =>
   *   source$.pipe(rx.map((batch) => batch.derive(batch.changes.map((delta) =>
   *     delta.type === 'DELETED' ? { type: 'REMOVE', key: delta.key } : { type: 'PUT', key: delta.key, object: nameOf(delta.object) }))));
   */
  derive<R>(changes: Iterable<Change<R>>): DerivedBatch<R> {
    return DerivedBatch.of(changes);
  }
}
