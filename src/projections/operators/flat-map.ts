/**
 * `flatMap`: any number of rows from each object, under keys of their own.
 *
 * State: the rows of each object, and for each key the objects that make it. Cost: one call for each changed object, and its rows.
 * @module
 */
import { type Change, type DeltaOperator, type Keyed, keyOf } from '../../informers/collection/index.ts';
import { pure } from '../../informers/collection/purity.ts';
import { checkedRow } from '../checked-row.ts';
import { DuplicateKeyError, NotARowError } from '../errors.ts';
import { needFunction } from '../given.ts';
import { incremental } from '../incremental.ts';
import { LeftOut } from '../left-out.ts';

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
  needFunction('flatMap', project);
  return incremental('flatMap', ({ main, provenance }) => {
    const make = pure('flatMap', (object: T) => rowsIn(project(object)));
    const keysOf = new Map<string, readonly string[]>();
    /** Rows by key, and of each key by the object that makes it. An object that makes several of one key has them all here. */
    const makers = new Map<string, Map<string, R[]>>();
    /** The object whose row is shown under a key. */
    const shown = new Map<string, string>();
    const changed = new Set<string>();
    const leftOut = new LeftOut();

    const forget = (object: string): void => {
      for (const key of keysOf.get(object) ?? []) {
        const rows = makers.get(key);
        rows?.delete(object);
        if (rows?.size === 0) makers.delete(key);
        changed.add(key);
      }
      keysOf.delete(object);
      leftOut.delete(object);
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
          leftOut.add(delta.key, error);
        }
      }
    });
    provenance((input) => ({
      originsOf: (key) => Array.from(makers.get(key)?.keys() ?? [], (object) => ({ collection: input, key: object })),
      primaryOf: (key) => ({ collection: input, key: shown.get(key) ?? key }),
      rowsOf: (object) => keysOf.get(object) ?? [],
    }));
    const changeOf = (key: string): Change<R> => {
      const objects = makers.get(key) ?? new Map<string, R[]>();
      const [made, ...others] = Array.from(objects, ([object, rows]) => rows.map((row) => ({ object, row }))).flat();
      const before = shown.get(key);
      shown.delete(key);
      if (made === undefined) return { type: 'REMOVE', key };
      if (others.length > 0)
        return { type: 'FAIL', key, error: new DuplicateKeyError(key, [...objects.keys()].toSorted()) };
      shown.set(key, made.object);
      return { type: 'PUT', key, object: made.row, recreated: before !== undefined && before !== made.object };
    };
    return function* () {
      yield* leftOut.take();
      for (const key of changed) yield changeOf(key);
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
