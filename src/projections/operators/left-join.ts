/**
 * `leftJoin`: a row for each object, made of the object and its partners in another collection, if it has any.
 *
 * State and cost: see `joining.ts`.
 * @module
 */
import type { Collection, DeltaOperator } from '../../informers/collection/index.ts';
import type { DeepReadonly } from '../../informers/collection/purity.ts';
import type { Cardinality, KeyFunction, LeftPartners, Match } from '../match/match.ts';
import type { Sync } from '../results.ts';
import { type Combine, joining } from './joining.ts';

/**
 * Makes a row from each object and its partners. The row keeps the object's namespace and name. It is recomputed when the object or one of
 * its partners is added, changed or deleted.
 *
 * `match` says which objects are partners. With a function that returns a key, `byName` or `rightOwnsLeft`, `combine` receives one partner
 * or undefined. With `leftNamesRight`, `rightNamesLeft`, `leftOwnsRight`, `leftSelectsRight`, `rightSelectsLeft` or `byValues` it receives
 * a list in order of keys, which may be empty.
 *
 * If `match` or `combine` throws for an object, the object has no row, and the error is reported under its key. If `match` throws for an
 * object of the other collection, that object is left out, and the error is reported under its own key.
 * @example
 * pods.pipe(leftJoin(nodes, (pod) => pod.spec?.nodeName, (pod, node) => ({ metadata: identity(pod), zone: zoneOf(node) })));
 * @example
 * replicaSets.pipe(leftJoin(pods, leftOwnsRight(), (owner, owned) => ({ metadata: identity(owner), pods: owned.length })));
 */
export function leftJoin<T, S, R, C extends Cardinality = 'one'>(
  collection: Collection<S>,
  match: Match<NoInfer<T>, NoInfer<S>, C> | KeyFunction<T>,
  combine: (left: T, partners: LeftPartners<S>[C]) => Sync<R>,
): DeltaOperator<T, DeepReadonly<R>> {
  // The cast is safe: `joining` passes partners as the cardinality says.
  return joining({ operator: 'leftJoin', minimum: 0, collection, match, combine: combine as Combine<T, S, R> });
}
