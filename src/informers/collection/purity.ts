/**
 * The guard of tests against projection functions that are not pure: that change what they are given, or answer the same question in
 * two ways. Off in production, where it would cost every call twice.
 *
 * While it is on, rows are frozen (an object that is changed throws a TypeError, which becomes the error of that row), and of the calls
 * of each function the first few and then every sixteenth are made twice and compared. At the second call it is an hour later, so that a
 * function that reads the clock is found however fast it is.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { deepFreeze } from './deep-freeze.ts';
import { differingPath, ImpureFunctionError } from './differing-path.ts';
import { anHourLater } from './later-clock.ts';
import { isPromiseLike } from './promise-like.ts';

const FIRST_CALLS = 8;
const EVERY = 16;

let guarding = process.env['KUBEFACET_GUARD'] === '1';

/** Turns the guard on or off for this process, and answers what it was. `checkProjection` of `kubefacet/testing` turns it on. */
export function purityGuard(on: boolean): boolean {
  const before = guarding;
  guarding = on;
  return before;
}

/** The row, frozen while the guard is on. */
export function guardedRow<R>(row: R): R {
  return guarding ? deepFreeze(row) : row;
}

/**
 * A user's function under guard. Promises are not compared: who asked says that they are no answer.
 * @throws ImpureFunctionError from a call whose second answer differs, naming the path at which it does
 */
export function pure<A extends readonly unknown[], R>(operator: string, work: (...given: A) => R): (...given: A) => R {
  let calls = 0;
  return (...given) => {
    if (!guarding) return work(...given);
    calls += 1;
    const answer = work(...given);
    if (calls > FIRST_CALLS && calls % EVERY !== 0) return answer;
    if (isPromiseLike(answer)) return answer;
    const again = anHourLater(() => work(...given));
    if (!isDeepStrictEqual(answer, again)) throw new ImpureFunctionError(operator, differingPath(answer, again));
    return answer;
  };
}
