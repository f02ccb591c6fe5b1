/**
 * `indexBy`: the objects that have each value.
 *
 * State: the values of each object, and the objects of each value in a sorted map.
 * Cost per change: for each value of the object O(log n), and the number of objects that have it.
 * @module
 */
import type { DeltaOperator } from '../../informers/collection/index.ts';
import { ANY_OBJECTS } from '../../informers/collection/step-reads.ts';
import { requireFunction } from '../arguments.ts';
import { declaredStep } from '../incremental.ts';
import type { Keys } from '../results.ts';
import { ValueIndex } from '../value-index.ts';

/** The objects that have a value. */
export interface Indexed<T> {
  /** The value, which is the key of the row. */
  readonly key: string;
  /** At least one object, in order of keys. */
  readonly objects: readonly T[];
}

/**
 * Makes one row for each value that `values` returns, with the objects that have it. Use it as the right side of a join, or for lookups.
 * A value is any string except the empty one. A value without objects has no row.
 *
 * An object for which `values` returns undefined is in no row. If `values` throws, the object is in no row, and the error is reported
 * under its key.
 * @example
 * const podsByNode = pods.pipe(indexBy((pod) => pod.spec?.nodeName));
 * podsByNode.get('n1')?.objects.length;
 */
export function indexBy<T>(values: (object: T) => Keys): DeltaOperator<T, Indexed<T>> {
  requireFunction('indexBy', values);
  return declaredStep('indexBy', ANY_OBJECTS, ({ main, provenance }) => {
    const index = new ValueIndex('indexBy', values);
    main(({ changes }) => index.apply(changes));
    provenance((input) => ({
      originsOf: (value) => Array.from(index.get(value)?.keys() ?? [], (key) => ({ collection: input, key })),
      primaryOf: () => undefined,
      rowsOf: () => [],
    }));
    return () => index.rows((key, objects) => ({ key, objects: objects.values() }));
  });
}
