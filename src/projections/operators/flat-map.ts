/**
 * `flatMap`: any number of rows from each object, under keys of their own.
 *
 * State: the rows of each object, and for each key the objects that make it. Cost: one call for each changed object, and its rows.
 * @module
 */
import {
  type Change,
  type Collection,
  type DeltaOperator,
  type Keyed,
  keyOf,
} from '../../informers/collection/index.ts';
import { pure } from '../../informers/collection/purity.ts';
import { checkedRow } from '../checked-row.ts';
import { DuplicateKeyError, NotARowError } from '../errors.ts';
import { incremental } from '../incremental.ts';

/**
 * Makes rows of each object, as many as `project` answers. A row's key is that of its `metadata`; keys must be unique over all objects:
 * a key that several rows have has none of them, and an error that names who makes them, until one is left.
 *
 * An object for which `project` throws, or answers what are no rows, has none; the error is reported under the object's key.
 * @example
 * const containers = pods.pipe(
 *   flatMap((pod) => (pod.spec?.containers ?? []).map(({ name, image }) => ({
 *     metadata: { namespace: pod.metadata?.namespace, name: `${pod.metadata?.name}-${name}` },
 *     image,
 *   }))),
 * );
 */
export function flatMap<T, R extends Keyed>(project: (object: T) => Iterable<R>): DeltaOperator<T, R> {
  return incremental('flatMap', ({ main, provenance }) => {
    const make = pure('flatMap', (object: T) => rowsIn(project(object)));
    const keysOf = new Map<string, readonly string[]>();
    /** Rows by key, and of each key by the object that makes it. Several rows of one object stand as a list that is no row. */
    const makers = new Map<string, Map<string, R[]>>();
    const changed = new Set<string>();
    const notes: Change<R>[] = [];
    const faulty = new Set<string>();

    const forget = (object: string): void => {
      for (const key of keysOf.get(object) ?? []) {
        const rows = makers.get(key);
        rows?.delete(object);
        if (rows?.size === 0) makers.delete(key);
        changed.add(key);
      }
      keysOf.delete(object);
      if (faulty.delete(object)) notes.push({ type: 'HEAL', key: object });
    };
    const learn = (object: string, rows: readonly (readonly [string, R])[]): void => {
      for (const [key, row] of rows) {
        const byObject = makers.get(key) ?? new Map<string, R[]>();
        makers.set(key, byObject.set(object, [...(byObject.get(object) ?? []), row]));
        changed.add(key);
      }
      if (rows.length > 0) keysOf.set(object, [...new Set(rows.map(([key]) => key))]);
    };
    main(({ changes }) => {
      for (const delta of changes) {
        forget(delta.key);
        if (delta.type === 'DELETED') continue;
        try {
          learn(delta.key, make(delta.object));
        } catch (error) {
          faulty.add(delta.key);
          notes.push({ type: 'FAULT', key: delta.key, error });
        }
      }
    });
    const only = (key: string): string | undefined => {
      const objects = makers.get(key);
      return objects?.size === 1 ? objects.keys().next().value : undefined;
    };
    provenance((input) => ({
      originsOf: (key) => Array.from(makers.get(key)?.keys() ?? [], (object) => ({ collection: input, key: object })),
      primaryOf: (key) => ({ collection: input, key: only(key) ?? key }),
      rowsOf: (object) => keysOf.get(object) ?? [],
    }));
    return function* () {
      yield* notes.splice(0);
      for (const key of changed) {
        const objects = makers.get(key);
        const rows = Array.from(objects?.values() ?? []).flat();
        const [row] = rows;
        if (row === undefined) yield { type: 'REMOVE', key };
        else if (rows.length === 1) yield { type: 'PUT', key, object: row };
        else
          yield { type: 'FAIL', key, error: new DuplicateKeyError(key, Array.from(objects?.keys() ?? []).toSorted()) };
      }
      changed.clear();
    };
  });
}

/** Rows with their keys. */
function rowsIn<R extends Keyed>(answer: Iterable<R>): (readonly [string, R])[] {
  checkedRow(answer);
  if (typeof answer === 'string' || typeof answer[Symbol.iterator] !== 'function') {
    throw new NotARowError(`the projection answered ${typeof answer}; flatMap takes a list of rows`);
  }
  return Array.from(answer, (row) => [keyOf(checkedRow(row)), row] as const);
}
