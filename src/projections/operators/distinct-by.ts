/**
 * `distinctBy`: one object for each value.
 *
 * State: of each object its values; of each value its objects in a sorted map. Cost per change: O(log n) for each value of the object.
 * @module
 */
import type { DeltaOperator } from '../../informers/collection/index.ts';
import type { KeyAnswer } from '../answered-keys.ts';
import { needFunction } from '../given.ts';
import { incremental } from '../incremental.ts';
import { ValueIndex } from '../value-index.ts';

/**
 * One row for each value (or each of the values) that `values` answers, under the value as its key: of the objects that have it, the one
 * whose own key is the least.
 *
 * The row is the object as it is, with metadata of its own; `map` it before it is served. An object for which `values` answers undefined
 * has no part. Nor has one for which it throws; that error is reported under the object's key.
 * @example
 * const nodesInUse = pods.pipe(
 *   distinctBy((pod) => pod.spec?.nodeName),
 *   map((pod) => ({ metadata: { name: pod.spec?.nodeName }, example: pod.metadata?.name })),
 * );
 */
export function distinctBy<T>(values: (object: T) => KeyAnswer): DeltaOperator<T, T> {
  needFunction('distinctBy', values);
  return incremental('distinctBy', ({ main, provenance }) => {
    const index = new ValueIndex('distinctBy', values);
    main(({ changes }) => index.take(changes));
    provenance((input) => ({
      originsOf: (value) => {
        const key = index.get(value)?.firstKey();
        return key === undefined ? [] : [{ collection: input, key }];
      },
      primaryOf: () => undefined,
      rowsOf: () => [],
    }));
    return () => index.rows<T>((_value, objects) => objects.first(1)[0]?.[1]);
  });
}
