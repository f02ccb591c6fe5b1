/**
 * `groupBy`: one row from all objects that have a key in common, kept up to date by reducers.
 *
 * State: the group keys of each object and the values that the reducers read from it; for each group its members in a sorted map, their
 * creationTimestamps, and the states of its reducers.
 * Cost per change: the reads of the object, and for each of its groups O(log n) of the members and the cost of the reducers. `collect`
 * and `countBy` cost the size of their results.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import type { DeltaOperator } from '../../informers/collection/index.ts';
import { type DeepReadonly, pure } from '../../informers/collection/purity.ts';
import { ANY_OBJECTS } from '../../informers/collection/step-reads.ts';
import { requireFunction, requireObject, requireReducer } from '../arguments.ts';
import { declaredStep, InputFaults } from '../incremental.ts';
import { attempt, Group, type NamedReducers, type MemberValues } from '../reducers/group.ts';
import { type GroupKeys, groupKeysFrom } from '../reducers/group-key.ts';
import { min } from '../reducers/min-max.ts';
import type { GroupKey, Reducer } from '../reducers/reducer.ts';
import { requireSync } from '../results.ts';

/** The metadata of a group's row: its name, and the creationTimestamp of its oldest member. */
export interface GroupMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly creationTimestamp?: string;
}

/** The row of a group: its metadata and the value of each reducer. */
export type GroupRow<V> = { readonly metadata: GroupMetadata } & DeepReadonly<V>;

/** Reducers for the values `V`, by name. */
export type ReducersOf<T, V> = { readonly [name in keyof V]: Reducer<T, V[name]> };

/** An object that is in a group. */
interface Member {
  /** The keys of the rows of its groups. */
  readonly groups: readonly string[];
  readonly reads: MemberValues;
}

/** A group and its key. */
interface KeyedGroup {
  readonly key: GroupKey;
  readonly members: Group;
}

/**
 * Groups objects by the key, or each of the keys, that `key` returns. The row is `{ metadata, … }` with the value of each reducer under
 * its name; `metadata.creationTimestamp` is that of the oldest member. A group without members has no row. An object for which `key`
 * returns undefined is in no group.
 *
 * A key is any text, and the row of the group is cluster-scoped. The text is the name of the row if it can be a name as it is; otherwise
 * the name is `safeName(text)`, and `groupKey()` puts the text into the row. A key `{ namespace, name }` sets the namespace and name.
 *
 * If a change of an object changes neither its keys nor the values that reducers read, no row changes. If `key` or the read of a
 * reducer throws, or a key is invalid, the object is in no group, and the error is reported under the key of the object. If a reducer
 * throws later, the group has no row, and the error names the group and the reducer.
 * @throws TypeError if a reducer has the name `metadata`
 * @example
 * const usage = pods.pipe(
 *   groupBy((pod) => pod.spec?.nodeName, { pods: count(), cpu: sum((pod) => podRequests(pod.spec, 'cpu')) }),
 *   map(({ metadata, pods, cpu }) => ({ metadata, status: { pods, cpu: formatCpu(cpu) } })),
 * );
 */
export function groupBy<T, V extends object & { readonly metadata?: never }>(
  key: (object: T) => GroupKeys,
  reducers: ReducersOf<T, V>,
): DeltaOperator<T, GroupRow<V>> {
  requireFunction('groupBy', key, 'key');
  requireObject('groupBy', reducers, 'reducers');
  if (Object.hasOwn(reducers, 'metadata')) {
    throw new TypeError('groupBy needs another name for the reducer "metadata", because each row has metadata');
  }
  const entries = Object.entries<Reducer<T, unknown>>(reducers);
  for (const [name, reducer] of entries) requireReducer('groupBy', reducer, name);
  const named: NamedReducers<T> = [...entries, ['metadata.creationTimestamp', min(createdAt)]];
  return declaredStep('groupBy', ANY_OBJECTS, ({ main, provenance }) => {
    const keysOf = pure('groupBy', (object: T) => groupKeysFrom(key(object)));
    const readers = named.map(([name, { read }]) => [name, pure('groupBy', read)] as const);
    const members = new Map<string, Member>();
    const groups = new Map<string, KeyedGroup>();
    const changed = new Set<string>();
    const faults = new InputFaults();

    const leave = (member: string, left: Iterable<string>): void => {
      for (const group of left) {
        groups.get(group)?.members.delete(member);
        changed.add(group);
      }
    };
    const enter = (member: string, row: string, groupKey: GroupKey, reads: MemberValues): void => {
      let group = groups.get(row);
      if (group === undefined) groups.set(row, (group = { key: groupKey, members: new Group(groupKey, named) }));
      group.members.set(member, reads);
      changed.add(row);
    };
    const readsOf = (object: T, before: MemberValues | undefined): MemberValues => {
      const reads = readers.map(([name, read], index) => {
        const now = attempt(name, () => requireSync('function of the reducer', read(object)));
        return before !== undefined && isDeepStrictEqual(now, before[index]) ? before[index] : now;
      });
      return before !== undefined && reads.every((read, index) => Object.is(read, before[index])) ? before : reads;
    };
    const put = (member: string, object: T): void => {
      const before = members.get(member);
      const keys = keysOf(object);
      if (keys.size === 0) {
        remove(member);
        return;
      }
      const reads = readsOf(object, before?.reads);
      leave(member, before?.groups.filter((group) => !keys.has(group)) ?? []);
      for (const [row, groupKey] of keys) {
        if (reads === before?.reads && before.groups.includes(row)) continue;
        enter(member, row, groupKey, reads);
      }
      members.set(member, { groups: [...keys.keys()], reads });
    };
    const remove = (member: string): void => {
      leave(member, members.get(member)?.groups ?? []);
      members.delete(member);
    };

    const rowOf = ({ namespace, name }: GroupKey, results: readonly unknown[]): GroupRow<V> => {
      const created = results.at(-1);
      const metadata = {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(created === undefined ? {} : { creationTimestamp: created }),
      };
      // The cast is safe: ReducersOf<T, V> says that the values of the reducers are those of V.
      return {
        metadata,
        ...Object.fromEntries(entries.map(([field], index) => [field, results[index]])),
      } as GroupRow<V>;
    };

    main(({ changes }) => {
      for (const delta of changes) {
        faults.delete(delta.key);
        if (delta.type === 'DELETED') {
          remove(delta.key);
          continue;
        }
        try {
          put(delta.key, delta.object);
        } catch (error) {
          remove(delta.key);
          faults.add(delta.key, error);
        }
      }
    });
    provenance((input) => ({
      originsOf: (row) =>
        Array.from(groups.get(row)?.members.keys ?? [], (member) => ({ collection: input, key: member })),
      primaryOf: () => undefined,
      rowsOf: () => [],
    }));
    return function* () {
      yield* faults.takeChanges();
      for (const row of changed) {
        const group = groups.get(row);
        try {
          if (group?.members.settle() === true) {
            yield { type: 'PUT', key: row, object: rowOf(group.key, group.members.results()) };
          } else {
            groups.delete(row);
            yield { type: 'REMOVE', key: row };
          }
        } catch (error) {
          yield { type: 'FAIL', key: row, error };
        }
      }
      changed.clear();
    };
  });
}

/** Returns the creationTimestamp of an object; undefined if it has no such text. */
function createdAt(object: unknown): string | undefined {
  const timestamp = (object as { metadata?: { creationTimestamp?: unknown } } | null | undefined)?.metadata
    ?.creationTimestamp;
  return typeof timestamp === 'string' ? timestamp : undefined;
}
