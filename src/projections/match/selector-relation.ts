/**
 * Partners are objects with labels and the selectors that select them, inside a namespace.
 *
 * State and cost: see `selector-index.ts`, one for each namespace in use.
 * @module
 */
import { splitKey } from '../../informers/collection/index.ts';
import type { LabelRequirement, Labels } from '../../labels/requirements.ts';
import type { Relation } from './match.ts';
import { SelectorIndex } from './selector-index.ts';

/** What may be selected. */
export interface Labelled {
  readonly metadata?: { readonly labels?: Labels | undefined } | undefined;
}

/** What an object's selector asks for; undefined: it selects nothing. */
export type RequirementsOf<T> = (object: T) => readonly LabelRequirement[] | undefined;

const NO_LABELS: Labels = {};
const labelsOf = (object: Labelled | undefined): Labels | undefined =>
  object === undefined ? undefined : (object.metadata?.labels ?? NO_LABELS);

/** The indices of all namespaces; one that holds nothing any more is dropped. */
class Namespaces {
  readonly #indices = new Map<string, SelectorIndex>();

  of(key: string): SelectorIndex | undefined {
    return this.#indices.get(splitKey(key).namespace);
  }

  change(key: string, work: (index: SelectorIndex) => void): void {
    const { namespace } = splitKey(key);
    const index = this.#indices.get(namespace) ?? new SelectorIndex();
    work(index);
    if (index.isEmpty) this.#indices.delete(namespace);
    else this.#indices.set(namespace, index);
  }
}

/** Left objects have selectors, right ones labels. */
export function selectingRelation<T>(requirementsOf: RequirementsOf<T>): Relation<T, Labelled> {
  const namespaces = new Namespaces();
  return {
    setLeft(key, object) {
      const requirements = object === undefined ? undefined : requirementsOf(object);
      namespaces.change(key, (index) => void index.setSelector(key, requirements));
    },
    setRight(key, object, affected) {
      namespaces.change(key, (index) => {
        for (const left of index.selecting(key)) affected.add(left);
        if (!index.setLabels(key, labelsOf(object))) return;
        for (const left of index.selecting(key)) affected.add(left);
      });
    },
    partnersOf: (leftKey) => namespaces.of(leftKey)?.selectedBy(leftKey) ?? [],
  };
}

/** Left objects have labels, right ones selectors. */
export function selectedRelation<S>(requirementsOf: RequirementsOf<S>): Relation<Labelled, S> {
  const namespaces = new Namespaces();
  return {
    setLeft(key, object) {
      namespaces.change(key, (index) => void index.setLabels(key, labelsOf(object)));
    },
    setRight(key, object, affected) {
      const requirements = object === undefined ? undefined : requirementsOf(object);
      namespaces.change(key, (index) => {
        for (const left of index.selectedBy(key)) affected.add(left);
        if (!index.setSelector(key, requirements)) return;
        for (const left of index.selectedBy(key)) affected.add(left);
      });
    },
    partnersOf: (leftKey) => namespaces.of(leftKey)?.selecting(leftKey) ?? [],
  };
}
