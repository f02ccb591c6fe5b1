/**
 * The objects of one resource in etcd. Every write is a transaction on one key, with the condition that the key is in the state that the
 * caller expects.
 * @module
 */
import { KeyExistsError, KeyNotFoundError, RevisionConflictError } from '../errors.ts';
import type { ObjectStore, StoredObject, Versioned } from '../object-store.ts';
import { decodeObject, encodeObject } from '../stored-value.ts';
import type { EtcdClient } from './etcd-client.ts';
import type { EtcdCollection } from './etcd-collection.ts';
import type { EtcdKeys } from './etcd-keys.ts';
import type { Compare, KeyValue, RequestOp, TxnResponse } from './etcd-messages.ts';

/** Options of {@link EtcdObjectStore}. */
export interface EtcdObjectStoreOptions {
  readonly client: EtcdClient;
  readonly keys: EtcdKeys;
  readonly objects: EtcdCollection;
  readonly maxObjectBytes: number;
}

/** See the top of this file. */
export class EtcdObjectStore implements ObjectStore {
  readonly objects: EtcdCollection;
  readonly #client: EtcdClient;
  readonly #keys: EtcdKeys;
  readonly #maxObjectBytes: number;

  constructor({ client, keys, objects, maxObjectBytes }: EtcdObjectStoreOptions) {
    this.objects = objects;
    this.#client = client;
    this.#keys = keys;
    this.#maxObjectBytes = maxObjectBytes;
  }

  async read(key: string, signal: AbortSignal): Promise<Versioned | undefined> {
    const { kvs } = await this.#client.range({ key: this.#keys.of(key) }, signal);
    return versioned(key, kvs[0]);
  }

  async create(object: StoredObject, signal: AbortSignal): Promise<Versioned> {
    const encoded = encodeObject(object, this.#maxObjectBytes);
    const etcdKey = this.#keys.of(encoded.key);
    const request = {
      compare: [{ result: 0, target: 2, key: etcdKey, modRevision: 0 } satisfies Compare],
      success: [{ requestPut: { key: etcdKey, value: encoded.json } }],
      failure: [],
    };
    const response = await this.#client.txn({ key: encoded.key, bytes: encoded.json.length, request }, signal);
    if (!response.succeeded) throw new KeyExistsError(encoded.key);
    return Object.freeze({ object: encoded.object, revision: response.header.revision });
  }

  async replace(object: StoredObject, expected: number, signal: AbortSignal): Promise<Versioned> {
    const encoded = encodeObject(object, this.#maxObjectBytes);
    const requestPut = { key: this.#keys.of(encoded.key), value: encoded.json };
    const response = await this.#write(encoded.key, expected, { requestPut }, signal);
    return Object.freeze({ object: encoded.object, revision: response.header.revision });
  }

  async delete(key: string, expected: number, signal: AbortSignal): Promise<Versioned> {
    const requestDeleteRange = { key: this.#keys.of(key), prevKv: true };
    const response = await this.#write(key, expected, { requestDeleteRange }, signal);
    const last = versioned(key, response.responses[0]?.responseDeleteRange?.prevKvs[0]);
    if (last === undefined) throw new KeyNotFoundError(key);
    return Object.freeze({ object: last.object, revision: response.header.revision });
  }

  /**
   * Writes to an object that must exist at a revision.
   * @throws RevisionConflictError, KeyNotFoundError
   */
  async #write(key: string, expected: number, write: RequestOp, signal: AbortSignal): Promise<TxnResponse> {
    const etcdKey = this.#keys.of(key);
    // In etcd, a key that does not exist has revision 0, so 0 must not be compared. No key has a negative revision, so -1 always fails.
    const modRevision = Number.isSafeInteger(expected) && expected > 0 ? expected : -1;
    const compare = [{ result: 0, target: 2, key: etcdKey, modRevision } satisfies Compare];
    const request = { compare, success: [write], failure: [{ requestRange: { key: etcdKey } }] };
    const bytes = 'requestPut' in write ? write.requestPut.value.length : 0;
    const response = await this.#client.txn({ key, bytes, request }, signal);
    if (response.succeeded) return response;
    const current = versioned(key, response.responses[0]?.responseRange?.kvs[0]);
    if (current === undefined) throw new KeyNotFoundError(key);
    throw new RevisionConflictError(key, expected, current);
  }
}

/** @throws StoredValueError */
function versioned(key: string, kv: KeyValue | undefined): Versioned | undefined {
  if (kv === undefined) return undefined;
  return Object.freeze({ object: decodeObject(key, kv.value), revision: kv.modRevision });
}
