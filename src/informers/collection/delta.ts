/**
 * What changed: deltas, the batches they travel in, and the batches an operator answers with.
 *
 * The batch an operator receives ({@link DeltaBatch}) and the one it must return ({@link DerivedBatch}) are different types,
 * and only the received one makes the other (`batch.derive`). So an rxjs operator put into `pipe` by mistake, which would
 * silently lose deltas, does not type-check.
 * @module
 */
import { type Cause, mergedCause } from './cause.ts';

export type { Cause } from './cause.ts';

/** One object changed. `object` is the content now, or for DELETED the last content; `old` what it replaced. */
export type Delta<T> =
  | { readonly type: 'ADDED'; readonly key: string; readonly object: T }
  | { readonly type: 'MODIFIED'; readonly key: string; readonly object: T; readonly old: T }
  | { readonly type: 'DELETED'; readonly key: string; readonly object: T };

/** Whether a batch of this cause is news even when no row has changed. */
export function isNewsByItself(cause: Cause): boolean {
  if (cause.type === 'GONE' || cause.type === 'RELIST') return true;
  return cause.type !== 'SNAPSHOT' && cause.recreated !== undefined;
}

/** What an operator wants done with a key of its output. The last change of a key in one tick wins. */
export type Change<R> =
  /** `recreated`: it is another row than the one before, however alike: it carries on the identity of another object. */
  | { readonly type: 'PUT'; readonly key: string; readonly object: R; readonly recreated?: boolean }
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
   * Several batches of one collection as one, for what goes back by `fromDeltas`: of each key what it was before the first and is after
   * the last; who came and went is not told. A SNAPSHOT makes all before it void, and the whole a SNAPSHOT. Of the causes that counts which
   * is most to be feared; GONE, however, only while no RELIST has followed. Contents are not compared.
   * @throws RangeError when there are none, or when one is missing, comes twice, or is out of order
   * @example
   * fromDeltas('busy pods', pods.deltas$.pipe(
   *   rx.bufferTime(1000),
   *   rx.filter((batches) => batches.length > 0),
   *   rx.map(DeltaBatch.merge),
   * ));
   */
  static merge<T>(this: void, batches: readonly DeltaBatch<T>[]): DeltaBatch<T> {
    const last = batches.at(-1);
    if (last === undefined) throw new RangeError('there are no batches to merge');
    const from = Math.max(
      0,
      batches.findLastIndex(({ cause }) => cause.type === 'SNAPSHOT'),
    );
    const valid = batches.slice(from);
    const [first = last] = valid;
    if (first === last) return last;
    requireConsecutive(valid);
    const net = new NetChanges<T>();
    for (const { changes } of valid) for (const delta of changes) net.take(delta);
    const causes = valid.map((batch) => batch.cause);
    return new DeltaBatch(net.deltas(), causeOfAll(causes, net), { first: first.span.first, last: last.span.last });
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

/** What several deltas of a key come to. */
class NetChanges<T> {
  readonly #ends = new Map<string, { readonly first: Delta<T>; readonly last: Delta<T> }>();
  readonly #recreated = new Set<string>();

  take(delta: Delta<T>): void {
    const ends = this.#ends.get(delta.key);
    if (ends?.last.type === 'DELETED' && ends.first.type !== 'ADDED' && delta.type !== 'DELETED') {
      this.#recreated.add(delta.key);
    }
    this.#ends.set(delta.key, { first: ends?.first ?? delta, last: delta });
  }

  has(key: string): boolean {
    return this.#ends.get(key)?.last.type !== 'DELETED';
  }

  /** Keys of objects that went and came again. */
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

/** The cause of several batches, in order. */
function causeOfAll(causes: readonly Cause[], net: NetChanges<unknown>): Cause {
  const gone = causes.findLastIndex(({ type }) => type === 'GONE');
  if (gone > causes.findLastIndex(({ type }) => type === 'RELIST')) return { type: 'GONE' };
  if (causes[0]?.type === 'SNAPSHOT') return { type: 'SNAPSHOT' };
  const ofThem = causes.filter(({ type }) => type !== 'GONE');
  const cause = mergedCause(ofThem, (key) => (net.has(key) ? [key] : []), net.recreated);
  if (!('version' in cause)) return cause;
  const version = ofThem
    .map((one) => ('version' in one ? one.version : undefined))
    .findLast((one) => one !== undefined);
  return { ...cause, version };
}

function requireConsecutive([first, ...others]: readonly DeltaBatch<unknown>[]): void {
  let last = first?.span.last ?? 0;
  for (const { span } of others) {
    const fault = sequenceFault(last, span);
    if (fault !== undefined) throw new RangeError(fault);
    last = span.last;
  }
}

/** What is wrong with a batch that comes after the one numbered `last`; undefined: nothing. */
export function sequenceFault(last: number, { first }: BatchSpan): string | undefined {
  if (first === last + 1) return undefined;
  if (first <= last)
    return `batch ${first} came after batch ${last}; batches must be passed on once each, and in order`;
  const missing = first - last === 2 ? `batch ${last + 1} is` : `batches ${last + 1} to ${first - 1} are`;
  return `${missing} missing; an operator such as debounceTime loses deltas; buffer and merge them with DeltaBatch.merge`;
}
