/**
 * Which selectors select which labelled objects, inside one namespace, in both directions.
 *
 * A selector is filed under one of its `label=value` requirements, the one that fewest others are filed under: so a label that
 * everything has in common (`app.kubernetes.io/managed-by`) does not make every selector a candidate for every object. One without
 * such a requirement is a candidate for all objects. Objects are filed under all of their labels.
 *
 * Nothing is kept of who selects whom: candidates are looked up and verified when they are asked for.
 * State: the requirements of each selector, the labels of each object, and both indices. Cost: the number of candidates.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { LabelPairs } from './label-pairs.ts';
import { type LabelRequirement, type Labels, matchesLabels } from '../../labels/requirements.ts';

interface Filed {
  readonly requirements: readonly LabelRequirement[];
  /** What it is filed under; undefined: nothing. */
  readonly anchor: LabelRequirement | undefined;
}

/** Selectors and labelled objects of one namespace, by keys. */
export class SelectorIndex {
  readonly #selectors = new Map<string, Filed>();
  readonly #anchored = new LabelPairs();
  readonly #unanchored = new Set<string>();
  readonly #labels = new Map<string, Labels>();
  readonly #labelled = new LabelPairs();

  get isEmpty(): boolean {
    return this.#selectors.size === 0 && this.#labels.size === 0;
  }

  /** There is this selector now; undefined: none. Answers whether it differs from the one before. */
  setSelector(key: string, requirements: readonly LabelRequirement[] | undefined): boolean {
    const before = this.#selectors.get(key);
    if (isDeepStrictEqual(before?.requirements, requirements)) return false;
    if (before !== undefined) this.#unfile(key, before);
    if (requirements !== undefined) this.#file(key, requirements);
    return true;
  }

  /** There is an object with these labels now; undefined: none. Answers whether they differ from those before. */
  setLabels(key: string, labels: Labels | undefined): boolean {
    const before = this.#labels.get(key);
    if (labels === undefined) this.#labels.delete(key);
    else this.#labels.set(key, labels);
    if (isDeepStrictEqual(before, labels)) return false;
    for (const [label, value] of Object.entries(before ?? {})) this.#labelled.delete(label, value, key);
    for (const [label, value] of Object.entries(labels ?? {})) this.#labelled.add(label, value, key);
    return true;
  }

  /** The keys of the objects that a selector selects. */
  *selectedBy(selector: string): Generator<string> {
    const requirements = this.#selectors.get(selector)?.requirements;
    if (requirements === undefined) return;
    for (const key of this.#candidates(requirements)) {
      const labels = this.#labels.get(key);
      if (labels !== undefined && matchesLabels(requirements, labels)) yield key;
    }
  }

  /** The keys of the selectors that select an object. */
  *selecting(object: string): Generator<string> {
    const labels = this.#labels.get(object);
    if (labels === undefined) return;
    const isSelecting = (key: string): boolean => matchesLabels(this.#selectors.get(key)?.requirements ?? [], labels);
    for (const [label, value] of Object.entries(labels)) {
      for (const key of this.#anchored.of(label, value)) if (isSelecting(key)) yield key;
    }
    for (const key of this.#unanchored) if (isSelecting(key)) yield key;
  }

  /** All objects that the requirements might select. */
  *#candidates(requirements: readonly LabelRequirement[]): Generator<string> {
    const rarest = least(requirements, ({ key, values }) => this.#labelled.count(key, values));
    if (rarest === undefined) yield* this.#labels.keys();
    // An object has one value of a label: nothing comes twice.
    else for (const value of rarest.values) yield* this.#labelled.of(rarest.key, value);
  }

  #file(key: string, requirements: readonly LabelRequirement[]): void {
    const anchor = least(requirements, (each) => this.#anchored.count(each.key, each.values));
    this.#selectors.set(key, { requirements, anchor });
    if (anchor === undefined) this.#unanchored.add(key);
    for (const value of anchor?.values ?? []) this.#anchored.add(anchor?.key ?? '', value, key);
  }

  #unfile(key: string, { anchor }: Filed): void {
    this.#selectors.delete(key);
    this.#unanchored.delete(key);
    for (const value of anchor?.values ?? []) this.#anchored.delete(anchor?.key ?? '', value, key);
  }
}

/** Of the requirements that ask for certain values of a label, the one that costs least. */
function least(
  requirements: readonly LabelRequirement[],
  cost: (one: LabelRequirement) => number,
): LabelRequirement | undefined {
  let best: LabelRequirement | undefined;
  let bestCost = Infinity;
  for (const requirement of requirements) {
    if (requirement.operator !== 'In') continue;
    const its = cost(requirement);
    if (its < bestCost) [best, bestCost] = [requirement, its];
  }
  return best;
}
