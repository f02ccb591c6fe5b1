/**
 * A collection that is derived from itself would run for ever; it is refused when the last link is made.
 * @module
 */
import type { CollectionNode } from './collection-node.ts';

/** A collection is derived from itself. */
export class CycleError extends Error {
  override readonly name = 'CycleError';
  constructor(collection: string) {
    super(`${collection} is derived from itself`);
  }
}

/** Whether `collection` is `other`, or derived from it by the links there are. */
export function isDerivedFrom(collection: CollectionNode<unknown>, other: CollectionNode<unknown>): boolean {
  const seen = new Set<CollectionNode<unknown>>();
  const visit = (one: CollectionNode<unknown>): boolean => {
    if (one === other) return true;
    if (seen.has(one)) return false;
    seen.add(one);
    return one.inputs.some(visit);
  };
  return visit(collection);
}
