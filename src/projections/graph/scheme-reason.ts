/**
 * Why a view over a collection has the scheme of positions that it has.
 * @module
 */
import type { Collection } from '../../informers/collection/index.ts';

/** In words: the source that all rows come from, or the step that made rows of their own. */
export function schemeReason(collection: Collection<unknown>): string {
  if (collection.lineage !== undefined) return `each row is made of one object of ${collection.lineage.source.name}`;
  let step = collection;
  for (let input = step.inputs[0]; input !== undefined && input.lineage === undefined; input = step.inputs[0])
    step = input;
  if (step.inputs.length === 0) return `${step.name} has no versions that compare`;
  return `rows of "${step.name}" are not made of one object each`;
}
