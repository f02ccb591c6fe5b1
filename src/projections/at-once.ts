/**
 * Answers that are there when they are asked for.
 * @module
 */
import { isPromiseLike } from '../informers/collection/purity.ts';
import { PromisedAnswerError } from './errors.ts';

/**
 * The answer of a user's function. A promise would be an object like any other: true as a predicate, a group of its own as a key.
 * @param asked what the function is, for the message: `predicate`
 * @throws PromisedAnswerError for a promise
 */
export function atOnce<A>(asked: string, answer: A): A {
  if (isPromiseLike(answer)) throw new PromisedAnswerError(asked);
  return answer;
}
