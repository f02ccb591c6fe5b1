/**
 * `indexBy`: for each value the objects that have it.
 *
 * State: of each object its values; of each value its objects in a sorted map.
 * Cost per change: for each value of the object O(log n), and the number of objects that have it.
 * @module
 */
import type { DeltaOperator } from '../../informers/collection/index.ts';
import type { KeyAnswer } from '../answered-keys.ts';
import { needFunction } from '../given.ts';
import { incremental } from '../incremental.ts';
import { ValueIndex } from '../value-index.ts';

/** The objects that have a value. */
export interface Indexed<T> {
  /** The value, which is the key of the row. */
  readonly key: string;
  /** In order of their keys; never empty. */
  readonly objects: readonly T[];
}

/**
 * A row for each value (or each of the values) that `values` answers, with the objects that have it: the right side of a join, or
 * something to look up in. The row of a value is there while an object has it. Values may be any strings but the empty one.
 *
 * An object for which `values` answers undefined is in no row. Nor is one for which it throws; that error is reported under the object's
 * key.
 * @example
 * const podsByNode = pods.pipe(indexBy((pod) => pod.spec?.nodeName));
 * podsByNode.get('n1')?.objects.length;
 */
export function indexBy<T>(values: (object: T) => KeyAnswer): DeltaOperator<T, Indexed<T>> {
  needFunction('indexBy', values);
  return incremental('indexBy', ({ main, provenance }) => {
    const index = new ValueIndex('indexBy', values);
    main(({ changes }) => index.take(changes));
    provenance((input) => ({
      originsOf: (value) => Array.from(index.get(value)?.keys() ?? [], (key) => ({ collection: input, key })),
      primaryOf: () => undefined,
      rowsOf: () => [],
    }));
    return () => index.rows((key, objects) => ({ key, objects: objects.values() }));
  });
}
