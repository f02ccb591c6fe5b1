/**
 * `rowWise()`: declares that a user's own operator makes each row from one object, under the key of that object. A view over such operators
 * keeps scheme `upstream`, so its resourceVersions are valid on every replica. The declaration is checked while the operator runs.
 * @module
 */
import { Observable } from 'rxjs';
import {
  type Change,
  type Collection,
  type DeltaBatch,
  type DeltaOperator,
  DerivedBatch,
} from '../informers/collection/index.ts';
import { NotRowWiseError } from '../informers/collection/errors.ts';
import { keyKeeping, markRowWise } from '../informers/collection/lineage.ts';
import { declareProvenance } from '../informers/collection/link.ts';
import { ANY_OBJECTS, markReads } from '../informers/collection/step-reads.ts';
import { requireRowOf } from './results.ts';

/** Names an operator, and identifies its code. */
export interface RowWiseOptions {
  /** The name for messages and graphs: `label`. */
  readonly name: string;
  /**
   * The source text of the functions that make the rows (`project.toString()`), or a version of them. It is part of the resourceVersions of
   * the view: when it changes, resourceVersions that clients hold expire.
   */
  readonly text: string;
}

/**
 * Declares that an operator is row-wise:
 * - each row is made from one object of the input and from nothing else, and has the key of that object;
 * - each batch is turned into one `batch.derive(…)` immediately;
 * - state is kept inside a subscription, because the operator may be subscribed to several times.
 *
 * A change of a row whose object is not in the batch is the error of that row, and so is a row whose metadata has another key. An operator
 * that emits later, emits without a batch, or subscribes to another collection ends its pipeline with a {@link NotRowWiseError}. A function
 * that reads other collections with `get` or `list` is not noticed: its rows would become outdated.
 * @throws TypeError if the operator is not a function, or the name or the text is empty
 * @example
 * const phaseOf = (pod: V1Pod) => ({ metadata: identity(pod), phase: pod.status?.phase });
 * const phases = rowWise<V1Pod, ReturnType<typeof phaseOf>>(
 *   rx.map((batch) =>
 *     batch.derive(
 *       batch.changes.map(({ type, key, object }) =>
 *         type === 'DELETED' ? { type: 'REMOVE', key } : { type: 'PUT', key, object: phaseOf(object) },
 *       ),
 *     ),
 *   ),
 *   { name: 'phases', text: phaseOf.toString() },
 * );
 * const rows = pods.pipe(phases);
 */
export function rowWise<T, R>(operator: DeltaOperator<T, R>, { name, text }: RowWiseOptions): DeltaOperator<T, R> {
  if (typeof operator !== 'function') throw new TypeError('rowWise needs a function as operator');
  if (typeof name !== 'string' || name === '') throw new TypeError('rowWise needs a name that is not empty');
  if (typeof text !== 'string' || text === '') throw new TypeError('rowWise needs a text that is not empty');
  const checked: DeltaOperator<T, R> = (source$) =>
    new Observable((subscriber) => {
      let input: Collection<unknown> | undefined;
      declareProvenance((collection) => {
        input = collection;
        return keyKeeping(collection);
      });
      /** The batch that the operator works on now. */
      let current: DeltaBatch<T> | undefined;
      let isDerived = false;
      const fail = (what: string): void => subscriber.error(new NotRowWiseError(name, what));
      const watched$ = new Observable<DeltaBatch<T>>((inner) =>
        source$.subscribe({
          next: (batch) => {
            current = batch;
            isDerived = false;
            inner.next(batch);
            current = undefined;
            if (!isDerived) fail('it did not emit a batch when it received one');
          },
          error: (error: unknown) => inner.error(error),
          complete: () => inner.complete(),
        }),
      );
      return operator(watched$).subscribe({
        next: (derived) => {
          if (!(derived instanceof DerivedBatch)) return subscriber.next(derived);
          if (current === undefined) return fail('it emitted a batch when it had not received one');
          isDerived = true;
          subscriber.next(current.derive(checkedChanges(name, current, derived, input)));
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
  // The code of the operator is the user's: what its rows contain is not shown.
  return markRowWise(markReads(checked, ANY_OBJECTS), { operator: name, text });
}

/** Returns the changes of an operator. A change that is not allowed becomes the error of its row. */
function* checkedChanges<T, R>(
  operator: string,
  batch: DeltaBatch<T>,
  derived: DerivedBatch<R>,
  input: Collection<unknown> | undefined,
): Iterable<Change<R>> {
  const types = new Map(batch.changes.map(({ key, type }) => [key, type]));
  for (const change of derived.changes) {
    const { key } = change;
    const type = types.get(key);
    if (change.type === 'PUT') {
      const error =
        type === undefined || type === 'DELETED' ? unexpectedRow(operator, key, type) : keyError(operator, change);
      yield error === undefined ? change : { type: 'FAIL', key, error };
    } else if (change.type === 'REMOVE' && type === undefined && input?.get(key) !== undefined) {
      yield {
        type: 'FAIL',
        key,
        error: new NotRowWiseError(operator, `it removed the row of ${key}, which did not change`),
      };
    } else yield change;
  }
}

/** Returns the error of a row whose object did not change, or was deleted. */
function unexpectedRow(operator: string, key: string, type: 'DELETED' | undefined): NotRowWiseError {
  const what = type === undefined ? 'no object of this key changed' : 'the object of this key was deleted';
  return new NotRowWiseError(operator, `it made the row ${key} although ${what}`);
}

/** Returns the error of a row that is not valid or whose metadata has another key; undefined for other rows. */
function keyError(operator: string, { key, object }: { readonly key: string; readonly object: unknown }): unknown {
  try {
    requireRowOf(key, object, operator);
    return undefined;
  } catch (error) {
    return error;
  }
}
