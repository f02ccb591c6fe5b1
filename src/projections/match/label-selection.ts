/**
 * Matches by label selectors, inside a namespace. Cluster-scoped objects are matched with each other.
 *
 * A selector is a plain map of labels, as in a Service, or has `matchLabels` and `matchExpressions`. Undefined and null select nothing.
 * The empty object `{}` is valid in both forms, with different meanings. As a label selector (NetworkPolicies, PodDisruptionBudgets) it
 * selects everything in the namespace; as a plain map it selects nothing. The option `empty` chooses the meaning. The default `everything`
 * is also correct for Services, because the API server removes an empty selector from a Service.
 *
 * State and cost: those of one `SelectorIndex` for each namespace in use.
 * @module
 */
import { splitKey } from '../../informers/collection/index.ts';
import { pure } from '../../informers/collection/purity.ts';
import { type EmptySelector, requirementsOf, type Selector } from '../../labels/label-selector.ts';
import type { LabelRequirement, Labels } from '../../labels/requirements.ts';
import { requireSync } from '../results.ts';
import { markRange, type Match, type Relation } from './match.ts';
import { SelectorIndex } from './selector-index.ts';

/** An object with labels. */
export interface Labelled {
  readonly metadata?: { readonly labels?: Labels | undefined } | undefined;
}

/** Options of matches by label selectors. */
export interface SelectorOptions {
  /** The meaning of `{}`. Default `everything`; use `nothing` for plain maps that may be empty. */
  readonly empty?: EmptySelector | undefined;
}

/**
 * Matches all right objects in the namespace of the left object whose labels its selector selects. If the selector
 * is invalid, the left object has no row, and the error is reported under its key.
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
  const match: Match<T, Labelled, 'many'> = {
    cardinality: 'many',
    open: (operator) => selectorsOnTheLeft(requirementsReader(operator, selectorOf, empty)),
  };
  return markRange(match, 'namespace');
}

/**
 * The reverse of {@link leftSelectsRight}: matches all right objects in the namespace of the left object whose selectors select its
 * labels. A right object with an invalid selector is left out, and the error is reported under its key.
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
  const match: Match<Labelled, S, 'many'> = {
    cardinality: 'many',
    open: (operator) => selectorsOnTheRight(requirementsReader(operator, selectorOf, empty)),
  };
  return markRange(match, 'namespace');
}

/** Returns the requirements of an object's selector; undefined if it selects nothing. */
type RequirementsReader<T> = (object: T) => readonly LabelRequirement[] | undefined;

function requirementsReader<T>(
  operator: string,
  selectorOf: (object: T) => Selector,
  empty: EmptySelector,
): RequirementsReader<T> {
  const selector = pure(operator, selectorOf);
  // Without this check, a promise would pass as an empty selector, which selects everything.
  return (object) => requirementsOf(requireSync('function of the match', selector(object)), empty);
}

function selectorsOnTheLeft<T>(requirements: RequirementsReader<T>): Relation<T, Labelled> {
  const namespaces = new Namespaces();
  return {
    setLeft(key, object) {
      const selector = object === undefined ? undefined : requirements(object);
      namespaces.change(key, (index) => void index.setSelector(key, selector));
    },
    setRight(key, object, affected) {
      namespaces.change(key, (index) => {
        for (const left of index.selectorsOf(key)) affected.add(left);
        if (!index.setLabels(key, labelsOf(object))) return;
        for (const left of index.selectorsOf(key)) affected.add(left);
      });
    },
    partnersOf: (leftKey) => namespaces.of(leftKey)?.objectsOf(leftKey) ?? [],
  };
}

function selectorsOnTheRight<S>(requirements: RequirementsReader<S>): Relation<Labelled, S> {
  const namespaces = new Namespaces();
  return {
    setLeft(key, object) {
      namespaces.change(key, (index) => void index.setLabels(key, labelsOf(object)));
    },
    setRight(key, object, affected) {
      const selector = object === undefined ? undefined : requirements(object);
      namespaces.change(key, (index) => {
        for (const left of index.objectsOf(key)) affected.add(left);
        if (!index.setSelector(key, selector)) return;
        for (const left of index.objectsOf(key)) affected.add(left);
      });
    },
    partnersOf: (leftKey) => namespaces.of(leftKey)?.selectorsOf(leftKey) ?? [],
  };
}

const NO_LABELS: Labels = {};

function labelsOf(object: Labelled | undefined): Labels | undefined {
  return object === undefined ? undefined : (object.metadata?.labels ?? NO_LABELS);
}

/** The indices of all namespaces. An empty index is removed. */
class Namespaces {
  readonly #indices = new Map<string, SelectorIndex>();

  /** Returns the index of the namespace that a key is in. */
  of(key: string): SelectorIndex | undefined {
    return this.#indices.get(splitKey(key).namespace);
  }

  /** Changes the index of the namespace that a key is in. */
  change(key: string, work: (index: SelectorIndex) => void): void {
    const { namespace } = splitKey(key);
    const index = this.#indices.get(namespace) ?? new SelectorIndex();
    work(index);
    if (index.isEmpty) this.#indices.delete(namespace);
    else this.#indices.set(namespace, index);
  }
}
