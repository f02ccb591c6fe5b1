/**
 * `union`: the objects of several collections in one.
 *
 * State: a reference to each object, by collection; of each row the collection that it is from. Cost per change: the number of
 * collections.
 * @module
 */
import type { Change, Collection, DeltaBatch, DeltaOperator } from '../../informers/collection/index.ts';
import { DuplicateKeyError } from '../errors.ts';
import { needCollection, needList } from '../given.ts';
import { incremental } from '../incremental.ts';

/** What a collection holds. */
export type ObjectOf<C> = C extends Collection<infer T> ? T : never;

export interface UnionOptions {
  /**
   * What becomes of a key that several collections have. `fail`, the default: there is no row, and an error that names the collections,
   * until one is left. `first`: the object of the first of them in order; the collection that `pipe` is called on comes before all.
   */
  readonly onDuplicate?: 'fail' | 'first' | undefined;
}

/**
 * All objects of this and other collections, each under its own key.
 * @example
 * const workloads = deployments.pipe(union([statefulSets, daemonSets], { onDuplicate: 'first' }));
 */
export function union<T, const C extends readonly Collection<unknown>[]>(
  others: C,
  { onDuplicate = 'fail' }: UnionOptions = {},
): DeltaOperator<T, T | ObjectOf<C[number]>> {
  type Row = T | ObjectOf<C[number]>;
  needList('union', others, 'others');
  for (const [index, other] of others.entries()) needCollection('union', other, `others[${index}]`);
  const name = `union(${others.map((other) => other.name).join(', ')})`;
  return incremental<T, Row>(name, ({ main, also, provenance }) => {
    /** In order; the first one is known inside a pipeline only. */
    let collections: readonly (Collection<unknown> | undefined)[] = [undefined, ...others];
    /** The objects of each collection by key, in order of the collections. */
    const objects: Map<string, Row>[] = [];
    /** Which collection a row is from. */
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
    // What each of them holds is one of the types that C says.
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
