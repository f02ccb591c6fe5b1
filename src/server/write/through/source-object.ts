/**
 * The object of a source that a write of a row changes.
 * @module
 */
import { nodeOf } from '../../../informers/collection/collection-node.ts';
import type { Collection, Origin } from '../../../informers/collection/collection.ts';
import type { SourceStamp } from '../../../informers/collection/lineage.ts';
import { SourceCollection, type SourceObject } from '../../../informers/collection/source-collection.ts';

/** An object of a source, in the state for which a write was prepared. */
export interface SourceTarget {
  readonly source: SourceCollection<SourceObject>;
  readonly key: string;
  readonly object: unknown;
  readonly uid: string | undefined;
  /** The version that the row was made from. The cluster rejects the write if the object is newer. */
  readonly version: string;
  /** Whether the row has the identity of this object: the uid of the row is derived from it. */
  readonly isPrimary: boolean;
}

/** Returns the object of a source whose identity a row has, or undefined if the row has the identity of no object, or of an unknown one. */
export function primaryOrigin(rows: Collection<unknown>, key: string): Origin | undefined {
  const uid = nodeOf(rows).stampOf(key)?.uid;
  if (uid === undefined) return undefined;
  let origin: Origin = { collection: rows, key };
  for (;;) {
    const origins = nodeOf(origin.collection).originsOf(origin.key);
    const [first] = origins ?? [];
    if (first === undefined) break;
    origin = first;
  }
  const { collection } = origin;
  return collection instanceof SourceCollection && collection.stampOf(origin.key)?.uid === uid ? origin : undefined;
}

/**
 * Returns the object that a write of a row changes; undefined if the object no longer exists.
 * @param wanted the object that the definition names, if it names one
 * @throws Error if the rows do not depend on the object: the server could not detect when the rows show the write
 */
export function sourceTarget(
  rows: Collection<unknown>,
  rowKey: string,
  wanted: Origin | undefined,
): SourceTarget | undefined {
  const primary = primaryOrigin(rows, rowKey);
  const origin = wanted ?? primary;
  if (origin === undefined) {
    throw new Error(`${rows.name}: the rows do not have the identity of an object; name the object to write in \`of\``);
  }
  const { collection: source, key } = origin;
  if (!(source instanceof SourceCollection) || !isSourceOf(rows, source)) {
    throw new Error(`${rows.name}: \`of\` must be an object of one of its sources, not of ${source.name}`);
  }
  const isPrimary = primary?.collection === source && primary.key === key;
  const stamp: SourceStamp | undefined = isPrimary ? nodeOf(rows).stampOf(rowKey) : source.stampOf(key);
  if (stamp?.version === undefined) return undefined;
  return { source, key, object: source.get(key), uid: stamp.uid, version: stamp.version, isPrimary };
}

/** Returns the version that the row is made from now; undefined if the object no longer exists. */
export function versionNow(rows: Collection<unknown>, key: string, target: SourceTarget): string | undefined {
  const stamp = target.isPrimary ? nodeOf(rows).stampOf(key) : target.source.stampOf(target.key);
  return stamp?.version;
}

function isSourceOf(rows: Collection<unknown>, source: Collection<unknown>, seen = new Set<unknown>()): boolean {
  if (rows === source) return true;
  if (seen.has(rows)) return false;
  seen.add(rows);
  return nodeOf(rows).inputs.some((input) => isSourceOf(input, source, seen));
}
