/**
 * `topK`: the objects with the highest values.
 *
 * State: the rank of each ranked object; for each group its objects in a tree by rank, and the keys that were emitted.
 * Cost per change: O(log n + k).
 * @module
 */
import type { DeltaOperator } from '../../informers/collection/index.ts';
import { keyKeeping } from '../../informers/collection/lineage.ts';
import { pure } from '../../informers/collection/purity.ts';
import { ANY_OBJECTS } from '../../informers/collection/step-reads.ts';
import { requireFunction, requireObject } from '../arguments.ts';
import { declaredStep, InputFaults } from '../incremental.ts';
import { compareKeys, type Order, OrderedMap } from '../ordered-map.ts';
import { byValue, requireComparable, requireSync } from '../results.ts';

/** Options of `topK`. */
export interface TopKOptions<T> {
  /** Returns the value that an object is ranked by; undefined for an object that is not ranked. */
  readonly by: (object: T) => number | bigint | string | undefined;
  /** Default `descending`: the objects with the highest values. */
  readonly order?: 'descending' | 'ascending' | undefined;
  /** Returns the group of an object. Then each group has k rows. An object for which it returns undefined is not ranked. */
  readonly within?: ((object: T) => string | undefined) | undefined;
}

/** The rank of an object. */
interface Rank {
  readonly value: number | bigint | string;
  readonly key: string;
}

/** The rank of an object and its group; undefined without `within`. */
interface Place {
  readonly group: string | undefined;
  readonly rank: Rank;
}

/**
 * Keeps the k objects with the highest (or lowest) values, with their own keys. Among equal values, objects with lesser keys come first.
 * The rows of a collection have no order, so clients must sort them by their values.
 *
 * If `by` or `within` throws or returns a promise, or `by` returns NaN, the object is not ranked, and the error is reported under its key.
 * @throws RangeError unless k is a whole number above zero
 * @example
 * const restless = pods.pipe(
 *   topK(10, { by: (pod) => restartsOf(pod), within: (pod) => pod.metadata?.namespace }),
 * );
 */
export function topK<T>(k: number, options: TopKOptions<T>): DeltaOperator<T, T> {
  if (!Number.isSafeInteger(k) || k < 1) throw new RangeError(`topK needs a whole number above zero, not ${k}`);
  requireObject('topK', options, 'options');
  const { by, order = 'descending', within } = options;
  requireFunction('topK', by, 'by');
  if (within !== undefined) requireFunction('topK', within, 'within');
  const better: Order<Rank> = (a, b) =>
    (order === 'descending' ? byValue(b.value, a.value) : byValue(a.value, b.value)) || compareKeys(a.key, b.key);
  return declaredStep('topK', ANY_OBJECTS, ({ main, provenance }) => {
    const valueOf = pure('topK (by)', (object: T) => requireComparable(requireSync('function by', by(object))));
    const groupOf = pure('topK (within)', (object: T) => requireSync('function within', within?.(object)) ?? undefined);
    const places = new Map<string, Place>();
    const groups = new Map<string | undefined, OrderedMap<Rank, T>>();
    const emitted = new Map<string | undefined, readonly string[]>();
    const changed = new Set<string | undefined>();
    const faults = new InputFaults();

    const remove = (key: string): void => {
      faults.delete(key);
      const place = places.get(key);
      if (place === undefined) return;
      groups.get(place.group)?.delete(place.rank);
      changed.add(place.group);
      places.delete(key);
    };
    const add = (key: string, object: T): void => {
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
        remove(delta.key);
        if (delta.type === 'DELETED') continue;
        try {
          add(delta.key, delta.object);
        } catch (error) {
          faults.add(delta.key, error);
        }
      }
    });
    provenance(keyKeeping);
    return function* () {
      yield* faults.takeChanges();
      const previous = new Set<string>();
      const current = new Map<string, T>();
      for (const group of changed) {
        const ranked = groups.get(group);
        const top = ranked?.first(k) ?? [];
        for (const key of emitted.get(group) ?? []) previous.add(key);
        for (const [{ key }, object] of top) current.set(key, object);
        emitted.set(
          group,
          top.map(([{ key }]) => key),
        );
        if (top.length > 0) continue;
        groups.delete(group);
        emitted.delete(group);
      }
      changed.clear();
      for (const key of previous) if (!current.has(key)) yield { type: 'REMOVE', key };
      for (const [key, object] of current) yield { type: 'PUT', key, object };
    };
  });
}
