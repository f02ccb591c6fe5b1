/**
 * Keys of objects: `namespace/name`, or `name` for cluster-scoped objects. The only place that joins or splits them.
 * @module
 */

/** What every object of Kubernetes has, as far as its identity goes. */
export interface Keyed {
  readonly metadata?: { readonly name?: string | undefined; readonly namespace?: string | undefined } | undefined;
}

/** The parts of a key; `namespace` is the empty string for cluster-scoped objects. */
export interface KeyParts {
  readonly namespace: string;
  readonly name: string;
}

/** `namespace/name`, or `name` where there is no namespace. */
export function keyOfParts(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/**
 * The key of an object.
 * @throws TypeError when the object has no `metadata.name`
 */
export function keyOf(object: Keyed): string {
  const name = object.metadata?.name;
  if (name === undefined || name === '') throw new TypeError('an object without metadata.name has no key');
  return keyOfParts(object.metadata?.namespace, name);
}

/** The parts of a key made by {@link keyOf}. */
export function splitKey(key: string): KeyParts {
  const slash = key.indexOf('/');
  return slash < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
