/** A collection of which all objects are in one group, and what one reducer makes of it. */
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
  /** Writes an object, or takes it away. */
  readonly put: (name: string, v: X) => void;
  readonly delete: (name: string) => void;
  readonly items: FakeInformer<Item<X>>;
  readonly groups: Collection<{ readonly value: V }>;
  /** What the reducer makes of the group; undefined when it has no row. */
  readonly value: () => V | undefined;
  /** Why objects are left out, or the group has no row. */
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
    groups,
    value: () => groups.get('all')?.value,
    errors: () => Array.from(groups.errors.values(), ({ message }) => message),
  };
}
