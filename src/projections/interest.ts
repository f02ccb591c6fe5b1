/**
 * The interests of watchers, and the index that finds the interests that a row may concern.
 *
 * An interest can have a condition: a property that all its rows have. The index finds interests by the properties of the changed row, so
 * the interests with other conditions add no cost. Cost of a lookup: one map access for the key, one for the namespace, one for each label
 * of the row and one for each field that any watcher selects by. Interests without a condition are always found.
 * @module
 */
import { unreachable } from '../unreachable.ts';
import type { Row } from './row.ts';

/** The rows that a watcher selects. Two interests with the same `id` must select the same rows, because their watchers share the work. */
export interface Interest {
  /** A canonical text of everything that decides which rows are selected. */
  readonly id: string;
  /**
   * A property that every selected row has. Changes of rows without it are never evaluated for this interest, so a more specific
   * condition costs less. If it is undefined, every change is evaluated.
   */
  readonly condition: InterestCondition | undefined;
  matches(row: Row): boolean;
}

/** A property of rows by which the index finds interests. */
export type InterestCondition =
  | { readonly on: 'key'; readonly value: string }
  | { readonly on: 'namespace'; readonly value: string }
  | { readonly on: 'label'; readonly name: string; readonly value: string }
  | { readonly on: 'field'; readonly name: string; readonly value: string; readonly valueOf: (row: Row) => string };

/** The interest in all rows. */
export const EVERYTHING: Interest = { id: '', condition: undefined, matches: () => true };

/** An item of the index. */
interface Conditional {
  readonly condition: InterestCondition | undefined;
}

interface FieldIndex<T> {
  readonly valueOf: (row: Row) => string;
  readonly byValue: Map<string, Set<T>>;
}

/** Finds the items whose condition a row meets. */
export class InterestIndex<T extends Conditional> {
  readonly #unconditional = new Set<T>();
  readonly #byKey = new Map<string, Set<T>>();
  readonly #byNamespace = new Map<string, Set<T>>();
  /** By name, then by value. One joined key would be ambiguous, because both may contain any separator. */
  readonly #byLabel = new Map<string, Map<string, Set<T>>>();
  readonly #byField = new Map<string, FieldIndex<T>>();

  add(item: T): void {
    const { condition } = item;
    if (condition === undefined) this.#unconditional.add(item);
    else addTo(this.#tableOf(condition), condition.value, item);
  }

  delete(item: T): void {
    const { condition } = item;
    if (condition === undefined) {
      this.#unconditional.delete(item);
      return;
    }
    const table = this.#tableOf(condition);
    removeFrom(table, condition.value, item);
    if (table.size > 0) return;
    if (condition.on === 'label') this.#byLabel.delete(condition.name);
    if (condition.on === 'field') this.#byField.delete(condition.name);
  }

  /** Adds the items that a row may concern to `found`. */
  collect(row: Row, found: Set<T>): void {
    addAll(found, this.#unconditional);
    addAll(found, this.#byKey.get(row.key));
    addAll(found, this.#byNamespace.get(row.namespace));
    if (this.#byLabel.size > 0) {
      for (const [name, value] of Object.entries(row.object.metadata.labels ?? {})) {
        addAll(found, this.#byLabel.get(name)?.get(value));
      }
    }
    for (const { valueOf, byValue } of this.#byField.values()) addAll(found, byValue.get(valueOf(row)));
  }

  #tableOf(condition: InterestCondition): Map<string, Set<T>> {
    switch (condition.on) {
      case 'key':
        return this.#byKey;
      case 'namespace':
        return this.#byNamespace;
      case 'label':
        return getOrCreate(this.#byLabel, condition.name, () => new Map());
      case 'field':
        return getOrCreate(this.#byField, condition.name, () => ({ valueOf: condition.valueOf, byValue: new Map() }))
          .byValue;
      default:
        return unreachable(condition);
    }
  }
}

function getOrCreate<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const value = make();
  map.set(key, value);
  return value;
}

function addTo<T>(table: Map<string, Set<T>>, value: string, item: T): void {
  getOrCreate(table, value, () => new Set<T>()).add(item);
}

function removeFrom<T>(table: Map<string, Set<T>>, value: string, item: T): void {
  const items = table.get(value);
  items?.delete(item);
  if (items?.size === 0) table.delete(value);
}

function addAll<T>(found: Set<T>, items: ReadonlySet<T> | undefined): void {
  if (items !== undefined) for (const item of items) found.add(item);
}
