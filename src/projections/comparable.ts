/**
 * Values that can be put in order, and their order.
 * @module
 */
import type { Order } from './ordered-map.ts';

/** What `min`, `max` and `topK` compare. */
export type Comparable = string | number | bigint | Date;

/**
 * Numbers and bigints by their value (an equal number before its bigint), strings by their UTF-16 units, dates by time; and any number
 * before any string before any date, so that there is an order whatever comes.
 */
export const byValue: Order<Comparable> = (a, b) => {
  const kinds = kindOf(a) - kindOf(b);
  if (kinds !== 0) return kinds;
  if (a < b) return -1;
  if (a > b) return 1;
  return typeof a === typeof b ? 0 : typeof a === 'number' ? -1 : 1;
};

/**
 * The answer of a user's function, where it can be put in order. -0 becomes 0.
 * @throws TypeError for NaN, dates that are none, and anything else
 */
export function checkedComparable<X extends Comparable | undefined>(value: X): X {
  const answer: unknown = value;
  if (answer === undefined || typeof answer === 'string' || typeof answer === 'bigint') return value;
  if (typeof answer === 'number') {
    if (Number.isNaN(answer)) throw new TypeError('NaN cannot be compared');
    // A type that allows -0 but not 0 is none that anybody writes.
    return (answer === 0 ? 0 : answer) as X;
  }
  if (!(answer instanceof Date)) {
    throw new TypeError(`${answer === null ? 'null' : `a value of type ${typeof answer}`} cannot be compared`);
  }
  if (Number.isNaN(answer.getTime())) throw new TypeError('an invalid date cannot be compared');
  return value;
}

function kindOf(value: Comparable): number {
  return typeof value === 'string' ? 1 : value instanceof Date ? 2 : 0;
}
