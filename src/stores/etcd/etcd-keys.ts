/**
 * The keys of objects in etcd: `<prefix>/<group>/<resource>/<namespace>/<name>`, or `…/<resource>/<name>` for cluster-scoped objects.
 *
 * The range of a resource ends with the slash after its plural. Therefore `tasks` never contains a key of `tasks-old`, and the prefix `a`
 * never contains a key of `a-b`. A name has no slash, so a namespaced and a cluster-scoped object never share a key.
 *
 * Not prevented: prefixes of one etcd that contain each other, as `/a` contains `/a/b`. The operator of the servers must avoid them.
 * @module
 */
import { isKeyPart, requireStoreKey } from '../keys.ts';
import type { StoredResource } from '../object-store.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Returns the prefix with a leading slash and without a trailing one: `/kubefacet`.
 * @throws TypeError for a prefix that is empty or has an empty part
 */
export function normalPrefix(prefix: string): string {
  const parts = prefix.replace(/^\//, '').replace(/\/$/, '').split('/');
  if (!parts.every(isKeyPart))
    throw new TypeError(`${JSON.stringify(prefix)} is not a prefix of keys: it has an empty part`);
  return `/${parts.join('/')}`;
}

/** The keys of one resource. */
export class EtcdKeys {
  /** The start of the range of the resource. */
  readonly first: Buffer;
  /** The end of the range, exclusive. */
  readonly end: Buffer;

  /** @throws TypeError for a prefix that is not valid */
  constructor(prefix: string, { group, resource }: StoredResource) {
    const start = `${normalPrefix(prefix)}/${group}/${resource}`;
    this.first = Buffer.from(`${start}/`);
    // '0' is the character after the slash.
    this.end = Buffer.from(`${start}0`);
  }

  /**
   * Returns the key in etcd for a key of the collection.
   * @throws TypeError for a key that is not valid
   */
  of(key: string): Buffer {
    requireStoreKey(key);
    return Buffer.concat([this.first, Buffer.from(key)]);
  }

  /** Returns the key of the collection for a key in etcd; undefined for a key that no object of this resource can have. */
  parse(etcdKey: Uint8Array): string | undefined {
    try {
      const key = utf8.decode(etcdKey.subarray(this.first.length));
      requireStoreKey(key);
      return key;
    } catch (error) {
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  }
}

/** Returns a readable form of any key, for messages. */
export function printable(etcdKey: Uint8Array): string {
  return JSON.stringify(Buffer.from(etcdKey).toString('utf8').slice(0, 300));
}
