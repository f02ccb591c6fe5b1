/**
 * The objects of one resource, in etcd: every write is a transaction on one key, on condition that the key is as the caller has seen it.
 * @module
 */
import { KeyExistsError, KeyNotFoundError, RevisionConflictError } from '../errors.ts';
import type { ObjectStore, StoredObject, Versioned } from '../object-store.ts';
import { decodeObject, encodeObject } from '../stored-value.ts';
import type { EtcdClient } from './etcd-client.ts';
import type { EtcdCollection } from './etcd-collection.ts';
import type { EtcdKeys } from './etcd-keys.ts';
import type { Compare, KeyValue, RequestOp, TxnResponse } from './etcd-messages.ts';

/** What the objects of a resource are kept with. */
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
    const answer = await this.#client.txn({ key: encoded.key, bytes: encoded.json.length, request }, signal);
    if (!answer.succeeded) throw new KeyExistsError(encoded.key);
    return Object.freeze({ object: encoded.object, revision: answer.header.revision });
  }

  async replace(object: StoredObject, expected: number, signal: AbortSignal): Promise<Versioned> {
    const encoded = encodeObject(object, this.#maxObjectBytes);
    const requestPut = { key: this.#keys.of(encoded.key), value: encoded.json };
    const answer = await this.#write(encoded.key, expected, { requestPut }, signal);
    return Object.freeze({ object: encoded.object, revision: answer.header.revision });
  }

  async delete(key: string, expected: number, signal: AbortSignal): Promise<Versioned> {
    const requestDeleteRange = { key: this.#keys.of(key), prevKv: true };
    const answer = await this.#write(key, expected, { requestDeleteRange }, signal);
    const last = versioned(key, answer.responses[0]?.responseDeleteRange?.prevKvs[0]);
    if (last === undefined) throw new KeyNotFoundError(key);
    return Object.freeze({ object: last.object, revision: answer.header.revision });
  }

  /** Makes a write to an object at a revision. @throws RevisionConflictError, KeyNotFoundError when it is not there */
  async #write(key: string, expected: number, write: RequestOp, signal: AbortSignal): Promise<TxnResponse> {
    const etcdKey = this.#keys.of(key);
    // A key that is not there is at revision 0 for etcd, and nothing is ever at a negative one.
    const modRevision = Number.isSafeInteger(expected) && expected > 0 ? expected : -1;
    const compare = [{ result: 0, target: 2, key: etcdKey, modRevision } satisfies Compare];
    const request = { compare, success: [write], failure: [{ requestRange: { key: etcdKey } }] };
    const bytes = 'requestPut' in write ? write.requestPut.value.length : 0;
    const answer = await this.#client.txn({ key, bytes, request }, signal);
    if (answer.succeeded) return answer;
    const current = versioned(key, answer.responses[0]?.responseRange?.kvs[0]);
    if (current === undefined) throw new KeyNotFoundError(key);
    throw new RevisionConflictError(key, expected, current);
  }
}

/** @throws StoredValueError */
function versioned(key: string, kv: KeyValue | undefined): Versioned | undefined {
  if (kv === undefined) return undefined;
  return Object.freeze({ object: decodeObject(key, kv.value), revision: kv.modRevision });
}
