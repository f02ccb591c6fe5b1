/**
 * The causes of batches. Several batches can lead to one, whose cause is computed here.
 * @module
 */

/**
 * The reason for a batch.
 * - `SNAPSHOT`: the first batch of a subscription. It has every object, as ADDED.
 * - `EVENT`: one upstream event. `version` is its resource version, if the source has versions.
 * - `RELIST`: the difference between the state at `from` and a new list at `version`. The events between the two are not known.
 * - `GONE`: the source no longer exists (its CustomResourceDefinition was removed). Its objects are DELETED, and the collection is not
 *   synced.
 * - `WRITE`: anything else, such as a timer of an operator or a write to a collection without versions.
 *
 * `recreated` has the keys whose object was replaced by a different object (with another uid) without a DELETED delta in between. If the
 * content of the row is equal, the batch has no delta for such a key.
 */
export type Cause =
  | { readonly type: 'SNAPSHOT' }
  | { readonly type: 'EVENT'; readonly version: string | undefined; readonly recreated?: readonly string[] }
  | {
      readonly type: 'RELIST';
      readonly from: string | undefined;
      readonly version: string | undefined;
      readonly recreated?: readonly string[];
      /** The keys of the objects that are in both states, with different versions. */
      readonly updated?: readonly string[];
      /** Whether upstream was restored from a backup: `version` may be lower than `from`, and belongs to another history. */
      readonly restored?: boolean;
    }
  | { readonly type: 'GONE' }
  | { readonly type: 'WRITE'; readonly recreated?: readonly string[] };

/** If several causes lead to one batch, the cause with the highest weight represents all: it has the most serious effect on watchers. */
const WEIGHT: Readonly<Record<Cause['type'], number>> = { GONE: 4, RELIST: 3, EVENT: 2, SNAPSHOT: 1, WRITE: 0 };

/**
 * Returns the cause of a node's batch from the causes of its inputs in the tick. `recreated` of the result has the keys of the node's own
 * rows.
 * @param rowsOf returns the node's rows that have the identity of the input object with this key
 * @param alsoRecreated the keys of further recreated rows of the node
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
