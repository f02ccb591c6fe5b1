/**
 * The common part of `join` and `leftJoin`: a row for each left object, made of the object and its partners.
 *
 * State: a reference to each object of both collections, and the relation. Cost of a tick: one lookup of partners and one call for each
 * left object that changed, and for each left object that has or had a changed right object as a partner.
 * @module
 */
import type { Change, Collection, DeltaOperator, Origin } from '../../informers/collection/index.ts';
import { type DeepReadonly, pure } from '../../informers/collection/purity.ts';
import { requireCollection, requireFunction, requireMatch } from '../arguments.ts';
import { declaredStep, InputFaults } from '../incremental.ts';
import { byKey } from '../match/by-key.ts';
import { type Cardinality, type KeyFunction, type Match, rangeOf } from '../match/match.ts';
import { requireRowOf } from '../results.ts';

/** Makes a row. The partners are one object or undefined if the cardinality is `one`, and a list in order of keys if it is `many`. */
export type Combine<T, S, R> = (left: T, partners: S | undefined | readonly S[]) => R;

/** The parts of a join. */
export interface Joining<T, S, R> {
  /** `join` or `leftJoin`. */
  readonly operator: string;
  /** The number of partners that an object must have to get a row. */
  readonly minimum: 0 | 1;
  readonly collection: Collection<S>;
  readonly match: Match<T, S, Cardinality> | KeyFunction<T>;
  readonly combine: Combine<T, S, R>;
}

/** Makes rows with the keys of the left objects. @throws TypeError for a wrong argument */
export function joining<T, S, R>(parts: Joining<T, S, R>): DeltaOperator<T, DeepReadonly<R>> {
  const { operator, minimum, collection, combine } = parts;
  requireCollection(operator, collection);
  requireMatch(operator, parts.match);
  requireFunction(operator, combine, 'combine');
  const match: Match<T, S, Cardinality> = typeof parts.match === 'function' ? byKey(parts.match) : parts.match;
  const reads = [{ collection, range: rangeOf(match) }];
  return declaredStep(`${operator}(${collection.name})`, { keepsKeys: true, reads }, ({ main, also, provenance }) => {
    const make = pure(operator, combine);
    const relation = match.open(operator);
    const lefts = new Map<string, T>();
    const rights = new Map<string, S>();
    /** The errors of left objects that are not in the relation. */
    const failed = new Map<string, unknown>();
    const faults = new InputFaults();
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
        faults.delete(key);
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
          faults.add(key, error);
        }
      }
    });
    /** Returns the keys of the existing partners, in order. */
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
        if (!lefts.has(key) || failed.has(key) || partners.length < minimum) return;
        yield { collection: input, key };
        for (const partner of partners) yield { collection, key: partner };
      },
      primaryOf: (key) => ({ collection: input, key }),
      rowsOf: (key) => (lefts.has(key) ? [key] : []),
    }));
    const change = (key: string, left: T): Change<DeepReadonly<R>> => {
      if (failed.has(key)) return { type: 'FAIL', key, error: failed.get(key) };
      const partners = partnersOf(key);
      if (partners.length < minimum) return { type: 'REMOVE', key };
      try {
        const objects = objectsOf(partners);
        const row = make(left, match.cardinality === 'many' ? objects : objects[0]);
        return { type: 'PUT', key, object: requireRowOf(key, row, operator) };
      } catch (error) {
        return { type: 'FAIL', key, error };
      }
    };
    return function* () {
      yield* faults.takeChanges();
      for (const key of changed) {
        const left = lefts.get(key);
        yield left === undefined ? { type: 'REMOVE', key } : change(key, left);
      }
      changed.clear();
    };
  });
}
