/**
 * `sum`: the exact sum of numbers or bigints of the members.
 *
 * State: two bigints. Cost: constant.
 * @module
 */
import { ExactSum } from './exact-sum.ts';
import { requireSync } from '../results.ts';
import type { Accumulator, Reducer } from './reducer.ts';

/** A value that can be added. Undefined is ignored. */
export type Addend = number | bigint | undefined;

/** The type of a sum: `number` for `1 | 2`. It contains undefined if a member may have no value. */
export type Sum<N extends Addend> = N extends number ? number : N extends bigint ? bigint : undefined;

/** The members of a group have numbers and bigints, which cannot be added. */
export class MixedSumError extends TypeError {
  override readonly name = 'MixedSumError';
  constructor() {
    super('some members have numbers and others have bigints; use one type for all members');
  }
}

/**
 * The sum of the values that `addend` returns: a bigint for bigints (`parseQuantity`), a number for numbers. It is exact: the order of
 * members does not matter, and a member that leaves the group leaves no rounding error. Only the result is rounded to a number. Members
 * without a value (undefined) are ignored. If no member has a value, the sum is undefined; return 0 or 0n to get a zero.
 *
 * NaN and infinite numbers are errors: the object is left out of all groups. A group that has numbers and bigints, or whose sum is too
 * large for a number, has no row.
 * @example
 * pods.pipe(groupBy((pod) => pod.spec?.nodeName, { cpu: sum((pod) => podRequests(pod.spec, 'cpu')) }));
 */
export function sum<T, N extends Addend>(addend: (object: T) => N): Reducer<T, Sum<N>> {
  return {
    read: (object) => requireAddend(requireSync('function of sum', addend(object))),
    // The cast is safe: the sum of bigints is a bigint, and the sum of numbers is a number.
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
      if (!Number.isFinite(rounded)) throw new RangeError('the sum is too large for a number; use bigints');
      return rounded;
    },
  };
}

/** Returns a value that can be added. @throws TypeError */
function requireAddend(value: unknown): Addend {
  if (value === undefined || typeof value === 'bigint') return value;
  if (typeof value !== 'number') {
    throw new TypeError(`sum adds numbers or bigints, not ${value === null ? 'null' : `a ${typeof value}`}`);
  }
  if (!Number.isFinite(value)) throw new TypeError(`${value} is not a finite number`);
  return value;
}
