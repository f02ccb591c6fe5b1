/**
 * Why a view over a collection has the scheme of positions that it has.
 * @module
 */
import type { Collection } from '../../informers/collection/index.ts';
import { nodeOf } from '../../informers/collection/collection-node.ts';

/** The reason in words: the only source of the rows, or the step whose rows are made of several objects. */
export function schemeReason(collection: Collection<unknown>): string {
  let step = nodeOf(collection);
  if (step.lineage !== undefined) return `each row is made of one object of ${step.lineage.source.name}`;
  for (let input = step.inputs[0]; input !== undefined && input.lineage === undefined; input = step.inputs[0])
    step = input;
  if (step.inputs.length === 0) return `${step.name} has no versions that compare`;
  return `rows of "${step.name}" are not made of one object each`;
}
