/**
 * The base of operators with state: an rxjs operator over one collection and, if needed, other collections.
 *
 * ```
 *   waiting ──every input has delivered its snapshot──► running
 * ```
 * In one tick, the operator first receives the batch of each input, in any order. Then the framework calls its function {@link RowsChanged}
 * once. So each row is made from a consistent state of all inputs, at most once in a tick. While `waiting`, that function is not called.
 * @module
 */
import { Observable, Subscription } from 'rxjs';
import type { Change, Collection, DeltaBatch, DeltaOperator, Provenance } from '../informers/collection/index.ts';
import { declareProvenance } from '../informers/collection/link.ts';
import { markReads, type StepReads } from '../informers/collection/step-reads.ts';

/** The declarations that a step makes while it is set up. */
export interface StepSetup<T> {
  /** Sets the function that receives the batches of the collection to which the operator is applied. Call it exactly once. */
  readonly main: (take: (batch: DeltaBatch<T>) => void) => void;
  /** Adds another collection, and the function that receives its batches. */
  readonly also: <S>(collection: Collection<S>, take: (batch: DeltaBatch<S>) => void) => void;
  /** Declares the origin of rows, for `explain` and for the uid of rows. */
  readonly provenance: (of: (input: Collection<unknown>) => Provenance) => void;
  /** Adds a function that runs after the last subscriber has unsubscribed. */
  readonly onClose: (close: () => void) => void;
  /** Requests a tick without a change of an input, for example because time has passed. Has no effect while `waiting`. */
  readonly wake: () => void;
}

/**
 * Returns changes with the current state of all rows that may have changed since the last call, each key at most once. The framework always
 * reads the result to its end.
 */
export type RowsChanged<R> = () => Iterable<Change<R>>;

/**
 * Makes an operator with state.
 * @param open called for each subscription; it creates the state and declares the inputs
 * @param name the name in messages and graphs: `leftJoin(nodes)`
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
        // The cast is safe: each input is subscribed to with the function that was declared with it.
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

/** Makes an operator of this package: like {@link incremental}, with the declaration of what it reads. */
export function declaredStep<T, R>(
  name: string,
  reads: StepReads,
  open: (setup: StepSetup<T>) => RowsChanged<R>,
): DeltaOperator<T, R> {
  return markReads(incremental(name, open), reads);
}

/** Returns an iterable that calls the function when it is iterated. */
function lazily<R>(changed: RowsChanged<R>): Iterable<Change<R>> {
  return { [Symbol.iterator]: () => changed()[Symbol.iterator]() };
}

type FaultChange = Extract<Change<never>, { readonly type: 'FAULT' | 'HEAL' }>;

/** The objects of an input that an operator leaves out because a user's function threw for them. State: their keys. */
export class InputFaults {
  readonly #keys = new Set<string>();
  #changes: FaultChange[] = [];

  /** Leaves an object out. */
  add(key: string, error: unknown): void {
    this.#keys.add(key);
    this.#changes.push({ type: 'FAULT', key, error });
  }

  /** Removes the error of an object, because it can be used again or was deleted. Has no effect for other objects. */
  delete(key: string): void {
    if (this.#keys.delete(key)) this.#changes.push({ type: 'HEAL', key });
  }

  /** Returns the changes since the last call, in order. */
  takeChanges(): readonly FaultChange[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }
}
