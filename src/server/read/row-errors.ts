/**
 * Rows that could not be made are said in the log: they are absent from every answer, and nothing else would tell.
 * @module
 */
import { InvalidKeyError } from '../../projections/results.ts';
import { DuplicateKeyError, KeyChangedError, NotARowError, RowRefusedError } from '../../projections/errors.ts';
import type { MaterializedView } from '../../projections/materialized-view.ts';
import type { Logger } from '../logger.ts';

/** So many rows of a resource are named; of more it is said that there are more. */
const NAMED = 20;

/** The errors of rows that were made, and are not what rows must be. */
const FOUND_WRONG = [RowRefusedError, NotARowError, KeyChangedError, DuplicateKeyError, InvalidKeyError] as const;

/**
 * Follows the rows of a view that cannot be made, and logs each once. They are looked at when their number changes: a change of another row
 * costs nothing, however many there are.
 * @returns ends it
 */
export function logRowErrors(view: MaterializedView, resource: string, log: Logger): () => void {
  const named = new Set<string>();
  let count = 0;
  const look = (): void => {
    const { errorCount } = view;
    if (errorCount === count) return;
    count = errorCount;
    if (named.size > NAMED) return;
    for (const { key, message, cause } of view.errors.values()) {
      if (named.size > NAMED) return;
      if (named.has(key)) continue;
      named.add(key);
      if (named.size > NAMED) log.warn(`${resource}: more rows cannot be made (${count} now); no more are named`);
      else log.warn(`${resource}: ${message}`, stackOf(cause));
    }
  };
  look();
  return view.onChange(look);
}

/** What was thrown, for its stack. Of what the framework found wrong with a row the message says all: the stack is its own. */
function stackOf(cause: unknown): unknown {
  return FOUND_WRONG.some((each) => cause instanceof each) ? undefined : cause;
}
