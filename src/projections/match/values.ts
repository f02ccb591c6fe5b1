/**
 * The values by which objects are matched.
 * @module
 */
import { atOnce } from '../at-once.ts';

/** One value, several, or none. Empty strings are no values. */
export type Values = string | readonly string[] | null | undefined;

const NONE: readonly string[] = [];

/** Each value once. @throws TypeError for what is no {@link Values}, PromisedAnswerError */
export function valuesIn(answer: Values): readonly string[] {
  if (answer === undefined || answer === null || answer === '') return NONE;
  if (typeof answer === 'string') return [answer];
  atOnce('function of the match', answer);
  if (!Array.isArray(answer)) throw new TypeError(`objects are matched by strings, not by a ${typeof answer}`);
  const values = new Set<string>();
  for (const value of answer as readonly unknown[]) {
    if (value === undefined || value === null || value === '') continue;
    if (typeof value !== 'string') throw new TypeError(`objects are matched by strings, not by a ${typeof value}`);
    values.add(value);
  }
  return values.size === 0 ? NONE : Array.from(values);
}
