/**
 * `count`, `countBy` and `countDistinct`: numbers of members and of their values.
 *
 * State: a number, and for `countBy` and `countDistinct` a number for each different value. Cost: constant for each value of the member;
 * the result of `countBy` costs the number of different values.
 * @module
 */
import { requireSync } from '../results.ts';
import type { Accumulator, Reducer } from './reducer.ts';

/** A value that `countDistinct` can count. */
export type Countable = string | number | bigint | boolean;

/**
 * The number of members.
 * @example
 * pods.pipe(groupBy((pod) => pod.spec?.nodeName, { pods: count() }));
 */
export function count(): Reducer<unknown, number> {
  return {
    read: () => undefined,
    open: (): Accumulator<undefined, number> => {
      let members = 0;
      return {
        add: () => {
          members += 1;
        },
        remove: () => {
          members -= 1;
        },
        result: () => members,
      };
    },
  };
}

/**
 * The number of members for each value: `{ Pending: 1, Running: 3 }`. Members without a value (undefined) are not counted. Keys are
 * sorted; JavaScript puts keys that look like whole numbers first.
 *
 * A value that is not a string is an error: the object is left out of all groups.
 * @example
 * pods.pipe(groupBy((pod) => pod.spec?.nodeName, { byPhase: countBy((pod) => pod.status?.phase) }));
 */
export function countBy<T>(value: (object: T) => string | undefined): Reducer<T, Readonly<Record<string, number>>> {
  return {
    read: (object) => {
      const result: unknown = requireSync('function of countBy', value(object));
      if (result !== undefined && typeof result !== 'string') {
        throw new TypeError(`countBy counts strings, not ${nameOfType(result)}`);
      }
      return result;
    },
    open: (): Accumulator<string | undefined, Readonly<Record<string, number>>> => {
      const counts = new Counts<string>();
      return {
        add: (text) => {
          if (text !== undefined) counts.add(text);
        },
        remove: (text) => {
          if (text !== undefined) counts.remove(text);
        },
        // Object.fromEntries also creates a key `__proto__`.
        result: () => Object.fromEntries(counts.entries().toSorted(([a], [b]) => (a < b ? -1 : 1))),
      };
    },
  };
}

/**
 * The number of different values. `value` returns one value, several values, or no value (undefined or an empty array) for each member.
 *
 * A value that is not a string, number, bigint or boolean is an error: the object is left out of all groups.
 * @example
 * pods.pipe(
 *   groupBy((pod) => pod.metadata?.namespace, {
 *     nodes: countDistinct((pod) => pod.spec?.nodeName),
 *     images: countDistinct((pod) => pod.spec?.containers.map(({ image }) => image ?? '')),
 *   }),
 * );
 */
export function countDistinct<T>(
  value: (object: T) => Countable | readonly Countable[] | undefined,
): Reducer<T, number> {
  return {
    read: (object) => {
      const result = requireSync('function of countDistinct', value(object));
      const values: readonly unknown[] = Array.isArray(result) ? result : result === undefined ? [] : [result];
      for (const each of values) {
        if (!['string', 'number', 'bigint', 'boolean'].includes(typeof each)) {
          throw new TypeError(`countDistinct counts strings, numbers, bigints and booleans, not ${nameOfType(each)}`);
        }
      }
      return values;
    },
    open: (): Accumulator<readonly Countable[], number> => {
      const counts = new Counts<Countable>();
      return {
        add: (values) => {
          for (const each of values) counts.add(each);
        },
        remove: (values) => {
          for (const each of values) counts.remove(each);
        },
        result: () => counts.size,
      };
    },
  };
}

/** The number of times that each value was added and not removed. */
class Counts<V> {
  readonly #counts = new Map<V, number>();

  /** The number of different values. */
  get size(): number {
    return this.#counts.size;
  }

  add(value: V): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  remove(value: V): void {
    const count = (this.#counts.get(value) ?? 0) - 1;
    if (count > 0) this.#counts.set(value, count);
    else this.#counts.delete(value);
  }

  entries(): (readonly [V, number])[] {
    return Array.from(this.#counts);
  }
}

function nameOfType(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
