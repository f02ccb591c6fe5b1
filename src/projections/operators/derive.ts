/**
 * `derive`: one row from each object and the objects that a function looks up in other collections.
 *
 * State: a reference to each object, the keys that each row read, and the rows that read each key. Cost: one call for each changed object
 * and for each row that read a changed key. A row that listed a collection is recomputed at every change of it.
 * @module
 */
import type { Change, Collection, DeltaOperator, Origin } from '../../informers/collection/index.ts';
import { type DeepReadonly, pure } from '../../informers/collection/purity.ts';
import { requireCollection, requireFunction, requireObject } from '../arguments.ts';
import { declaredStep } from '../incremental.ts';
import { type Lookup, TrackedLookup } from '../lookups.ts';
import { requireRowOf, type Sync } from '../results.ts';

/** The lookups of a function, by the names of the collections. */
export type Lookups<S> = { readonly [Name in keyof S]: Lookup<S[Name]> };

/**
 * Makes a row from each object, with the same key, like `map`, and with lookups in other collections. The lookups are tracked: a row is
 * recomputed when its object changes, and when an object with a key that it looked up is added, changed or deleted. Use it for rows with
 * many parts; for one other collection, `leftJoin` shows the dependency more clearly.
 *
 * The function must depend only on the object and the lookups, and use the lookups only while it runs. If it throws or returns a value
 * that is not a row, the object has no row, and the error is reported under its key. To look up by another value than the key, pass a
 * collection that is indexed by it (`indexBy`).
 * @example
 * const placements = pods.pipe(
 *   derive({ nodes, claims }, (pod, { nodes, claims }) => ({
 *     metadata: identity(pod),
 *     zone: zoneOf(nodes.get(pod.spec?.nodeName)),
 *     bound: claimNamesOf(pod).every((key) => claims.get(key)?.status?.phase === 'Bound'),
 *   })),
 * );
 */
export function derive<T, S extends object, R>(
  collections: { readonly [Name in keyof S]: Collection<S[Name]> },
  make: (object: T, lookups: Lookups<S>) => Sync<R>,
): DeltaOperator<T, DeepReadonly<R>> {
  requireObject('derive', collections, 'collections');
  requireFunction('derive', make, 'make');
  const named = Object.entries<Collection<unknown>>(collections);
  for (const [field, collection] of named) requireCollection('derive', collection, field);
  const name = `derive(${named.map(([, collection]) => collection.name).join(', ')})`;
  const reads = named.map(([, collection]) => ({ collection, range: 'anywhere' as const }));
  return declaredStep(name, { keepsKeys: true, reads }, ({ main, also, provenance }) => {
    const tracked = named.map(([field, collection]) => [field, new TrackedLookup(collection)] as const);
    const all = tracked.map(([, lookup]) => lookup);
    // The cast is safe: each lookup has the name of its collection.
    const lookups = Object.fromEntries<Lookup<unknown>>(tracked) as unknown as Lookups<S>;
    const rowOf = pure('derive', (object: T) => make(object, lookups));
    const objects = new Map<string, T>();
    const changed = new Set<string>();

    main(({ changes }) => {
      for (const { type, key, object } of changes) {
        changed.add(key);
        if (type === 'DELETED') objects.delete(key);
        else objects.set(key, object);
      }
    });
    for (const [index, [, collection]] of named.entries()) {
      also(collection, ({ changes }) => {
        for (const row of all[index]?.affected(changes) ?? []) changed.add(row);
      });
    }
    provenance((input) => ({
      *originsOf(key): Iterable<Origin> {
        if (!objects.has(key)) return;
        yield { collection: input, key };
        for (const lookup of all) yield* lookup.originsOf(key);
      },
      primaryOf: (key) => ({ collection: input, key }),
      rowsOf: (key) => [key],
    }));
    const change = (key: string): Change<DeepReadonly<R>> => {
      const object = objects.get(key);
      if (object === undefined) {
        for (const lookup of all) lookup.forget(key);
        return { type: 'REMOVE', key };
      }
      for (const lookup of all) lookup.begin();
      try {
        return { type: 'PUT', key, object: requireRowOf(key, rowOf(object) as R, 'derive') };
      } catch (error) {
        return { type: 'FAIL', key, error };
      } finally {
        for (const lookup of all) lookup.end(key);
      }
    };
    return function* () {
      for (const key of changed) yield change(key);
      changed.clear();
    };
  });
}
