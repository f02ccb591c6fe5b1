/**
 * The objects of an input by values that a user's function answers for them: what `indexBy` and `distinctBy` are made of.
 * @module
 */
import type { Change, Delta } from '../informers/collection/index.ts';
import { pure } from '../informers/collection/purity.ts';
import { answeredKeys, type KeyAnswer } from './answered-keys.ts';
import { LeftOut } from './left-out.ts';
import { byKey, OrderedMap } from './ordered-map.ts';

/**
 * Objects by value. State: of each object its values; of each value its objects in a sorted map. Cost per change: O(log n) for each value
 * of the object.
 */
export class ValueIndex<T> {
  readonly #valuesOf: (object: T) => readonly string[];
  readonly #values = new Map<string, readonly string[]>();
  readonly #objects = new Map<string, OrderedMap<string, T>>();
  readonly #changed = new Set<string>();
  readonly #leftOut = new LeftOut();

  /** @param operator for messages */
  constructor(operator: string, values: (object: T) => KeyAnswer) {
    this.#valuesOf = pure(operator, (object: T) => answeredKeys(values(object)));
  }

  /** The objects that have a value, by their keys; undefined when there is none. Not to be changed. */
  get(value: string): OrderedMap<string, T> | undefined {
    return this.#objects.get(value);
  }

  take(changes: readonly Delta<T>[]): void {
    for (const delta of changes) {
      this.#forget(delta.key);
      if (delta.type === 'DELETED') continue;
      try {
        this.#learn(delta.key, delta.object);
      } catch (error) {
        this.#leftOut.add(delta.key, error);
      }
    }
  }

  /**
   * The rows of the values that changed since the last call, and the objects that were left out.
   * @param row the row of a value; its objects are one at least
   */
  *rows<R>(
    row: (value: string, objects: OrderedMap<string, T>) => R | undefined,
  ): Generator<Change<R>, void, undefined> {
    yield* this.#leftOut.take();
    for (const key of this.#changed) {
      const objects = this.#objects.get(key);
      const object = objects === undefined ? undefined : row(key, objects);
      if (object === undefined) yield { type: 'REMOVE', key };
      else yield { type: 'PUT', key, object };
    }
    this.#changed.clear();
  }

  #forget(key: string): void {
    this.#leftOut.delete(key);
    for (const value of this.#values.get(key) ?? []) {
      const objects = this.#objects.get(value);
      objects?.delete(key);
      if (objects?.size === 0) this.#objects.delete(value);
      this.#changed.add(value);
    }
    this.#values.delete(key);
  }

  #learn(key: string, object: T): void {
    const values = this.#valuesOf(object);
    if (values.length > 0) this.#values.set(key, values);
    for (const value of values) {
      const objects = this.#objects.get(value) ?? new OrderedMap<string, T>(byKey);
      objects.set(key, object);
      this.#objects.set(value, objects);
      this.#changed.add(value);
    }
  }
}
