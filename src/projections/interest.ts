/**
 * What a watcher wants to hear of, said so that those who do not want to hear of a change are not even asked.
 * @module
 */
import { unreachable } from '../unreachable.ts';
import type { Row } from './row.ts';

/**
 * What a watcher selects. Two interests of the same `id` must select the same rows: their watchers share the work.
 */
export interface Interest {
  /** Canonical text of everything that decides what is selected. */
  readonly id: string;
  /**
   * A property that every selected row has: changes of rows without it never reach this interest. The more particular, the cheaper.
   * Undefined: every change is looked at.
   */
  readonly condition: InterestCondition | undefined;
  matches(row: Row): boolean;
}

/** A property of rows that can be looked up. */
export type InterestCondition =
  | { readonly on: 'key'; readonly value: string }
  | { readonly on: 'namespace'; readonly value: string }
  | { readonly on: 'label'; readonly name: string; readonly value: string }
  | { readonly on: 'field'; readonly name: string; readonly value: string; readonly valueOf: (row: Row) => string };

/** Everything. */
export const EVERYTHING: Interest = { id: '', condition: undefined, matches: () => true };

/** What is found: something with a condition. */
interface Conditional {
  readonly condition: InterestCondition | undefined;
}

interface FieldIndex<T> {
  readonly valueOf: (row: Row) => string;
  readonly byValue: Map<string, Set<T>>;
}

/** See the top of this file. */
export class InterestIndex<T extends Conditional> {
  readonly #unconditional = new Set<T>();
  readonly #byKey = new Map<string, Set<T>>();
  readonly #byNamespace = new Map<string, Set<T>>();
  /** By name, then by value: names and values may hold any character between them. */
  readonly #byLabel = new Map<string, Map<string, Set<T>>>();
  readonly #byField = new Map<string, FieldIndex<T>>();

  add(item: T): void {
    const { condition } = item;
    if (condition === undefined) this.#unconditional.add(item);
    else put(this.#tableOf(condition), condition.value, item);
  }

  delete(item: T): void {
    const { condition } = item;
    if (condition === undefined) {
      this.#unconditional.delete(item);
      return;
    }
    const table = this.#tableOf(condition);
    take(table, condition.value, item);
    if (table.size > 0) return;
    if (condition.on === 'label') this.#byLabel.delete(condition.name);
    if (condition.on === 'field') this.#byField.delete(condition.name);
  }

  /** Adds to `found` whom a row may interest. */
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
        return made(this.#byLabel, condition.name, () => new Map());
      case 'field':
        return made(this.#byField, condition.name, () => ({ valueOf: condition.valueOf, byValue: new Map() })).byValue;
      default:
        return unreachable(condition);
    }
  }
}

function made<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const value = make();
  map.set(key, value);
  return value;
}

function put<T>(table: Map<string, Set<T>>, value: string, item: T): void {
  made(table, value, () => new Set<T>()).add(item);
}

function take<T>(table: Map<string, Set<T>>, value: string, item: T): void {
  const items = table.get(value);
  items?.delete(item);
  if (items?.size === 0) table.delete(value);
}

function addAll<T>(found: Set<T>, items: ReadonlySet<T> | undefined): void {
  if (items !== undefined) for (const item of items) found.add(item);
}
