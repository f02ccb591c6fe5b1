/**
 * Deltas, the batches that operators receive, and the batches that operators emit.
 *
 * A received batch ({@link DeltaBatch}) and an emitted batch ({@link DerivedBatch}) have different types. An emitted batch is made from a
 * received batch only, with `batch.derive`. Therefore an operator of RxJS that was put into `pipe` by mistake, and would lose deltas, does
 * not compile.
 * @module
 */
import { type Cause, mergedCause } from './cause.ts';

export type { Cause } from './cause.ts';

/** A change of one object. `object` is the new content, or the last content of a DELETED object. `old` is the content before. */
export type Delta<T> =
  | { readonly type: 'ADDED'; readonly key: string; readonly object: T }
  | { readonly type: 'MODIFIED'; readonly key: string; readonly object: T; readonly old: T }
  | { readonly type: 'DELETED'; readonly key: string; readonly object: T };

/** Returns whether a batch with this cause must be emitted even if it has no changes. */
export function mustEmit(cause: Cause): boolean {
  if (cause.type === 'GONE' || cause.type === 'RELIST') return true;
  return cause.type !== 'SNAPSHOT' && cause.recreated !== undefined;
}

/** A change that an operator makes to its rows. The last change of a key in a tick wins. */
export type Change<R> =
  /** Adds or replaces a row. `recreated`: its source object is a different one than before (another uid), even if the content is equal. */
  | { readonly type: 'PUT'; readonly key: string; readonly object: R; readonly recreated?: boolean }
  /** Removes the row, or its error. It has no effect if the key has neither. */
  | { readonly type: 'REMOVE'; readonly key: string }
  /** The row cannot be made. It is absent, and `errors` of the collection has the error until the key changes again. */
  | { readonly type: 'FAIL'; readonly key: string; readonly error: unknown }
  /**
   * An input object cannot be used, so it is left out of all rows. `key` is the key of the object; no row changes. `errors` of the
   * collection has the error until HEAL.
   */
  | { readonly type: 'FAULT'; readonly key: string; readonly error: unknown }
  /** Removes the error of an earlier FAULT, because the input object can be used again or was deleted. No row changes. */
  | { readonly type: 'HEAL'; readonly key: string };

/** The output of an operator for one batch. Only {@link DeltaBatch.derive} makes it. */
export class DerivedBatch<R> {
  readonly #changes: Iterable<Change<R>>;
  private constructor(changes: Iterable<Change<R>>) {
    this.#changes = changes;
  }

  /** @internal Used by {@link DeltaBatch.derive}. */
  static of<R>(changes: Iterable<Change<R>>): DerivedBatch<R> {
    return new DerivedBatch(changes);
  }

  get changes(): Iterable<Change<R>> {
    return this.#changes;
  }
}

/** The numbers of the batches that one batch represents: `first` to `last`, inclusive. They are equal unless the batch was merged. */
export interface BatchSpan {
  readonly first: number;
  readonly last: number;
}

/** The changes of one collection in one tick, with at most one delta for each key. */
export class DeltaBatch<T> {
  readonly changes: readonly Delta<T>[];
  readonly cause: Cause;
  /**
   * The number of this batch. The batches of a collection are numbered consecutively. A merged batch has the first and the last number of
   * its batches. A SNAPSHOT has the number of the last batch that it includes.
   */
  readonly span: BatchSpan;

  constructor(changes: readonly Delta<T>[], cause: Cause, span: BatchSpan = { first: 0, last: 0 }) {
    this.changes = changes;
    this.cause = cause;
    this.span = span;
  }

  /**
   * The same batch with other deltas, for an observable that becomes a collection again with `fromDeltas`.
   * @example
   * const shop = fromDeltas(
   *   'shop',
   *   pods.deltas$.pipe(rx.map((batch) => batch.with(batch.changes.filter(({ key }) => key.startsWith('shop/'))))),
   * );
   */
  with<R>(changes: readonly Delta<R>[]): DeltaBatch<R> {
    return new DeltaBatch(changes, this.cause, this.span);
  }

  /**
   * Merges consecutive batches of one collection into one, for an observable that becomes a collection again with `fromDeltas`.
   *
   * The result has the same effect as all batches in order. An object that was added and then deleted is not in the result. A SNAPSHOT
   * replaces the batches before it, and the result is a SNAPSHOT. Otherwise the most serious cause represents all, except that a RELIST
   * cancels a GONE before it. Contents are not compared, so a MODIFIED delta of the result may have equal contents.
   * @throws RangeError if `batches` is empty, or if a batch is missing, repeated or out of order
   * @example
   * const buffered = fromDeltas(
   *   'buffered pods',
   *   pods.deltas$.pipe(
   *     rx.bufferTime(1000),
   *     rx.filter((batches) => batches.length > 0),
   *     rx.map((batches) => DeltaBatch.merge(batches)),
   *   ),
   * );
   */
  static merge<T>(this: void, batches: readonly DeltaBatch<T>[]): DeltaBatch<T> {
    const last = batches.at(-1);
    if (last === undefined) throw new RangeError('DeltaBatch.merge needs at least one batch');
    const from = Math.max(
      0,
      batches.findLastIndex(({ cause }) => cause.type === 'SNAPSHOT'),
    );
    const valid = batches.slice(from);
    const [first = last] = valid;
    if (first === last) return last;
    requireConsecutive(valid);
    const net = new NetChanges<T>();
    for (const { changes } of valid) for (const delta of changes) net.add(delta);
    const causes = valid.map((batch) => batch.cause);
    return new DeltaBatch(net.deltas(), mergedBatchCause(causes, net), {
      first: first.span.first,
      last: last.span.last,
    });
  }

  /**
   * The batch that an operator emits for this one. `changes` is read once, after the operator has received the batches of all its inputs in
   * this tick. So a generator sees the final state of all inputs.
   * @example
   * const phases: DeltaOperator<V1Pod, string> = rx.map((batch) =>
   *   batch.derive(
   *     batch.changes.map(({ type, key, object }) =>
   *       type === 'DELETED'
   *         ? { type: 'REMOVE', key }
   *         : { type: 'PUT', key, object: object.status?.phase ?? 'Unknown' },
   *     ),
   *   ),
   * );
   * const rows = pods.pipe(phases);
   */
  derive<R>(changes: Iterable<Change<R>>): DerivedBatch<R> {
    return DerivedBatch.of(changes);
  }
}

/** Combines the deltas of each key to one delta with the same effect. */
class NetChanges<T> {
  readonly #ends = new Map<string, { readonly first: Delta<T>; readonly last: Delta<T> }>();
  readonly #recreated = new Set<string>();

  add(delta: Delta<T>): void {
    const ends = this.#ends.get(delta.key);
    if (ends?.last.type === 'DELETED' && ends.first.type !== 'ADDED' && delta.type !== 'DELETED') {
      this.#recreated.add(delta.key);
    }
    this.#ends.set(delta.key, { first: ends?.first ?? delta, last: delta });
  }

  has(key: string): boolean {
    return this.#ends.get(key)?.last.type !== 'DELETED';
  }

  /** The keys of objects that were deleted and added again. */
  get recreated(): readonly string[] {
    return Array.from(this.#recreated).filter((key) => this.has(key));
  }

  deltas(): Delta<T>[] {
    return Array.from(this.#ends, ([key, { first, last }]): Delta<T>[] => {
      const { object } = last;
      if (first.type === 'ADDED') return last.type === 'DELETED' ? [] : [{ type: 'ADDED', key, object }];
      if (last.type === 'DELETED') return [last];
      return [{ type: 'MODIFIED', key, object, old: first.type === 'MODIFIED' ? first.old : first.object }];
    }).flat();
  }
}

/** Returns the cause of a merged batch. `causes` are those of its batches, in order. */
function mergedBatchCause(causes: readonly Cause[], net: NetChanges<unknown>): Cause {
  const gone = causes.findLastIndex(({ type }) => type === 'GONE');
  if (gone > causes.findLastIndex(({ type }) => type === 'RELIST')) return { type: 'GONE' };
  if (causes[0]?.type === 'SNAPSHOT') return { type: 'SNAPSHOT' };
  const others = causes.filter(({ type }) => type !== 'GONE');
  const cause = mergedCause(others, (key) => (net.has(key) ? [key] : []), net.recreated);
  if (!('version' in cause)) return cause;
  const version = others
    .map((one) => ('version' in one ? one.version : undefined))
    .findLast((one) => one !== undefined);
  return { ...cause, version };
}

function requireConsecutive([first, ...others]: readonly DeltaBatch<unknown>[]): void {
  let last = first?.span.last ?? 0;
  for (const { span } of others) {
    const problem = sequenceProblem(last, span);
    if (problem !== undefined) throw new RangeError(problem);
    last = span.last;
  }
}

/** Returns why a batch cannot follow the batch with the number `last`; undefined if it can. */
export function sequenceProblem(last: number, { first }: BatchSpan): string | undefined {
  if (first === last + 1) return undefined;
  if (first <= last) return `batch ${first} came after batch ${last}; pass each batch on once, and in order`;
  const missing = first - last === 2 ? `batch ${last + 1} is` : `batches ${last + 1} to ${first - 1} are`;
  return `${missing} missing; an operator such as debounceTime loses deltas; buffer batches and merge them with DeltaBatch.merge`;
}
