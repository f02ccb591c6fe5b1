/**
 * Causes of batches, and the cause of a batch that combines several.
 * @module
 */

/**
 * The reason for a batch.
 * - `SNAPSHOT`: the first batch of a subscription. It has every object, as ADDED.
 * - `EVENT`: one upstream event. `version` is its resource version, if the versions of the source are numbers.
 * - `RELIST`: the difference between the state at `from` and a new list at `version`. The events between the two are not known.
 * - `GONE`: the source no longer exists (its CustomResourceDefinition was removed). Its objects are DELETED, and the collection is not synced.
 * - `WRITE`: anything else, such as a timer of an operator or a write to a collection without versions.
 *
 * `recreated` has the keys whose object was replaced by another one (with another uid) without a DELETED in between. A step whose rows do not
 * depend on the uid may have no change for such a key.
 */
export type Cause =
  | { readonly type: 'SNAPSHOT' }
  | { readonly type: 'EVENT'; readonly version: number | undefined; readonly recreated?: readonly string[] }
  | {
      readonly type: 'RELIST';
      readonly from: number | undefined;
      readonly version: number | undefined;
      readonly recreated?: readonly string[];
    }
  | { readonly type: 'GONE' }
  | { readonly type: 'WRITE'; readonly recreated?: readonly string[] };

/** Of several causes, the one with the most serious effect on watchers represents all. */
const WEIGHT: Readonly<Record<Cause['type'], number>> = { GONE: 4, RELIST: 3, EVENT: 2, SNAPSHOT: 1, WRITE: 0 };

/**
 * The cause that represents the causes of several inputs in a tick.
 * @param rowsOf the rows of this node that have the identity of an input object: `recreated` of the result has the keys of these rows
 * @param alsoRecreated further rows of this node that were recreated
 */
export function mergedCause(
  causes: readonly Cause[],
  rowsOf: (key: string) => Iterable<string>,
  alsoRecreated: readonly string[] = [],
): Cause {
  let heaviest: Cause = { type: 'WRITE' };
  const recreated = new Set<string>(alsoRecreated);
  for (const cause of causes) {
    if (WEIGHT[cause.type] > WEIGHT[heaviest.type]) heaviest = cause;
    if (!('recreated' in cause)) continue;
    for (const key of cause.recreated ?? []) for (const row of rowsOf(key)) recreated.add(row);
  }
  if (heaviest.type === 'GONE' || heaviest.type === 'SNAPSHOT') return heaviest;
  const { recreated: _keys, ...bare } = heaviest;
  return recreated.size === 0 ? bare : { ...bare, recreated: [...recreated] };
}
