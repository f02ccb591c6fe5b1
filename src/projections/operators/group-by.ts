/**
 * `groupBy`: one row from all objects that have a key in common, kept up to date by reducers.
 *
 * State: of each object that is in a group its group keys and what the reducers read of it; of each group its members in a sorted map,
 * the creationTimestamps of its members, and the state of its reducers.
 * Cost per change: the reads of the object; in each group it is in O(log n) of the members and what the reducers say. `collect` and
 * `countBy` cost the size of their results.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { type DeltaOperator, splitKey } from '../../informers/collection/index.ts';
import { pure } from '../../informers/collection/purity.ts';
import { type KeyAnswer, answeredKeys, InvalidKeyError } from '../answered-keys.ts';
import { atOnce } from '../at-once.ts';
import { needFunction, needRecord, needReducer } from '../given.ts';
import { incremental } from '../incremental.ts';
import { LeftOut } from '../left-out.ts';
import { attempt, Group, type NamedReducers, type Reads } from '../reducers/group.ts';
import { min } from '../reducers/min.ts';
import type { Reducer } from '../reducers/reducer.ts';

/** Metadata of a group: its key, and when the oldest of its members was created. */
export interface GroupMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly creationTimestamp?: string;
}

/** The row of a group: metadata, and the value of each reducer. */
export type GroupRow<V> = { readonly metadata: GroupMetadata } & Readonly<V>;

/** Reducers for the values `V`, by name. */
export type ReducersOf<T, V> = { readonly [name in keyof V]: Reducer<T, V[name]> };

/** What is known of an object that is in a group. */
interface Member {
  readonly groups: readonly string[];
  readonly reads: Reads;
}

/**
 * Groups objects by the key, or each of the keys, that `key` answers: `name` or `namespace/name`, the key of the group's row. Objects for
 * which it answers undefined are in no group; a group without members is gone. The row is `{ metadata, … }` with the value of each
 * reducer under its name; `metadata.creationTimestamp` is the oldest of the members'.
 *
 * A change of an object that changes neither its keys nor what the reducers read of it changes nothing. An object for which `key` or a
 * reducer throws while it is read, or with a key that is none, is in no group; the error is reported under the object's key. A reducer
 * that throws later leaves the group without a row; the error names group and reducer.
 * @throws TypeError at once for a reducer named `metadata`
 * @example
 * const usage = pods.pipe(
 *   groupBy((pod) => pod.spec?.nodeName, { pods: count(), cpu: sum((pod) => podRequests(pod.spec, 'cpu')) }),
 *   map(({ metadata, pods, cpu }) => ({ metadata, status: { pods, cpu: formatCpu(cpu) } })),
 * );
 */
export function groupBy<T, V extends object & { readonly metadata?: never }>(
  key: (object: T) => KeyAnswer,
  reducers: ReducersOf<T, V>,
): DeltaOperator<T, GroupRow<V>> {
  needFunction('groupBy', key, 'key');
  needRecord('groupBy', reducers, 'reducers');
  if (Object.hasOwn(reducers, 'metadata'))
    throw new TypeError('groupBy: metadata is what each group has; use another name');
  const entries = Object.entries<Reducer<T, unknown>>(reducers);
  for (const [name, reducer] of entries) needReducer('groupBy', reducer, name);
  const named: NamedReducers<T> = [...entries, ['metadata.creationTimestamp', min(createdAt)]];
  return incremental('groupBy', ({ main, provenance }) => {
    const keysOf = pure('groupBy', (object: T) => groupKeys(key(object)));
    const readers = named.map(([name, { read }]) => [name, pure('groupBy', read)] as const);
    const members = new Map<string, Member>();
    const groups = new Map<string, Group>();
    const changed = new Set<string>();
    const leftOut = new LeftOut();

    const leave = (member: string, left: Iterable<string>): void => {
      for (const group of left) {
        groups.get(group)?.delete(member);
        changed.add(group);
      }
    };
    const groupOf = (group: string): Group => {
      const known = groups.get(group);
      if (known !== undefined) return known;
      const begun = new Group(named);
      groups.set(group, begun);
      return begun;
    };
    const readsOf = (object: T, before: Reads | undefined): Reads => {
      const reads = readers.map(([name, read], at) => {
        const now = attempt(name, () => atOnce('function of the reducer', read(object)));
        return before !== undefined && isDeepStrictEqual(now, before[at]) ? before[at] : now;
      });
      return before !== undefined && reads.every((read, at) => Object.is(read, before[at])) ? before : reads;
    };
    const put = (member: string, object: T): void => {
      const before = members.get(member);
      const now = keysOf(object);
      if (now.length === 0) {
        leave(member, before?.groups ?? []);
        members.delete(member);
        return;
      }
      const reads = readsOf(object, before?.reads);
      leave(member, before?.groups.filter((group) => !now.includes(group)) ?? []);
      for (const group of now) {
        if (reads === before?.reads && before.groups.includes(group)) continue;
        groupOf(group).set(member, reads);
        changed.add(group);
      }
      members.set(member, { groups: now, reads });
    };
    const forget = (member: string): void => {
      leave(member, members.get(member)?.groups ?? []);
      members.delete(member);
    };

    const row = (group: string, results: readonly unknown[]): GroupRow<V> => {
      const { namespace, name } = splitKey(group);
      const created = results.at(-1);
      const metadata = {
        name,
        ...(namespace === '' ? {} : { namespace }),
        ...(created === undefined ? {} : { creationTimestamp: created }),
      };
      // The values are those of the reducers, by their names: what ReducersOf<T, V> says.
      return { metadata, ...Object.fromEntries(entries.map(([field], at) => [field, results[at]])) } as GroupRow<V>;
    };

    main(({ changes }) => {
      for (const delta of changes) {
        leftOut.delete(delta.key);
        if (delta.type === 'DELETED') {
          forget(delta.key);
          continue;
        }
        try {
          put(delta.key, delta.object);
        } catch (error) {
          forget(delta.key);
          leftOut.add(delta.key, error);
        }
      }
    });
    provenance((input) => ({
      originsOf: (group) =>
        Array.from(groups.get(group)?.members ?? [], (member) => ({ collection: input, key: member })),
      primaryOf: () => undefined,
      rowsOf: () => [],
    }));
    return function* () {
      yield* leftOut.take();
      for (const name of changed) {
        const group = groups.get(name);
        try {
          if (group?.settle() === true) {
            yield { type: 'PUT', key: name, object: row(name, group.results()) };
          } else {
            groups.delete(name);
            yield { type: 'REMOVE', key: name };
          }
        } catch (error) {
          yield { type: 'FAIL', key: name, error };
        }
      }
      changed.clear();
    };
  });
}

/** The creationTimestamp of an object, where it has one. */
function createdAt(object: unknown): string | undefined {
  const timestamp = (object as { metadata?: { creationTimestamp?: unknown } } | null | undefined)?.metadata
    ?.creationTimestamp;
  return typeof timestamp === 'string' ? timestamp : undefined;
}

/** Keys that rows can have. @throws InvalidKeyError */
function groupKeys(answer: KeyAnswer): readonly string[] {
  const keys = answeredKeys(answer);
  for (const key of keys) {
    if (!/^[^/]+(\/[^/]+)?$/.test(key)) {
      throw new InvalidKeyError(`${JSON.stringify(key)} is no key of a group; keys are NAME or NAMESPACE/NAME`);
    }
  }
  return keys;
}
