/**
 * Matches by equal values.
 * @module
 */
import { pure } from '../../informers/collection/purity.ts';
import { equalRelation } from './equal-relation.ts';
import type { Match } from './match.ts';
import { type Values, valuesIn } from './values.ts';

/**
 * All right objects that have a value in common with the left one, whatever their namespaces. Each side has one value, several, or
 * none (undefined, null, no strings, empty strings).
 * @example
 * nodes.pipe(
 *   leftJoin(pods, byValues((node) => node.metadata?.name, (pod) => pod.spec?.nodeName), (node, there) => ({
 *     metadata: identity(node),
 *     pods: there.length,
 *   })),
 * );
 */
export function byValues<T, S>(
  leftValues: (left: T) => Values,
  rightValues: (right: S) => Values,
): Match<T, S, 'many'> {
  return {
    cardinality: 'many',
    open(operator) {
      const left = pure(operator, leftValues);
      const right = pure(operator, rightValues);
      return equalRelation<T, S>(
        (_, object) => valuesIn(left(object)),
        (_, object) => valuesIn(right(object)),
      );
    },
  };
}
