/**
 * `derive`: one row from each object and whatever it looks up elsewhere.
 *
 * State: a reference to each object, and for each row the keys it looked up, and back. Cost: a call for each changed object, and for each
 * row that looked up a key that changed; a row that listed a collection is made anew with every change of it.
 * @module
 */
import type { Change, Collection, DeltaOperator, Origin } from '../../informers/collection/index.ts';
import { pure } from '../../informers/collection/purity.ts';
import { rowUnder } from '../checked-row.ts';
import { needCollection, needFunction, needRecord } from '../given.ts';
import { incremental } from '../incremental.ts';
import { type Lookup, TrackedLookup } from '../lookups.ts';

/** Collections by the names under which a function looks things up. */
export type Lookups<S> = { readonly [Name in keyof S]: Lookup<S[Name]> };

/**
 * Makes a row from each object, under the same key as `map` does, with the help of other collections. What the function looks up is
 * remembered: a row is made anew when its object changes, and when there is something else under a key that it looked up, also one under
 * which there was nothing. For the rare row of many parts; `leftJoin` says more plainly what depends on what.
 *
 * The function must read nothing but the object and the lookups, and use the lookups only while it runs. An object for which it throws,
 * or answers what is no row, has none; the error is reported under its key. To look up by something else than the key, give a collection
 * that has it for a key.
 * @example
 * const placements = pods.pipe(
 *   derive({ nodes, claims }, (pod, { nodes, claims }) => ({
 *     metadata: identity(pod),
 *     zone: zoneOf(nodes.get(pod.spec?.nodeName)),
 *     bound: claimsOf(pod).every((key) => claims.get(key)?.status?.phase === 'Bound'),
 *   })),
 * );
 */
export function derive<T, S extends object, R>(
  collections: { readonly [Name in keyof S]: Collection<S[Name]> },
  make: (object: T, lookups: Lookups<S>) => R,
): DeltaOperator<T, R> {
  needRecord('derive', collections, 'collections');
  needFunction('derive', make, 'make');
  const named = Object.entries<Collection<unknown>>(collections);
  for (const [field, collection] of named) needCollection('derive', collection, field);
  const name = `derive(${named.map(([, collection]) => collection.name).join(', ')})`;
  return incremental(name, ({ main, also, provenance }) => {
    const tracked = named.map(([field, collection]) => [field, new TrackedLookup(collection)] as const);
    const all = tracked.map(([, lookup]) => lookup);
    // Each lookup stands under the name of the collection that it was made of.
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
    const change = (key: string): Change<R> => {
      const object = objects.get(key);
      if (object === undefined) {
        for (const lookup of all) lookup.forget(key);
        return { type: 'REMOVE', key };
      }
      for (const lookup of all) lookup.begin();
      try {
        return { type: 'PUT', key, object: rowUnder(key, rowOf(object), 'derive') };
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
