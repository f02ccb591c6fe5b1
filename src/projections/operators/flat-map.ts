/**
 * `flatMap`: any number of rows from each object, with their own keys.
 *
 * State: the rows of each object, and the objects that make rows with each key. Cost: one call for each changed object, and its rows.
 * @module
 */
import { type Change, type DeltaOperator, type Keyed, keyOf } from '../../informers/collection/index.ts';
import { type DeepReadonly, pure } from '../../informers/collection/purity.ts';
import { ANY_OBJECTS } from '../../informers/collection/step-reads.ts';
import { requireFunction } from '../arguments.ts';
import { DuplicateKeyError, NotARowError } from '../errors.ts';
import { declaredStep, InputFaults } from '../incremental.ts';
import { requireRow } from '../results.ts';

/**
 * Makes rows from each object. The key of a row comes from its `metadata`; `identity(object, { name })` makes metadata with another name.
 * Keys must be unique over all objects. If several rows have the same key, none of them exists, and an error names the objects that make
 * them, until only one row is left.
 *
 * If `project` throws or returns values that are not rows, the object has no rows, and the error is reported under its key.
 * @example
 * const containers = pods.pipe(
 *   flatMap((pod) => (pod.spec?.containers ?? []).map(({ name, image }) => ({
 *     metadata: identity(pod, { name: `${pod.metadata?.name}-${name}` }),
 *     image,
 *   }))),
 * );
 */
export function flatMap<T, R extends Keyed>(project: (object: T) => Iterable<R>): DeltaOperator<T, DeepReadonly<R>> {
  requireFunction('flatMap', project);
  return declaredStep('flatMap', ANY_OBJECTS, ({ main, provenance }) => {
    const make = pure('flatMap', (object: T) => rowsFrom(project(object)));
    const keysOf = new Map<string, readonly string[]>();
    /** The rows with each key, by the object that makes them. */
    const makers = new Map<string, Map<string, R[]>>();
    /** The object whose row is shown under a key. */
    const shown = new Map<string, string>();
    const changed = new Set<string>();
    const faults = new InputFaults();

    const remove = (object: string): void => {
      for (const key of keysOf.get(object) ?? []) {
        const rows = makers.get(key);
        rows?.delete(object);
        if (rows?.size === 0) makers.delete(key);
        changed.add(key);
      }
      keysOf.delete(object);
      faults.delete(object);
    };
    const add = (object: string, rows: readonly (readonly [string, R])[]): void => {
      for (const [key, row] of rows) {
        const byObject = makers.get(key) ?? new Map<string, R[]>();
        makers.set(key, byObject.set(object, [...(byObject.get(object) ?? []), row]));
        changed.add(key);
      }
      if (rows.length > 0) keysOf.set(object, [...new Set(rows.map(([key]) => key))]);
    };
    main(({ changes }) => {
      for (const delta of changes) {
        remove(delta.key);
        if (delta.type === 'DELETED') continue;
        try {
          add(delta.key, make(delta.object));
        } catch (error) {
          faults.add(delta.key, error);
        }
      }
    });
    provenance((input) => ({
      originsOf: (key) => Array.from(makers.get(key)?.keys() ?? [], (object) => ({ collection: input, key: object })),
      primaryOf: (key) => ({ collection: input, key: shown.get(key) ?? key }),
      rowsOf: (object) => keysOf.get(object) ?? [],
    }));
    const changeOf = (key: string): Change<DeepReadonly<R>> => {
      const objects = makers.get(key) ?? new Map<string, R[]>();
      const [made, ...others] = Array.from(objects, ([object, rows]) => rows.map((row) => ({ object, row }))).flat();
      const before = shown.get(key);
      shown.delete(key);
      if (made === undefined) return { type: 'REMOVE', key };
      if (others.length > 0)
        return { type: 'FAIL', key, error: new DuplicateKeyError(key, [...objects.keys()].toSorted()) };
      shown.set(key, made.object);
      return {
        type: 'PUT',
        key,
        object: made.row as DeepReadonly<R>,
        recreated: before !== undefined && before !== made.object,
      };
    };
    return function* () {
      yield* faults.takeChanges();
      for (const key of changed) yield changeOf(key);
      changed.clear();
    };
  });
}

/** Returns rows with their keys. @throws NotARowError */
function rowsFrom<R extends Keyed>(result: Iterable<R>): (readonly [string, R])[] {
  requireRow(result);
  if (typeof result === 'string' || typeof result[Symbol.iterator] !== 'function') {
    throw new NotARowError(`the projection returned a value of type ${typeof result}; flatMap needs a list of rows`);
  }
  return Array.from(result, (row) => [keyOf(requireRow(row)), row] as const);
}
