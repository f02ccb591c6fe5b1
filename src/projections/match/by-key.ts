/**
 * Matches by keys and names: one side contains the keys of the other.
 * @module
 */
import { keyOfParts, splitKey } from '../../informers/collection/index.ts';
import { pure } from '../../informers/collection/purity.ts';
import { type Values, valuesFrom } from '../results.ts';
import { equalRelation } from './equal-values.ts';
import { type KeyFunction, markRange, type Match } from './match.ts';

const ownKey = (key: string): readonly string[] => [key];

/** Matches the right object with the key that a function returns. `join` and `leftJoin` use it if `match` is a function. */
export function byKey<T>(keyOf: KeyFunction<T>): Match<T, unknown, 'one'> {
  return {
    cardinality: 'one',
    open(operator) {
      const partner = pure(operator, keyOf);
      return equalRelation<T, unknown>((_, left) => valuesFrom(partner(left)), ownKey);
    },
  };
}

/**
 * Matches the right object with the same namespace and name. With a function, matches the right object with the returned name in the
 * namespace of the left object. For cluster-scoped left objects, it matches cluster-scoped right objects.
 * @param nameOf returns the name; for undefined, null and the empty string, the left object has no partner
 * @example
 * pods.pipe(leftJoin(podMetrics, byName(), (pod, metrics) => ({ metadata: identity(pod), usage: metrics?.usage })));
 * pods.pipe(leftJoin(claims, byName((pod) => claimNameOf(pod)), (pod, claim) => ({ metadata: identity(pod), claim: claim?.spec })));
 */
export function byName(): Match<unknown, unknown, 'one'>;
export function byName<T>(nameOf: KeyFunction<T>): Match<T, unknown, 'one'>;
export function byName<T>(nameOf?: KeyFunction<T>): Match<T, unknown, 'one'> {
  const match: Match<T, unknown, 'one'> = {
    cardinality: 'one',
    open(operator) {
      if (nameOf === undefined) return equalRelation<T, unknown>(ownKey, ownKey);
      const name = pure(operator, nameOf);
      return equalRelation<T, unknown>((key, left) => {
        const { namespace } = splitKey(key);
        return valuesFrom(name(left)).map((each) => keyOfParts(namespace, each));
      }, ownKey);
    },
  };
  return markRange(match, 'namespace');
}

/**
 * Matches all right objects whose keys the left object contains.
 * @param keysOf returns keys: `namespace/name`, or `name` for cluster-scoped objects
 * @example
 * pods.pipe(
 *   leftJoin(configMaps, leftNamesRight((pod) => configMapKeysOf(pod)), (pod, mounted) => ({
 *     metadata: identity(pod),
 *     configMaps: mounted.length,
 *   })),
 * );
 */
export function leftNamesRight<T>(keysOf: (left: T) => Values): Match<T, unknown, 'many'> {
  return {
    cardinality: 'many',
    open(operator) {
      const keys = pure(operator, keysOf);
      return equalRelation<T, unknown>((_, left) => valuesFrom(keys(left)), ownKey);
    },
  };
}

/**
 * The reverse of {@link leftNamesRight}: matches all right objects that contain the key of the left object.
 * @param keysOf returns keys of left objects: `namespace/name`, or `name` for cluster-scoped objects
 * @example
 * configMaps.pipe(
 *   leftJoin(pods, rightNamesLeft((pod) => configMapKeysOf(pod)), (configMap, users) => ({
 *     metadata: identity(configMap),
 *     pods: users.map((pod) => pod.metadata?.name),
 *   })),
 * );
 */
export function rightNamesLeft<S>(keysOf: (right: S) => Values): Match<unknown, S, 'many'> {
  return {
    cardinality: 'many',
    open(operator) {
      const keys = pure(operator, keysOf);
      return equalRelation<unknown, S>(ownKey, (_, right) => valuesFrom(keys(right)));
    },
  };
}
