/**
 * What functions that put objects under keys may answer: one key, several or none.
 * @module
 */
import { atOnce } from './at-once.ts';

/** A key, several, or none (undefined, an empty list). */
export type KeyAnswer = string | readonly string[] | undefined;

/** A function that puts objects under keys answered what cannot be a key. */
export class InvalidKeyError extends TypeError {
  override readonly name = 'InvalidKeyError';
}

/**
 * The keys, each once, in the order answered.
 * @throws InvalidKeyError for what is no string, and for the empty string; PromisedAnswerError
 */
export function answeredKeys(answer: KeyAnswer): readonly string[] {
  if (answer === undefined) return [];
  atOnce('key function', answer);
  const keys: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
  for (const key of keys) {
    if (typeof key !== 'string') {
      throw new InvalidKeyError(
        `a key must be a string, not ${key === null ? 'null' : `a value of type ${typeof key}`}`,
      );
    }
    if (key === '') throw new InvalidKeyError('a key must not be empty; answer undefined for objects that have none');
  }
  // All were just seen to be strings.
  return [...new Set(keys as readonly string[])];
}
