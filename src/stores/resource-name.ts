/**
 * What a resource is called.
 * @module
 */
import type { StoredResource } from './object-store.ts';
import { isKeyPart } from './stored-value.ts';

/**
 * `customtasks.example.com`. A plural has no dot, so no two resources have one name.
 * @throws TypeError when group or resource can't be part of a key
 */
export function resourceName({ group, resource }: StoredResource): string {
  if (!isKeyPart(group)) throw new TypeError(`${JSON.stringify(group)} is no name of an API group`);
  if (!isKeyPart(resource) || resource.includes('.'))
    throw new TypeError(`${JSON.stringify(resource)} is no plural of a resource`);
  return `${resource}.${group}`;
}
