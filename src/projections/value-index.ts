/**
 * The objects of an input by the values that a user's function returns for them. `indexBy` and `distinctBy` use it.
 * @module
 */
import type { Change, Delta } from '../informers/collection/index.ts';
import { pure } from '../informers/collection/purity.ts';
import { InputFaults } from './incremental.ts';
import { compareKeys, OrderedMap } from './ordered-map.ts';
import { type Keys, keysFrom } from './results.ts';

/**
 * Objects by value. State: the values of each object, and the objects of each value in a sorted map. Cost per change: O(log n) for each
 * value of the object.
 */
export class ValueIndex<T> {
  readonly #valuesOf: (object: T) => readonly string[];
  readonly #values = new Map<string, readonly string[]>();
  readonly #objects = new Map<string, OrderedMap<string, T>>();
  readonly #changed = new Set<string>();
  readonly #faults = new InputFaults();

  /** @param operator the name of the operator, for messages */
  constructor(operator: string, values: (object: T) => Keys) {
    this.#valuesOf = pure(operator, (object: T) => keysFrom(values(object)));
  }

  /** Returns the objects with a value, by key; undefined if no object has it. Callers must not change the result. */
  get(value: string): OrderedMap<string, T> | undefined {
    return this.#objects.get(value);
  }

  /** Applies the changes of a batch. */
  apply(changes: readonly Delta<T>[]): void {
    for (const delta of changes) {
      this.#remove(delta.key);
      if (delta.type === 'DELETED') continue;
      try {
        this.#add(delta.key, delta.object);
      } catch (error) {
        this.#faults.add(delta.key, error);
      }
    }
  }

  /**
   * Returns changes for the values whose objects changed since the last call, and for the objects that were left out or can be used again.
   * @param row makes the row of a value from its objects (at least one); undefined removes the row
   */
  *rows<R>(
    row: (value: string, objects: OrderedMap<string, T>) => R | undefined,
  ): Generator<Change<R>, void, undefined> {
    yield* this.#faults.takeChanges();
    for (const key of this.#changed) {
      const objects = this.#objects.get(key);
      const object = objects === undefined ? undefined : row(key, objects);
      if (object === undefined) yield { type: 'REMOVE', key };
      else yield { type: 'PUT', key, object };
    }
    this.#changed.clear();
  }

  #remove(key: string): void {
    this.#faults.delete(key);
    for (const value of this.#values.get(key) ?? []) {
      const objects = this.#objects.get(value);
      objects?.delete(key);
      if (objects?.size === 0) this.#objects.delete(value);
      this.#changed.add(value);
    }
    this.#values.delete(key);
  }

  #add(key: string, object: T): void {
    const values = this.#valuesOf(object);
    if (values.length > 0) this.#values.set(key, values);
    for (const value of values) {
      const objects = this.#objects.get(value) ?? new OrderedMap<string, T>(compareKeys);
      objects.set(key, object);
      this.#objects.set(value, objects);
      this.#changed.add(value);
    }
  }
}
