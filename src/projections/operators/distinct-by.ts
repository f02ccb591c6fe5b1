/**
 * `distinctBy`: one object for each value.
 *
 * State: the values of each object, and the objects of each value in a sorted map. Cost per change: O(log n) for each value of the object.
 * @module
 */
import type { DeltaOperator } from '../../informers/collection/index.ts';
import { ANY_OBJECTS } from '../../informers/collection/step-reads.ts';
import { requireFunction } from '../arguments.ts';
import { declaredStep } from '../incremental.ts';
import type { Keys } from '../results.ts';
import { ValueIndex } from '../value-index.ts';

/**
 * Emits one object for each value that `values` returns, with the value as its key. It is the object with the least key of those that have
 * the value.
 *
 * The object still has its own metadata, which does not match the new key. So `map` it to a row before you serve it. An object for which
 * `values` returns undefined is ignored. If `values` throws, the object is ignored, and the error is reported under its key.
 * @example
 * const nodesInUse = pods.pipe(
 *   distinctBy((pod) => pod.spec?.nodeName),
 *   map((pod) => ({ metadata: { name: pod.spec?.nodeName }, example: pod.metadata?.name })),
 * );
 */
export function distinctBy<T>(values: (object: T) => Keys): DeltaOperator<T, T> {
  requireFunction('distinctBy', values);
  return declaredStep('distinctBy', ANY_OBJECTS, ({ main, provenance }) => {
    const index = new ValueIndex('distinctBy', values);
    main(({ changes }) => index.apply(changes));
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
