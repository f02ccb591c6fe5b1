/**
 * How many errors there are, without looking at them.
 * @module
 */
import type { Collection } from '../informers/collection/collection.ts';

/** The errors of a collection and of all that it is derived from, each step once. Costs the number of steps, not of errors. */
export function errorCountOf(collection: Collection<unknown>): number {
  const seen = new Set<Collection<unknown>>();
  const count = (one: Collection<unknown>): number => {
    if (seen.has(one)) return 0;
    seen.add(one);
    return one.inputs.reduce((sum, input) => sum + count(input), one.statistics.errors);
  };
  return count(collection);
}
