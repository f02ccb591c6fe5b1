/**
 * Matches by the key of the right object.
 * @module
 */
import { keyOfParts, splitKey } from '../../informers/collection/index.ts';
import { pure } from '../../informers/collection/purity.ts';
import { equalRelation } from './equal-relation.ts';
import type { KeyFunction, Match } from './match.ts';
import { valuesIn } from './values.ts';

const ownKey = (key: string): readonly string[] => [key];

/** The right object whose key a function answers: what a function in place of a match means. */
export function byKey<T>(keyOf: KeyFunction<T>): Match<T, unknown, 'one'> {
  return {
    cardinality: 'one',
    open(operator) {
      const partner = pure(operator, keyOf);
      return equalRelation<T, unknown>((_, left) => valuesIn(partner(left)), ownKey);
    },
  };
}

/**
 * The right object of the same namespace and name; with a function, the one of that name in the left object's namespace. For
 * cluster-scoped left objects: the cluster-scoped right object.
 * @param nameOf undefined, null and the empty string: there is no partner
 * @example
 * pods.pipe(leftJoin(podMetrics, byName(), (pod, metrics) => ({ metadata: identity(pod), usage: metrics?.usage })));
 * pods.pipe(leftJoin(claims, byName((pod) => claimNameOf(pod)), (pod, claim) => ({ metadata: identity(pod), claim: claim?.spec })));
 */
export function byName(): Match<unknown, unknown, 'one'>;
export function byName<T>(nameOf: KeyFunction<T>): Match<T, unknown, 'one'>;
export function byName<T>(nameOf?: KeyFunction<T>): Match<T, unknown, 'one'> {
  return {
    cardinality: 'one',
    open(operator) {
      if (nameOf === undefined) return equalRelation<T, unknown>(ownKey, ownKey);
      const name = pure(operator, nameOf);
      return equalRelation<T, unknown>((key, left) => {
        const { namespace } = splitKey(key);
        return valuesIn(name(left)).map((each) => keyOfParts(namespace, each));
      }, ownKey);
    },
  };
}
