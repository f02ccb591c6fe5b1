/**
 * What operators with state are made with: an rxjs operator over one collection and, where needed, others.
 *
 * ```
 *   waiting ──every input has handed over its snapshot──► running
 * ```
 * In a tick each input's batch is taken first, in whatever order; then, once, the rows that changed are asked for. So rows are made of
 * inputs that fit together, and each row at most once in a tick. While `waiting` nothing is asked for.
 * @module
 */
import { Observable, Subscription } from 'rxjs';
import type { Change, Collection, DeltaBatch, DeltaOperator, Provenance } from '../informers/collection/index.ts';
import { declareProvenance } from '../informers/collection/link.ts';

/** What a step is given while it is being set up. */
export interface StepSetup<T> {
  /** What to do with the batches of the collection that the operator is applied to. Once, and needed. */
  readonly main: (take: (batch: DeltaBatch<T>) => void) => void;
  /** Another collection, and what to do with its batches. */
  readonly also: <S>(collection: Collection<S>, take: (batch: DeltaBatch<S>) => void) => void;
  /** Says where rows come from: for `explain`, and for the uid of rows. */
  readonly provenance: (of: (input: Collection<unknown>) => Provenance) => void;
  /** Runs when the last subscriber has gone. */
  readonly onClose: (close: () => void) => void;
  /** Asks for a tick without an input: something but an input has changed (the time). Nothing while `waiting`. */
  readonly wake: () => void;
}

/** Answers the rows that may have changed since the last call, as they are now. Read to its end; a key at most once. */
export type RowsChanged<R> = () => Iterable<Change<R>>;

/**
 * An operator with state. `open` is called for every subscription and makes the state anew.
 * @param name for messages and graphs: `leftJoin(nodes)`
 */
export function incremental<T, R>(name: string, open: (setup: StepSetup<T>) => RowsChanged<R>): DeltaOperator<T, R> {
  const operator: DeltaOperator<T, R> = (source$) =>
    new Observable((subscriber) => {
      const subscription = new Subscription();
      const inputs: {
        readonly deltas$: Observable<DeltaBatch<unknown>>;
        readonly take: (batch: DeltaBatch<unknown>) => void;
      }[] = [];
      let waiting = 0;
      let last: DeltaBatch<unknown> | undefined;
      const input = <S>(deltas$: Observable<DeltaBatch<S>>, take: (batch: DeltaBatch<S>) => void): void => {
        // Each input is subscribed to with the function that belongs to it, so what arrives there is what it takes.
        inputs.push({ deltas$, take: take as (batch: DeltaBatch<unknown>) => void });
      };
      const changed = open({
        main: (take) => input(source$, take),
        also: (collection, take) => input(collection.deltas$, take),
        provenance: declareProvenance,
        onClose: (close) => subscription.add(close),
        wake: () => {
          if (waiting === 0 && last !== undefined) subscriber.next(last.derive(lazily(changed)));
        },
      });
      waiting = inputs.length;
      for (const { deltas$, take } of inputs) {
        let primed = false;
        subscription.add(
          deltas$.subscribe({
            next: (batch) => {
              if (!primed) waiting -= 1;
              primed = true;
              last = batch;
              take(batch);
              subscriber.next(batch.derive(waiting === 0 ? lazily(changed) : []));
            },
            error: (error: unknown) => subscriber.error(error),
            complete: () => subscriber.complete(),
          }),
        );
      }
      return subscription;
    });
  Object.defineProperty(operator, 'name', { value: name });
  return operator;
}

/** Asks when it is read, not before. */
function lazily<R>(changed: RowsChanged<R>): Iterable<Change<R>> {
  return { [Symbol.iterator]: () => changed()[Symbol.iterator]() };
}
