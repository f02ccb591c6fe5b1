/**
 * Keys of objects: `namespace/name`, or `name` for cluster-scoped objects. Keys are joined and split only here.
 * @module
 */

/** The part of a Kubernetes object that its key is made of. */
export interface Keyed {
  readonly metadata?:
    | { readonly name?: string | undefined; readonly namespace?: string | null | undefined }
    | null
    | undefined;
}

/** The parts of a key; `namespace` is the empty string for cluster-scoped objects. */
export interface KeyParts {
  readonly namespace: string;
  readonly name: string;
}

/** Returns `namespace/name`, or `name` if there is no namespace. */
export function keyOfParts(namespace: string | null | undefined, name: string): string {
  return namespace === undefined || namespace === null || namespace === '' ? name : `${namespace}/${name}`;
}

/**
 * Returns the key of an object.
 * @throws TypeError if the object has no `metadata.name`
 */
export function keyOf(object: Keyed): string {
  const name = object.metadata?.name;
  if (name === undefined || name === '') throw new TypeError('an object without metadata.name has no key');
  return keyOfParts(object.metadata?.namespace, name);
}

/** Splits a key that {@link keyOf} made. */
export function splitKey(key: string): KeyParts {
  const slash = key.indexOf('/');
  return slash < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
