/**
 * The cause of what a node hands on, made of those of what its inputs handed to it.
 * @module
 */
import type { Cause } from './delta.ts';

/** What counts more is what more is to be feared from: GONE, RELIST, EVENT, and then the rest. */
const WEIGHT: Readonly<Record<Cause['type'], number>> = { GONE: 4, RELIST: 3, EVENT: 2, SNAPSHOT: 1, WRITE: 0 };

/**
 * One cause for several inputs of a tick.
 * @param rowsOf the rows of the node that carry on the identity of an object: re-created objects are named by the node's own keys
 */
export function mergedCause(causes: readonly Cause[], rowsOf: (key: string) => Iterable<string>): Cause {
  let heaviest: Cause = { type: 'WRITE' };
  const recreated = new Set<string>();
  for (const cause of causes) {
    if (WEIGHT[cause.type] > WEIGHT[heaviest.type]) heaviest = cause;
    if (!('recreated' in cause)) continue;
    for (const key of cause.recreated ?? []) for (const row of rowsOf(key)) recreated.add(row);
  }
  if (heaviest.type !== 'EVENT' && heaviest.type !== 'RELIST') return heaviest;
  const { recreated: _keys, ...bare } = heaviest;
  return recreated.size === 0 ? bare : { ...bare, recreated: [...recreated] };
}
