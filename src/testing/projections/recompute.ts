/**
 * The oracle of property tests: the rows that a projection has without a history.
 * @module
 */
import type { Collection } from '../../informers/collection/collection.ts';
import type { RowError } from '../../informers/collection/errors.ts';
import type { SourceObject } from '../../informers/collection/source-collection.ts';
import { compareVersions, isComparable } from '../../informers/collection/source-version.ts';
import { FakeInformer } from '../informers/fake-informer.ts';
import { nodeOf } from '../../informers/collection/collection-node.ts';

/** A projection as users write it: a function of collections. */
export type ProjectionOf<S extends readonly SourceObject[], R> = (
  ...sources: { readonly [I in keyof S]: Collection<S[I]> }
) => Collection<R>;

/** The rows and errors of a projection. */
export interface Recomputed<R> {
  readonly rows: ReadonlyMap<string, R>;
  readonly errors: ReadonlyMap<string, RowError>;
}

/**
 * Runs a projection on fake informers with the current objects of the sources, and returns its rows. Each call computes every row again.
 * @example
 * const { rows } = recompute(podPlacements, pods, nodes);
 * expect([...rows.values()]).to.have.deep.members(placements.list());
 */
export function recompute<S extends readonly SourceObject[], R>(
  projection: ProjectionOf<S, R>,
  ...sources: { readonly [I in keyof S]: Collection<S[I]> }
): Recomputed<R> {
  const copies = (sources as readonly Collection<SourceObject>[]).map((source) => {
    const objects = source.list().toSorted((a, b) => compareVersions(versionOf(a), versionOf(b)));
    return new FakeInformer<SourceObject>({ name: source.name, objects });
  });
  // The copies have the number, the types and the order of the sources.
  const rows = projection(...(copies as unknown as { readonly [I in keyof S]: Collection<S[I]> }));
  const subscription = rows.deltas$.subscribe();
  try {
    return { rows: new Map(nodeOf(rows).entries()), errors: new Map(rows.errors) };
  } finally {
    subscription.unsubscribe();
  }
}

/** A fake informer that receives objects in the order of their versions does not change the versions. */
function versionOf({ metadata }: SourceObject): string {
  return isComparable(metadata?.resourceVersion) ? metadata.resourceVersion : '0';
}
