/**
 * Whether rows are such as can be served.
 * @module
 */
import { inspect } from 'node:util';
import { keyOfParts } from '../../key.ts';

/** What keeps a row from being served whatever the resource; undefined: nothing. */
export function notServable(key: string, row: unknown): string | undefined {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    return `the row ${key} is ${inspect(row, { depth: 0 })}, which is no object`;
  }
  const metadata: unknown = 'metadata' in row ? row.metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null) {
    return `the row ${key} has no metadata; metadata: identity(object) gives it the identity of its source`;
  }
  const name = 'name' in metadata ? metadata.name : undefined;
  const namespace = ('namespace' in metadata ? metadata.namespace : undefined) ?? '';
  if (typeof name !== 'string' || name === '') return `the row ${key} has no metadata.name`;
  if (typeof namespace !== 'string') return `the row ${key} has a metadata.namespace that is no string`;
  const own = keyOfParts(namespace, name);
  return own === key ? undefined : `the row ${key} says in its metadata that it is ${own}`;
}
