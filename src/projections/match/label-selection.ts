/**
 * Matches by label selectors, inside a namespace (cluster-scoped objects are in one of their own).
 *
 * A selector is a plain map of labels, as of Services, or a label selector with `matchLabels` and `matchExpressions`; undefined and null
 * select nothing. What `{}` selects must be said where it is not everything: it looks the same in both forms. As a label selector
 * (NetworkPolicies, PodDisruptionBudgets) it selects everything in the namespace, which is what it is taken for. As a plain map it
 * selects nothing; the API server leaves it out of Services, so there it is undefined already.
 * @module
 */
import { pure } from '../../informers/collection/purity.ts';
import { type EmptySelector, requirementsOf, type Selector } from '../../labels/label-selector.ts';
import { atOnce } from '../at-once.ts';
import type { Match } from './match.ts';
import { type Labelled, selectedRelation, selectingRelation } from './selector-relation.ts';

export interface SelectorOptions {
  /** What `{}` selects in the namespace. Default `everything`; say `nothing` for plain maps that may be empty. */
  readonly empty?: EmptySelector | undefined;
}

/**
 * All right objects of the left object's namespace whose labels its selector selects. A selector that the API server would refuse
 * (an unknown operator) is the error of the left object's row.
 * @example
 * services.pipe(
 *   leftJoin(pods, leftSelectsRight((service) => service.spec?.selector), (service, selected) => ({
 *     metadata: identity(service),
 *     pods: selected.length,
 *   })),
 * );
 */
export function leftSelectsRight<T>(
  selectorOf: (left: T) => Selector,
  { empty = 'everything' }: SelectorOptions = {},
): Match<T, Labelled, 'many'> {
  return {
    cardinality: 'many',
    open(operator) {
      const selector = pure(operator, selectorOf);
      return selectingRelation<T>((left) => requirementsOf(atOnce('function of the match', selector(left)), empty));
    },
  };
}

/**
 * The reverse of {@link leftSelectsRight}: all right objects of the left object's namespace whose selectors select its labels. A right object
 * whose selector the API server would refuse is left out, and reported.
 * @example
 * pods.pipe(
 *   leftJoin(services, rightSelectsLeft((service) => service.spec?.selector), (pod, selecting) => ({
 *     metadata: identity(pod),
 *     services: selecting.map((service) => service.metadata?.name),
 *   })),
 * );
 */
export function rightSelectsLeft<S>(
  selectorOf: (right: S) => Selector,
  { empty = 'everything' }: SelectorOptions = {},
): Match<Labelled, S, 'many'> {
  return {
    cardinality: 'many',
    open(operator) {
      const selector = pure(operator, selectorOf);
      return selectedRelation<S>((right) => requirementsOf(atOnce('function of the match', selector(right)), empty));
    },
  };
}
