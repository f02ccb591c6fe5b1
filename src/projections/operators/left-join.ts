/**
 * `leftJoin`: a row for each object, made of it and its partners in another collection, if any.
 *
 * State and cost: see `joining.ts`.
 * @module
 */
import type { Collection, DeltaOperator } from '../../informers/collection/index.ts';
import { needCollection, needFunction, needMatch } from '../given.ts';
import { byKey } from '../match/by-key.ts';
import type { Cardinality, KeyFunction, LeftPartners, Match } from '../match/match.ts';
import { joining } from './joining.ts';

/**
 * Makes a row from each object and its partners. `match` says which objects of the other collection these are: a function that answers
 * the key of one, or `byName`, `rightOwnsLeft` (one partner or none), `leftOwnsRight`, `leftSelectsRight`, `rightSelectsLeft`, `byValues` (any number, in order
 * of their keys). The row is made anew whenever the object or one of its partners changes, and keeps the object's namespace and name.
 *
 * An object for which `match` or `combine` throws has no row, and the error is reported under its key. An object of the other
 * collection for which `match` throws is nobody's partner, and is reported under its own key.
 * @example
 * pods.pipe(leftJoin(nodes, (pod) => pod.spec?.nodeName, (pod, node) => ({ metadata: identity(pod), zone: zoneOf(node) })));
 * @example
 * replicaSets.pipe(leftJoin(pods, leftOwnsRight(), (replicaSet, owned) => ({ metadata: identity(replicaSet), pods: owned.length })));
 */
export function leftJoin<T, S, R, C extends Cardinality = 'one'>(
  collection: Collection<S>,
  match: Match<NoInfer<T>, NoInfer<S>, C> | KeyFunction<T>,
  combine: (left: T, partners: LeftPartners<S>[C]) => R,
): DeltaOperator<T, R> {
  needCollection('leftJoin', collection);
  needMatch('leftJoin', match);
  needFunction('leftJoin', combine, 'combine');
  const given: Match<T, S, Cardinality> = typeof match === 'function' ? byKey(match) : match;
  return joining<T, S, R>({
    operator: 'leftJoin',
    collection,
    match: given,
    // What C stands for is known at run time only: the cardinality of the match.
    combine: (left, partners) =>
      combine(left, (given.cardinality === 'many' ? partners : partners[0]) as LeftPartners<S>[C]),
    atLeast: 0,
  });
}
