/**
 * The oracle: what a projection makes of objects when it has no history.
 * @module
 */
import type { Collection } from '../../informers/collection/collection.ts';
import type { RowError } from '../../informers/collection/errors.ts';
import { type SourceObject, versionNumber } from '../../informers/collection/source-collection.ts';
import { FakeInformer } from '../informers/fake-informer.ts';
import { nodeOf } from '../../informers/collection/collection-node.ts';

/** A projection, as users write it: a function of collections. */
export type ProjectionOf<S extends readonly SourceObject[], R> = (
  ...sources: { readonly [I in keyof S]: Collection<S[I]> }
) => Collection<R>;

/** What a projection makes of the objects there are. */
export interface Recomputed<R> {
  readonly rows: ReadonlyMap<string, R>;
  readonly errors: ReadonlyMap<string, RowError>;
}

/**
 * Makes a projection anew over fake informers that hold what the given collections hold, and answers its rows. Cost: all of it, each time.
 * @example
 * const { rows } = recompute(podPlacements, pods, nodes);
 * expect([...rows.values()]).to.have.deep.members(placements.list());
 */
export function recompute<S extends readonly SourceObject[], R>(
  projection: ProjectionOf<S, R>,
  ...sources: { readonly [I in keyof S]: Collection<S[I]> }
): Recomputed<R> {
  const copies = (sources as readonly Collection<SourceObject>[]).map((source) => {
    const objects = source.list().toSorted((a, b) => versionOf(a) - versionOf(b));
    return new FakeInformer<SourceObject>({ name: source.name, objects });
  });
  // As many copies as there were sources, of the same types, in the same order.
  const rows = projection(...(copies as unknown as { readonly [I in keyof S]: Collection<S[I]> }));
  const subscription = rows.deltas$.subscribe();
  try {
    return { rows: new Map(nodeOf(rows).entries()), errors: new Map(rows.errors) };
  } finally {
    subscription.unsubscribe();
  }
}

/** In this order a fake informer keeps the versions that the objects have. */
function versionOf({ metadata }: SourceObject): number {
  return versionNumber(metadata?.resourceVersion) ?? 0;
}
