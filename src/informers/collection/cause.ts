/**
 * Why batches come, and the cause of what a node hands on, made of those of what its inputs handed to it.
 * @module
 */

/**
 * Why a batch came.
 * - `SNAPSHOT`: the first batch of a subscription; every object there is, as ADDED.
 * - `EVENT`: one upstream event; `version` is its resource version where the source has versions that are numbers.
 * - `RELIST`: the difference between what was known at `from` and a new list at `version`; what happened between is not known.
 * - `GONE`: the source has ceased to exist (a removed CustomResourceDefinition); its objects are DELETED, the collection is not synced.
 * - `WRITE`: anything else (an operator's own time, a write to a collection without versions).
 *
 * `recreated`: keys that hold another object than before (another uid), though nobody saw the first one go. A step whose row does not
 * depend on the uid says nothing of them in its changes; who cares about the uid finds them here.
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

/** What counts more is what more is to be feared from: GONE, RELIST, EVENT, and then the rest. */
const WEIGHT: Readonly<Record<Cause['type'], number>> = { GONE: 4, RELIST: 3, EVENT: 2, SNAPSHOT: 1, WRITE: 0 };

/**
 * One cause for several inputs of a tick.
 * @param rowsOf the rows of the node that carry on the identity of an object: re-created objects are named by the node's own keys
 * @param alsoRecreated rows of the node that are others than before
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
