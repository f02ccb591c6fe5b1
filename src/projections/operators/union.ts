/**
 * `union`: the objects of several collections in one collection.
 *
 * State: a reference to each object, by collection, and the collection that each row comes from. Cost per change: the number of
 * collections.
 * @module
 */
import type { Change, Collection, DeltaBatch, DeltaOperator } from '../../informers/collection/index.ts';
import { requireArray, requireCollection } from '../arguments.ts';
import { DuplicateKeyError } from '../errors.ts';
import { declaredStep } from '../incremental.ts';

/** The type of the objects in a collection. */
export type ObjectOf<C> = C extends Collection<infer T> ? T : never;

/** Options of `union`. */
export interface UnionOptions {
  /**
   * The row of a key that several collections contain. `fail` (default): the key has no row, and an error names the collections. `first`:
   * the row is the object of the first of these collections. The collection that `pipe` is called on comes before `others`.
   */
  readonly onDuplicate?: 'fail' | 'first' | undefined;
}

/**
 * Emits all objects of this collection and the others, with their own keys.
 * @example
 * const workloads = deployments.pipe(union([statefulSets, daemonSets], { onDuplicate: 'first' }));
 */
export function union<T, const C extends readonly Collection<unknown>[]>(
  others: C,
  { onDuplicate = 'fail' }: UnionOptions = {},
): DeltaOperator<T, T | ObjectOf<C[number]>> {
  type Row = T | ObjectOf<C[number]>;
  requireArray('union', others, 'others');
  for (const [index, other] of others.entries()) requireCollection('union', other, `others[${index}]`);
  const name = `union(${others.map((other) => other.name).join(', ')})`;
  const reads = others.map((collection) => ({ collection, range: 'namespace' as const }));
  return declaredStep<T, Row>(name, { keepsKeys: true, reads }, ({ main, also, provenance }) => {
    /** All collections in order. The first is known only inside a pipeline. */
    let collections: readonly (Collection<unknown> | undefined)[] = [undefined, ...others];
    /** The objects of each collection by key, in the order of the collections. */
    const objects: Map<string, Row>[] = [];
    /** The index of the collection that each row comes from. */
    const shown = new Map<string, number>();
    const changed = new Set<string>();
    const taking = <S extends Row>(): ((batch: DeltaBatch<S>) => void) => {
      const own = new Map<string, Row>();
      objects.push(own);
      return ({ changes }) => {
        for (const delta of changes) {
          changed.add(delta.key);
          if (delta.type === 'DELETED') own.delete(delta.key);
          else own.set(delta.key, delta.object);
        }
      };
    };
    const holders = (key: string): number[] => objects.flatMap((own, at) => (own.has(key) ? [at] : []));
    const change = (key: string): Change<Row> => {
      const [first, ...more] = holders(key);
      const before = shown.get(key);
      shown.delete(key);
      if (first === undefined) return { type: 'REMOVE', key };
      if (more.length > 0 && onDuplicate === 'fail') {
        return { type: 'FAIL', key, error: new DuplicateKeyError(key, names([first, ...more])) };
      }
      shown.set(key, first);
      const object = objects[first]?.get(key) as Row;
      return { type: 'PUT', key, object, recreated: before !== undefined && before !== first };
    };
    const names = (at: readonly number[]): string[] =>
      at.map((each) => collections[each]?.name ?? 'the first collection');

    main(taking<T>());
    // The cast is safe: the type of the objects of each collection is part of C.
    for (const other of others) also(other as Collection<ObjectOf<C[number]>>, taking());
    provenance((input) => {
      collections = [input, ...others];
      const origin = (key: string) => {
        const at = shown.get(key);
        const collection = at === undefined ? undefined : collections[at];
        return collection === undefined ? undefined : { collection, key };
      };
      return {
        originsOf: (key) => [origin(key)].filter((one) => one !== undefined),
        primaryOf: origin,
        rowsOf: (key) => (shown.has(key) ? [key] : []),
      };
    });
    return function* () {
      for (const key of changed) yield change(key);
      changed.clear();
    };
  });
}
