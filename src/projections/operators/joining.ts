/**
 * What `join` and `leftJoin` have in common: a row for each left object, made of it and its partners.
 *
 * State: a reference to each object of both collections, and the relation. Cost of a tick: for each left object that changed, and each
 * that a changed right object is or was a partner of, one lookup of its partners and one call.
 * @module
 */
import type { Change, Collection, DeltaOperator, Origin } from '../../informers/collection/index.ts';
import { pure } from '../../informers/collection/purity.ts';
import { rowUnder } from '../checked-row.ts';
import { incremental } from '../incremental.ts';
import { LeftOut } from '../left-out.ts';
import type { Cardinality, Match } from '../match/match.ts';

/** What one join is. */
export interface Joining<T, S, R> {
  /** `join` or `leftJoin`. */
  readonly operator: string;
  readonly collection: Collection<S>;
  readonly match: Match<T, S, Cardinality>;
  /** The row of an object and its partners, which are in order of their keys; at most one where the cardinality is `one`. */
  readonly combine: (left: T, partners: readonly S[]) => R;
  /** How many partners there must be for a row. */
  readonly atLeast: 0 | 1;
}

/** Rows under the keys of the left objects. */
export function joining<T, S, R>({
  operator,
  collection,
  match,
  combine,
  atLeast,
}: Joining<T, S, R>): DeltaOperator<T, R> {
  return incremental(`${operator}(${collection.name})`, ({ main, also, provenance }) => {
    const make = pure(operator, combine);
    const relation = match.open(operator);
    const lefts = new Map<string, T>();
    const rights = new Map<string, S>();
    /** Why left objects have no place in the relation. */
    const failed = new Map<string, unknown>();
    const leftOut = new LeftOut();
    const changed = new Set<string>();

    main(({ changes }) => {
      for (const delta of changes) {
        const { key } = delta;
        changed.add(key);
        failed.delete(key);
        if (delta.type === 'DELETED') {
          lefts.delete(key);
          relation.setLeft(key, undefined);
          continue;
        }
        lefts.set(key, delta.object);
        try {
          relation.setLeft(key, delta.object);
        } catch (error) {
          relation.setLeft(key, undefined);
          failed.set(key, error);
        }
      }
    });
    also(collection, ({ changes }) => {
      for (const delta of changes) {
        const { key } = delta;
        leftOut.delete(key);
        if (delta.type === 'DELETED') {
          rights.delete(key);
          relation.setRight(key, undefined, changed);
          continue;
        }
        rights.set(key, delta.object);
        try {
          relation.setRight(key, delta.object, changed);
        } catch (error) {
          relation.setRight(key, undefined, changed);
          leftOut.add(key, error);
        }
      }
    });
    /** Keys of the partners that are there, in order. */
    const partnersOf = (key: string): string[] => {
      const partners: string[] = [];
      for (const partner of relation.partnersOf(key)) if (rights.has(partner)) partners.push(partner);
      if (partners.length < 2) return partners;
      const inOrder = partners.toSorted();
      return match.cardinality === 'one' ? inOrder.slice(0, 1) : inOrder;
    };
    const objectsOf = (keys: readonly string[]): S[] => {
      const objects: S[] = [];
      for (const key of keys) {
        const object = rights.get(key);
        if (object !== undefined) objects.push(object);
      }
      return objects;
    };
    provenance((input) => ({
      *originsOf(key): Iterable<Origin> {
        const partners = partnersOf(key);
        if (!lefts.has(key) || failed.has(key) || partners.length < atLeast) return;
        yield { collection: input, key };
        for (const partner of partners) yield { collection, key: partner };
      },
      primaryOf: (key) => ({ collection: input, key }),
      rowsOf: (key) => (lefts.has(key) ? [key] : []),
    }));
    const row = (key: string, left: T): Change<R> => {
      if (failed.has(key)) return { type: 'FAIL', key, error: failed.get(key) };
      const partners = partnersOf(key);
      if (partners.length < atLeast) return { type: 'REMOVE', key };
      try {
        return { type: 'PUT', key, object: rowUnder(key, make(left, objectsOf(partners)), operator) };
      } catch (error) {
        return { type: 'FAIL', key, error };
      }
    };
    return function* () {
      yield* leftOut.take();
      for (const key of changed) {
        const left = lefts.get(key);
        yield left === undefined ? { type: 'REMOVE', key } : row(key, left);
      }
      changed.clear();
    };
  });
}
