/**
 * An index of the label selectors and the labelled objects of one namespace, in both directions.
 *
 * A selector is stored under one of its requirements `label=value`, its *anchor*: the one with the fewest other selectors. So a label that
 * all objects share (`app.kubernetes.io/managed-by`) does not make every selector a candidate for every object. A selector without such a
 * requirement is a candidate for all objects. Objects are stored under all of their labels.
 *
 * The index does not store which selector selects which object. A query finds candidates and verifies them.
 * State: the requirements of each selector, the labels of each object, and both indices. Cost: the number of candidates.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { type LabelRequirement, type Labels, matchesLabels } from '../../labels/requirements.ts';
import { LabelPairs } from './key-sets.ts';

/** A selector and its place in the index. */
interface StoredSelector {
  readonly requirements: readonly LabelRequirement[];
  /** The requirement that it is stored under; undefined if no requirement lists values. */
  readonly anchor: LabelRequirement | undefined;
}

/** The selectors and labelled objects of one namespace, by key. */
export class SelectorIndex {
  readonly #selectors = new Map<string, StoredSelector>();
  readonly #anchored = new LabelPairs();
  readonly #unanchored = new Set<string>();
  readonly #labels = new Map<string, Labels>();
  readonly #labelled = new LabelPairs();

  get isEmpty(): boolean {
    return this.#selectors.size === 0 && this.#labels.size === 0;
  }

  /** Sets or deletes (undefined) a selector. Returns whether it changed. */
  setSelector(key: string, requirements: readonly LabelRequirement[] | undefined): boolean {
    const before = this.#selectors.get(key);
    if (isDeepStrictEqual(before?.requirements, requirements)) return false;
    if (before !== undefined) this.#remove(key, before);
    if (requirements !== undefined) this.#store(key, requirements);
    return true;
  }

  /** Sets the labels of an object, or deletes it (undefined). Returns whether the labels changed. */
  setLabels(key: string, labels: Labels | undefined): boolean {
    const before = this.#labels.get(key);
    if (labels === undefined) this.#labels.delete(key);
    else this.#labels.set(key, labels);
    if (isDeepStrictEqual(before, labels)) return false;
    for (const [label, value] of Object.entries(before ?? {})) this.#labelled.delete(label, value, key);
    for (const [label, value] of Object.entries(labels ?? {})) this.#labelled.add(label, value, key);
    return true;
  }

  /** Returns the keys of the objects that a selector selects. */
  *objectsOf(selector: string): Generator<string> {
    const requirements = this.#selectors.get(selector)?.requirements;
    if (requirements === undefined) return;
    for (const key of this.#candidates(requirements)) {
      const labels = this.#labels.get(key);
      if (labels !== undefined && matchesLabels(requirements, labels)) yield key;
    }
  }

  /** Returns the keys of the selectors that select an object. */
  *selectorsOf(object: string): Generator<string> {
    const labels = this.#labels.get(object);
    if (labels === undefined) return;
    const isSelecting = (key: string): boolean => matchesLabels(this.#selectors.get(key)?.requirements ?? [], labels);
    for (const [label, value] of Object.entries(labels)) {
      for (const key of this.#anchored.of(label, value)) if (isSelecting(key)) yield key;
    }
    for (const key of this.#unanchored) if (isSelecting(key)) yield key;
  }

  /** Returns all objects that the requirements might select. */
  *#candidates(requirements: readonly LabelRequirement[]): Generator<string> {
    const rarest = cheapest(requirements, ({ key, values }) => this.#labelled.count(key, values));
    if (rarest === undefined) yield* this.#labels.keys();
    // An object has one value for a label, so no key is repeated.
    else for (const value of rarest.values) yield* this.#labelled.of(rarest.key, value);
  }

  #store(key: string, requirements: readonly LabelRequirement[]): void {
    const anchor = cheapest(requirements, (each) => this.#anchored.count(each.key, each.values));
    this.#selectors.set(key, { requirements, anchor });
    if (anchor === undefined) this.#unanchored.add(key);
    for (const value of anchor?.values ?? []) this.#anchored.add(anchor?.key ?? '', value, key);
  }

  #remove(key: string, { anchor }: StoredSelector): void {
    this.#selectors.delete(key);
    this.#unanchored.delete(key);
    for (const value of anchor?.values ?? []) this.#anchored.delete(anchor?.key ?? '', value, key);
  }
}

/** Returns the requirement with the lowest cost, of those that list values of a label. */
function cheapest(
  requirements: readonly LabelRequirement[],
  cost: (one: LabelRequirement) => number,
): LabelRequirement | undefined {
  let best: LabelRequirement | undefined;
  let bestCost = Infinity;
  for (const requirement of requirements) {
    if (requirement.operator !== 'In') continue;
    const ownCost = cost(requirement);
    if (ownCost < bestCost) [best, bestCost] = [requirement, ownCost];
  }
  return best;
}
