/**
 * What happens to a key of etcd between the wire and the collection.
 * @module
 */
import { inputError, KEPT_CAUSES, type RowError } from '../../informers/collection/errors.ts';
import { StoredValueError } from '../errors.ts';
import type { StoredObject } from '../object-store.ts';
import { decodeObject, withRevision } from '../stored-value.ts';
import { type EtcdKeys, printable } from './etcd-keys.ts';
import type { KeyValue, WatchEvent } from './etcd-messages.ts';

/** So many keys that were left out are known; more are not reported. */
const KNOWN = 1000;

/** A key and the object under it, or why there is none. */
export interface IngestedKey {
  /** As the collection has it; for keys that it can't have, something to show. */
  readonly key: string;
  readonly object?: StoredObject | undefined;
  /** What is there is no object. */
  readonly error?: StoredValueError | undefined;
}

/** Reads keys and values, and remembers what had to be left out. */
export class EtcdIngest {
  /** What is left out now, by key. Live. */
  readonly errors: ReadonlyMap<string, RowError>;
  readonly #collection: string;
  readonly #keys: EtcdKeys;
  readonly #errors = new Map<string, RowError>();

  constructor(collection: string, keys: EtcdKeys) {
    this.#collection = collection;
    this.#keys = keys;
    this.errors = this.#errors;
  }

  /** One line about all that is left out; undefined when nothing is. */
  get message(): string | undefined {
    const [first] = this.#errors.values();
    if (first === undefined) return undefined;
    return this.#errors.size === 1 ? first.message : `${first.message} (and ${this.#errors.size - 1} more keys)`;
  }

  /** What is stored, without taking note of it. */
  read(kv: KeyValue): IngestedKey {
    const key = this.#keys.parse(kv.key);
    if (key === undefined) {
      const shown = printable(kv.key);
      return { key: shown, error: new StoredValueError(shown, 'under a key that no object can have') };
    }
    try {
      return { key, object: withRevision({ object: decodeObject(key, kv.value), revision: kv.modRevision }) };
    } catch (error) {
      if (error instanceof StoredValueError) return { key, error };
      throw error;
    }
  }

  /** These are all keys there are: the objects among them. */
  takeAll(ingested: readonly IngestedKey[]): StoredObject[] {
    this.#errors.clear();
    for (const each of ingested) this.#note(each);
    return ingested.flatMap(({ object }) => object ?? []);
  }

  /** What an event makes of its key. Without an object there is none any more. */
  takeEvent({ type, kv }: WatchEvent): IngestedKey {
    const ingested = type === DELETE ? { key: this.#keys.parse(kv.key) ?? printable(kv.key) } : this.read(kv);
    this.#note(ingested);
    return ingested;
  }

  clear(): void {
    this.#errors.clear();
  }

  #note({ key, error }: IngestedKey): void {
    if (error === undefined) this.#errors.delete(key);
    else if (this.#errors.size < KNOWN || this.#errors.has(key))
      this.#errors.set(key, inputError(this.#collection, key, error, this.#errors.size < KEPT_CAUSES));
  }
}

/** The `type` of a {@link WatchEvent}. */
const DELETE = 1;
