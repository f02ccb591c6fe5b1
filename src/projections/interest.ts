/**
 * The interests of watchers, and the index that finds the interests that a row may concern.
 *
 * An interest can have a condition: a property that all its rows have. The index finds interests by the properties of the changed row, so
 * the interests with other conditions add no cost. Cost of a lookup: one map access for the key, one for the namespace, one for each label
 * of the row and one for each field that any watcher selects by. Interests without a condition are always found. Interests in a shard are
 * found by their condition and then by the hash of the row, with 17 more map accesses (`ShardIndex`).
 * @module
 */
import { unreachable } from '../unreachable.ts';
import type { Row } from './row.ts';
import { type ShardField, shardHash } from './shard-hash.ts';
import { type HashRange, ShardIndex } from './shard-index.ts';

/** The rows that a watcher selects. Two interests with the same `id` must select the same rows, because their watchers share the work. */
export interface Interest {
  /** A canonical text of everything that decides which rows are selected. */
  readonly id: string;
  /**
   * A property that every selected row has. Changes of rows without it are never evaluated for this interest, so a more specific
   * condition costs less. If it is undefined, every change is evaluated.
   */
  readonly condition: InterestCondition | undefined;
  /** The shards of the selected rows. Changes in other shards are never evaluated for this interest. @default all shards */
  readonly shard?: ShardCondition | undefined;
  matches(row: Row): boolean;
}

/** A property of rows by which the index finds interests. */
export type InterestCondition =
  | { readonly on: 'key'; readonly value: string }
  | { readonly on: 'namespace'; readonly value: string }
  | { readonly on: 'label'; readonly name: string; readonly value: string }
  | { readonly on: 'field'; readonly name: string; readonly value: string; readonly valueOf: (row: Row) => string };

/** The shards of rows: ranges of the hashes of a field. */
export interface ShardCondition {
  readonly field: ShardField;
  readonly ranges: readonly HashRange[];
}

/** The interest in all rows. */
export const EVERYTHING: Interest = { id: '', condition: undefined, matches: () => true };

/** An item of the index. */
interface Conditional {
  readonly condition: InterestCondition | undefined;
  readonly shard?: ShardCondition | undefined;
}

interface FieldIndex<T extends Conditional> {
  readonly valueOf: (row: Row) => string;
  readonly byValue: Map<string, Bucket<T>>;
}

/** Finds the items whose condition a row meets, and whose shards may contain it. */
export class InterestIndex<T extends Conditional> {
  readonly #unconditional = new Bucket<T>();
  readonly #byKey = new Map<string, Bucket<T>>();
  readonly #byNamespace = new Map<string, Bucket<T>>();
  /** By name, then by value. One joined key would be ambiguous, because both may contain any separator. */
  readonly #byLabel = new Map<string, Map<string, Bucket<T>>>();
  readonly #byField = new Map<string, FieldIndex<T>>();

  add(item: T): void {
    const { condition } = item;
    if (condition === undefined) this.#unconditional.add(item);
    else getOrCreate(this.#tableOf(condition), condition.value, () => new Bucket<T>()).add(item);
  }

  delete(item: T): void {
    const { condition } = item;
    if (condition === undefined) {
      this.#unconditional.delete(item);
      return;
    }
    const table = this.#tableOf(condition);
    const bucket = table.get(condition.value);
    bucket?.delete(item);
    if (bucket?.isEmpty === true) table.delete(condition.value);
    if (table.size > 0) return;
    if (condition.on === 'label') this.#byLabel.delete(condition.name);
    if (condition.on === 'field') this.#byField.delete(condition.name);
  }

  /** Adds the items that a row may concern to `found`. */
  collect(row: Row, found: Set<T>): void {
    this.#unconditional.collect(row, found);
    this.#byKey.get(row.key)?.collect(row, found);
    this.#byNamespace.get(row.namespace)?.collect(row, found);
    if (this.#byLabel.size > 0) {
      for (const [name, value] of Object.entries(row.object.metadata.labels ?? {})) {
        this.#byLabel.get(name)?.get(value)?.collect(row, found);
      }
    }
    for (const { valueOf, byValue } of this.#byField.values()) byValue.get(valueOf(row))?.collect(row, found);
  }

  #tableOf(condition: InterestCondition): Map<string, Bucket<T>> {
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

/** The items with one condition: those of all shards, and those of some, by the field whose hash decides. */
class Bucket<T extends Conditional> {
  readonly #whole = new Set<T>();
  readonly #sharded = new Map<ShardField, ShardIndex<T>>();

  get isEmpty(): boolean {
    return this.#whole.size === 0 && this.#sharded.size === 0;
  }

  add(item: T): void {
    const { shard } = item;
    if (shard === undefined) this.#whole.add(item);
    else getOrCreate(this.#sharded, shard.field, () => new ShardIndex<T>()).add(item, shard.ranges);
  }

  delete(item: T): void {
    const { shard } = item;
    if (shard === undefined) {
      this.#whole.delete(item);
      return;
    }
    const index = this.#sharded.get(shard.field);
    index?.delete(item, shard.ranges);
    if (index?.isEmpty === true) this.#sharded.delete(shard.field);
  }

  collect(row: Row, found: Set<T>): void {
    for (const item of this.#whole) found.add(item);
    for (const [field, index] of this.#sharded) index.collect(shardHash(row, field), found);
  }
}

function getOrCreate<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const value = make();
  map.set(key, value);
  return value;
}
