/**
 * The tree of the objects that a row is made of, down to those of the sources. `explain()` prints it, and the server sends it.
 * @module
 */
import { nodeOf } from '../../informers/collection/collection-node.ts';
import type { Collection } from '../../informers/collection/index.ts';
import { MaterializedView } from '../materialized-view.ts';

/** An object, and the objects that it is made of. */
export interface ExplainedObject {
  readonly collection: Collection<unknown>;
  readonly key: string;
  /** Whether the collection holds the object now. */
  readonly present: boolean;
  /** The error of an absent object, if its projection failed. */
  readonly error: string | undefined;
  /** Whether the collection is a source. */
  readonly isSource: boolean;
  /** The resource version and uid of an object of a source. */
  readonly resourceVersion: string | undefined;
  readonly uid: string | undefined;
  /** The objects that it is made of, the primary one first. Undefined if the step does not declare them. */
  readonly origins: readonly ExplainedObject[] | undefined;
  /** The number of origins that are not in {@link origins}, because a maximum is reached. */
  readonly more: number;
}

/** The maximum number of origins of one object, because groups may have thousands of members. */
const MAX_ORIGINS = 100;

/**
 * Returns the tree of a row.
 * @param maxEnds the maximum number of objects without origins, so that the tree is bounded
 * @throws NotConnectedError if the collection does not run
 */
export function explainedObject(
  target: Collection<unknown> | MaterializedView,
  key: string,
  maxEnds: number,
): ExplainedObject {
  const budget = { ends: maxEnds };
  if (!(target instanceof MaterializedView)) return explained(target, key, budget);
  const row = explained(target.collection, key, budget);
  const error = target.errors.get(key);
  // The collection has the row, and the view has refused it: for an invalid label, for example.
  const isRefused = error !== undefined && error !== target.collection.errors.get(key);
  return isRefused ? { ...row, present: false, error: error.message } : row;
}

function explained(collection: Collection<unknown>, key: string, budget: { ends: number }): ExplainedObject {
  const present = collection.get(key) !== undefined;
  const node = nodeOf(collection);
  const isSource = node.inputs.length === 0;
  const stamp = isSource ? node.stampOf(key) : undefined;
  const all = node.originsOf(key);
  if (all === undefined || all.length === 0) budget.ends -= 1;
  const origins: ExplainedObject[] = [];
  for (const origin of all ?? []) {
    if (origins.length === MAX_ORIGINS || budget.ends <= 0) break;
    origins.push(explained(origin.collection, origin.key, budget));
  }
  return {
    collection,
    key,
    present,
    error: present ? undefined : collection.errors.get(key)?.message,
    isSource,
    resourceVersion: stamp?.version?.toString(),
    uid: stamp?.uid,
    origins: all === undefined ? undefined : origins,
    more: (all?.length ?? 0) - origins.length,
  };
}
