/**
 * `sum`: numbers or bigints of the members, added up exactly.
 *
 * State: two bigints. Cost: constant.
 * @module
 */
import { ExactSum } from './exact-sum.ts';
import type { Accumulator, Reducer } from './reducer.ts';

/** What can be added up. */
export type Addend = number | bigint | undefined;

/** The type of a sum: `1 | 2` is `number`, and undefined stays where a member may have no value. */
export type Sum<N extends Addend> = N extends number ? number : N extends bigint ? bigint : undefined;

/** A sum of numbers and bigints, of which there is none. */
export class MixedSumError extends TypeError {
  override readonly name = 'MixedSumError';
  constructor() {
    super('sum was given numbers for some members and bigints for others; they cannot be added');
  }
}

/**
 * The sum of what `addend` answers: a bigint for bigints (`parseQuantity`), a number for numbers. It is exact: order does not matter,
 * and what is taken out leaves no trace; only the result is rounded to a number, correctly. Members for which `addend` answers
 * undefined count for nothing; where that is all members, the sum is undefined (it could not know of which type its zero is; answer 0 or
 * 0n to have one).
 *
 * An object for which it answers NaN or an infinite number is left out of all groups. A group where some members have numbers and
 * others bigints, or whose sum is beyond all numbers, has no row.
 * @example
 * groupBy((pod) => pod.spec?.nodeName, { cpu: sum((pod) => podRequests(pod.spec, 'cpu')) });
 */
export function sum<T, N extends Addend>(addend: (object: T) => N): Reducer<T, Sum<N>> {
  return {
    read: (object) => finite(addend(object)),
    // The sum of bigints is a bigint, and so on: what Sum<N> says, and no narrowing can show.
    open: () => accumulator() as Accumulator<unknown, Sum<N>>,
  };
}

function accumulator(): Accumulator<Addend, Addend> {
  const exact = new ExactSum();
  let numbers = 0;
  let bigints = 0;
  let total = 0n;
  return {
    add: (value) => {
      if (typeof value === 'bigint') {
        bigints += 1;
        total += value;
      } else if (value !== undefined) {
        numbers += 1;
        exact.add(value);
      }
    },
    remove: (value) => {
      if (typeof value === 'bigint') {
        bigints -= 1;
        total -= value;
      } else if (value !== undefined) {
        numbers -= 1;
        exact.subtract(value);
      }
    },
    result: () => {
      if (numbers > 0 && bigints > 0) throw new MixedSumError();
      if (numbers === 0) return bigints === 0 ? undefined : total;
      const rounded = exact.total;
      if (!Number.isFinite(rounded)) throw new RangeError('the sum is beyond what a number can hold; use bigints');
      return rounded;
    },
  };
}

/** The answer, where it can be added. */
function finite(value: unknown): Addend {
  if (value === undefined || typeof value === 'bigint') return value;
  if (typeof value !== 'number') {
    throw new TypeError(`sum adds numbers or bigints, and was given ${value === null ? 'null' : `a ${typeof value}`}`);
  }
  if (!Number.isFinite(value)) throw new TypeError(`${value} is not a finite number`);
  return value;
}
