/**
 * Steps of a pipeline that do not answer.
 * @module
 */
import type { Collection } from '../../informers/collection/collection.ts';
import { DerivedCollection } from '../../informers/collection/derived-collection.ts';
import { nodeOf } from '../../informers/collection/collection-node.ts';

const HINT =
  'is its operator one of rxjs, or one that answers later (debounceTime, delay)? An operator answers each batch at once; what answers ' +
  'later cannot be checked';

/** Why rows are not what they could be though all sources are synced and no step has failed; undefined where all is as it should be. */
export function unanswered(rows: Collection<unknown>): string | undefined {
  const seen = new Set<Collection<unknown>>([rows]);
  // Grows while it is read.
  for (const collection of seen) {
    if (collection instanceof DerivedCollection && collection.unanswered) {
      return `${collection.name} has not answered what it was given: ${HINT}`;
    }
    for (const input of nodeOf(collection).inputs) seen.add(input);
  }
  return rows.hasSynced ? undefined : `${rows.name} is not synced although all its sources are: ${HINT}`;
}
