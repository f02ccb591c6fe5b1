/**
 * Promises where an answer was expected.
 * @module
 */

/** Whether a user's function answered a promise, or what can be awaited like one. */
export function isPromiseLike(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
