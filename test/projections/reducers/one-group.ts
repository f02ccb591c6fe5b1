/** A collection whose objects are all in one group with one reducer. */
import type { Collection } from '../../../src/informers/collection/index.ts';
import { groupBy } from '../../../src/projections/operators/group-by.ts';
import type { Reducer } from '../../../src/projections/reducers/reducer.ts';
import { type FakeInformer, fakeInformer, track } from '../../../src/testing/informers/index.ts';

/** An object with any value. */
export interface Item<X> {
  readonly metadata: { readonly name: string; readonly creationTimestamp?: string };
  readonly v: X;
}

export interface OneGroup<X, V> {
  /** Adds or changes an object. */
  readonly put: (name: string, v: X) => void;
  readonly delete: (name: string) => void;
  readonly items: FakeInformer<Item<X>>;
  readonly groups: Collection<{ readonly value: V }>;
  /** Returns the value of the reducer; undefined if the group has no row. */
  readonly value: () => V | undefined;
  /** Returns the errors of objects and of the group. */
  readonly errors: () => string[];
}

export function oneGroup<X, V>(reducer: Reducer<Item<X>, V>): OneGroup<X, V> {
  const items = fakeInformer<Item<X>>();
  const groups = items.pipe(groupBy<Item<X>, { value: V }>(() => 'all', { value: reducer }));
  track(groups);
  return {
    put: (name, v) => {
      const item = { metadata: { name }, v };
      if (items.get(name) === undefined) items.add(item);
      else items.modify(item);
    },
    delete: (name) => items.delete(name),
    items,
    // The cast is safe: the values of tests are the values of the reducer.
    groups: groups as unknown as Collection<{ readonly value: V }>,
    value: () => groups.get('all')?.value as V | undefined,
    errors: () => Array.from(groups.errors.values(), ({ message }) => message),
  };
}
