/**
 * The keys of stored objects and the names of resources.
 * @module
 */
import type { StoredResource } from './object-store.ts';

/**
 * Requires a valid key.
 * @throws TypeError unless the key is `name` or `namespace/name`
 */
export function requireStoreKey(key: string): void {
  const parts = key.split('/');
  if (parts.length > 2 || parts.some((part) => !isKeyPart(part)))
    throw new TypeError(`${JSON.stringify(key)} is not a key; a key is name or namespace/name`);
}

/** Returns whether a text can be one part of a key. */
export function isKeyPart(text: string): boolean {
  return text !== '' && !text.includes('/') && text.isWellFormed();
}

/**
 * Returns the name of a resource, `customtasks.example.com`. It is unique, because a plural contains no dot.
 * @throws TypeError if the group or the plural cannot be part of a key
 */
export function storedResourceName({ group, resource }: StoredResource): string {
  if (!isKeyPart(group)) throw new TypeError(`${JSON.stringify(group)} is not a valid name of an API group`);
  if (!isKeyPart(resource) || resource.includes('.'))
    throw new TypeError(`${JSON.stringify(resource)} is not a valid plural of a resource`);
  return `${resource}.${group}`;
}
