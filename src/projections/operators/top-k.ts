/**
 * `topK`: the objects with the highest values.
 *
 * State: of each object that is ranked its rank; of each group its objects in a tree by rank, and the keys shown.
 * Cost per change: O(log n + k).
 * @module
 */
import type { DeltaOperator } from '../../informers/collection/index.ts';
import { keyKeeping } from '../../informers/collection/lineage.ts';
import { pure } from '../../informers/collection/purity.ts';
import { atOnce } from '../at-once.ts';
import { byValue, checkedComparable } from '../comparable.ts';
import { needFunction, needRecord } from '../given.ts';
import { incremental } from '../incremental.ts';
import { LeftOut } from '../left-out.ts';
import { byKey, type Order, OrderedMap } from '../ordered-map.ts';

export interface TopKOptions<T> {
  /** What objects are ranked by. Those for which it answers undefined are not ranked. */
  readonly by: (object: T) => number | bigint | string | undefined;
  /** Default `descending`: the highest first. */
  readonly order?: 'descending' | 'ascending' | undefined;
  /** With it there are k objects for each value it answers; those for which it answers undefined are not ranked. */
  readonly within?: ((object: T) => string | undefined) | undefined;
}

/** Where an object stands. */
interface Rank {
  readonly value: number | bigint | string;
  readonly key: string;
}

/** Where to find an object: in no group unless there are any. */
interface Place {
  readonly group: string | undefined;
  readonly rank: Rank;
}

/**
 * The k objects with the highest (or lowest) values, under their own keys; of equal ones those with the lesser keys. Which is the first
 * of them, a collection does not say.
 *
 * An object for which `by` or `within` throws or answers a promise, or `by` answers NaN, is not ranked; the error is reported under its key.
 * @throws RangeError at once when k is no positive whole number
 * @example
 * const restless = pods.pipe(
 *   topK(10, { by: (pod) => restartsOf(pod), within: (pod) => pod.metadata?.namespace }),
 * );
 */
export function topK<T>(k: number, options: TopKOptions<T>): DeltaOperator<T, T> {
  if (!Number.isSafeInteger(k) || k < 1) throw new RangeError(`topK takes a positive whole number, not ${k}`);
  needRecord('topK', options, 'options');
  const { by, order = 'descending', within } = options;
  needFunction('topK', by, 'by');
  if (within !== undefined) needFunction('topK', within, 'within');
  const better: Order<Rank> = (a, b) =>
    (order === 'descending' ? byValue(b.value, a.value) : byValue(a.value, b.value)) || byKey(a.key, b.key);
  return incremental('topK', ({ main, provenance }) => {
    const valueOf = pure('topK (by)', (object: T) => checkedComparable(atOnce('function by', by(object))));
    const groupOf = pure('topK (within)', (object: T) => atOnce('function within', within?.(object)));
    const places = new Map<string, Place>();
    const groups = new Map<string | undefined, OrderedMap<Rank, T>>();
    const shown = new Map<string | undefined, readonly string[]>();
    const changed = new Set<string | undefined>();
    const leftOut = new LeftOut();

    const forget = (key: string): void => {
      leftOut.delete(key);
      const place = places.get(key);
      if (place === undefined) return;
      groups.get(place.group)?.delete(place.rank);
      changed.add(place.group);
      places.delete(key);
    };
    const learn = (key: string, object: T): void => {
      const value = valueOf(object);
      const group = groupOf(object);
      if (value === undefined || (group === undefined && within !== undefined)) return;
      const place = { group, rank: { value, key } };
      const ranked = groups.get(group) ?? new OrderedMap<Rank, T>(better);
      ranked.set(place.rank, object);
      groups.set(group, ranked);
      places.set(key, place);
      changed.add(group);
    };
    main(({ changes }) => {
      for (const delta of changes) {
        forget(delta.key);
        if (delta.type === 'DELETED') continue;
        try {
          learn(delta.key, delta.object);
        } catch (error) {
          leftOut.add(delta.key, error);
        }
      }
    });
    provenance(keyKeeping);
    return function* () {
      yield* leftOut.take();
      const out = new Set<string>();
      const inside = new Map<string, T>();
      for (const group of changed) {
        const ranked = groups.get(group);
        const top = ranked?.first(k) ?? [];
        for (const key of shown.get(group) ?? []) out.add(key);
        for (const [{ key }, object] of top) inside.set(key, object);
        shown.set(
          group,
          top.map(([{ key }]) => key),
        );
        if (top.length > 0) continue;
        groups.delete(group);
        shown.delete(group);
      }
      changed.clear();
      for (const key of out) if (!inside.has(key)) yield { type: 'REMOVE', key };
      for (const [key, object] of inside) yield { type: 'PUT', key, object };
    };
  });
}
