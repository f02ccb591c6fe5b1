/**
 * `join`: a row for each object that has partners in another collection, made of it and them.
 *
 * State and cost: see `joining.ts`.
 * @module
 */
import type { Collection, DeltaOperator } from '../../informers/collection/index.ts';
import { needCollection, needFunction, needMatch } from '../given.ts';
import { byKey } from '../match/by-key.ts';
import type { Cardinality, InnerPartners, KeyFunction, Match } from '../match/match.ts';
import { joining } from './joining.ts';

/**
 * As `leftJoin`, but an object without a partner has no row. So `combine` always has one, or a list that is not empty.
 * @example
 * pods.pipe(join(nodes, (pod) => pod.spec?.nodeName, (pod, node) => ({ metadata: identity(pod), zone: zoneOf(node) })));
 */
export function join<T, S, R, C extends Cardinality = 'one'>(
  collection: Collection<S>,
  match: Match<NoInfer<T>, NoInfer<S>, C> | KeyFunction<T>,
  combine: (left: T, partners: InnerPartners<S>[C]) => R,
): DeltaOperator<T, R> {
  needCollection('join', collection);
  needMatch('join', match);
  needFunction('join', combine, 'combine');
  const given: Match<T, S, Cardinality> = typeof match === 'function' ? byKey(match) : match;
  return joining<T, S, R>({
    operator: 'join',
    collection,
    match: given,
    // What C stands for is known at run time only: the cardinality of the match. There is a first one, see `atLeast`.
    combine: (left, partners) =>
      combine(left, (given.cardinality === 'many' ? partners : partners[0]) as InnerPartners<S>[C]),
    atLeast: 1,
  });
}
