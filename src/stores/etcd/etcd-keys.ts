/**
 * Where objects stand in etcd: `<prefix>/<group>/<resource>/<namespace>/<name>`, or `…/<resource>/<name>` for cluster-scoped ones.
 *
 * The range of a resource ends with the slash behind its name, so `tasks` never holds a key of `tasks-old`, nor prefix `a` one of
 * `a-b`. A name has no slash, so a namespaced and a cluster-scoped object never share a key. What is left to whoever chooses prefixes:
 * one must not be the beginning of another *at a slash* (`a` and `a/b`) when both are used on one etcd.
 * @module
 */
import type { StoredResource } from '../object-store.ts';
import { isKeyPart, requireKey } from '../stored-value.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A prefix without slashes at its ends, and one before it: `/kubefacet`.
 * @throws TypeError for a prefix that is empty, or has an empty part
 */
export function normalPrefix(prefix: string): string {
  const parts = prefix.replace(/^\//, '').replace(/\/$/, '').split('/');
  if (!parts.every(isKeyPart))
    throw new TypeError(`${JSON.stringify(prefix)} is no prefix of keys: it has an empty part`);
  return `/${parts.join('/')}`;
}

/** The keys of one resource. */
export class EtcdKeys {
  /** The first key that could belong to the resource, and the first behind them all. */
  readonly first: Buffer;
  readonly end: Buffer;

  /** @throws TypeError for a prefix, group or resource that can't be part of a key */
  constructor(prefix: string, { group, resource }: StoredResource) {
    const start = `${normalPrefix(prefix)}/${group}/${resource}`;
    this.first = Buffer.from(`${start}/`);
    // The character after the slash.
    this.end = Buffer.from(`${start}0`);
  }

  /** The key in etcd of a key of the collection. @throws TypeError for what is none */
  of(key: string): Buffer {
    requireKey(key);
    return Buffer.concat([this.first, Buffer.from(key)]);
  }

  /** The key of the collection for a key in etcd; undefined for one that no object of this resource can have. */
  parse(etcdKey: Uint8Array): string | undefined {
    try {
      const key = utf8.decode(etcdKey.subarray(this.first.length));
      requireKey(key);
      return key;
    } catch (error) {
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  }
}

/** For messages about keys that are not ours. */
export function printable(etcdKey: Uint8Array): string {
  return JSON.stringify(Buffer.from(etcdKey).toString('utf8').slice(0, 300));
}
