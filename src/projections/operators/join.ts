/**
 * `join`: a row for each object that has partners in another collection, made of the object and its partners.
 *
 * State and cost: see `joining.ts`.
 * @module
 */
import type { Collection, DeltaOperator } from '../../informers/collection/index.ts';
import type { DeepReadonly } from '../../informers/collection/purity.ts';
import type { Cardinality, InnerPartners, KeyFunction, Match } from '../match/match.ts';
import type { Sync } from '../results.ts';
import { type Combine, joining } from './joining.ts';

/**
 * Like `leftJoin`, but an object without partners has no row. So `combine` always receives one partner, or a list that is not empty.
 * @example
 * pods.pipe(join(nodes, (pod) => pod.spec?.nodeName, (pod, node) => ({ metadata: identity(pod), zone: zoneOf(node) })));
 */
export function join<T, S, R, C extends Cardinality = 'one'>(
  collection: Collection<S>,
  match: Match<NoInfer<T>, NoInfer<S>, C> | KeyFunction<T>,
  combine: (left: T, partners: InnerPartners<S>[C]) => Sync<R>,
): DeltaOperator<T, DeepReadonly<R>> {
  // The cast is safe: `joining` passes partners as the cardinality says, and at least one of them.
  return joining({ operator: 'join', minimum: 1, collection, match, combine: combine as Combine<T, S, R> });
}
