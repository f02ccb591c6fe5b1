/**
 * Keys of groups: any text, or a namespace and a name. `groupBy` makes the names of its rows from them.
 * @module
 */
import { keyOfParts } from '../../informers/collection/index.ts';
import { nameOf, nameProblem } from '../names.ts';
import { InvalidKeyError, requireKey, requireSync } from '../results.ts';
import type { Accumulator, GroupKey, Reducer } from './reducer.ts';

/** The namespace and name of a group. Without a namespace, the row is cluster-scoped. */
export interface GroupName {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** One key of a group, several, or no key: undefined or an empty array. */
export type GroupKeys = string | GroupName | readonly (string | GroupName)[] | undefined;

/**
 * The text that the key function returned for the group. `metadata.name` of the row differs from it if the text cannot be a name.
 * @example
 * pods.pipe(groupBy((pod) => pod.spec?.containers.map(({ image }) => image ?? ''), { image: groupKey(), pods: count() }));
 */
export function groupKey(): Reducer<unknown, string> {
  return {
    read: () => undefined,
    open: ({ text }): Accumulator<undefined, string> => ({
      add: () => undefined,
      remove: () => undefined,
      result: () => text,
    }),
  };
}

/**
 * Returns the group keys in the result of a key function. The keys of the map are those of the groups' rows.
 * @throws InvalidKeyError for empty texts, values of other types, and names that the server cannot serve
 * @throws PromiseReturnedError
 */
export function groupKeysFrom(result: GroupKeys): ReadonlyMap<string, GroupKey> {
  const keys = new Map<string, GroupKey>();
  if (result === undefined) return keys;
  requireSync('key function', result);
  const results: readonly unknown[] = Array.isArray(result) ? result : [result];
  for (const each of results) {
    const key = isGroupName(each) ? keyOfName(each) : keyOfText(requireKey(each));
    keys.set(keyOfParts(key.namespace, key.name), key);
  }
  return keys;
}

function isGroupName(result: unknown): result is GroupName {
  return typeof result === 'object' && result !== null && 'name' in result;
}

function keyOfText(text: string): GroupKey {
  return { text, namespace: undefined, name: nameOf(text) };
}

function keyOfName(key: GroupName): GroupKey {
  const namespace = key.namespace === '' || key.namespace === undefined ? undefined : requireName(key.namespace);
  const name = requireName(key.name);
  return { text: keyOfParts(namespace, name), namespace, name };
}

/** Requires a name that the server can serve. A slash would make two groups share the key of a row. */
function requireName(value: unknown): string {
  const name = requireKey(value);
  const problem = nameProblem(name);
  if (problem === undefined) return name;
  throw new InvalidKeyError(
    `${JSON.stringify(name)} is not a valid name of a group: ${problem}; return it as the whole key, or use safeName()`,
  );
}
