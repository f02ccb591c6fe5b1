/**
 * Decodes the keys and values of etcd for a collection, and records those that are not objects.
 * @module
 */
import { inputError, MAX_KEPT_CAUSES, type RowError } from '../../informers/collection/errors.ts';
import { StoredValueError } from '../errors.ts';
import type { StoredObject } from '../object-store.ts';
import { decodeObject, withRevision } from '../stored-value.ts';
import { type EtcdKeys, printable } from './etcd-keys.ts';
import { DELETE, type KeyValue, type EtcdEvent } from './etcd-messages.ts';

/** The maximum number of recorded errors. Further invalid keys are skipped without a record. */
const MAX_ERRORS = 1000;

/** A key of etcd with its object, or with the error of its value. */
export interface IngestedKey {
  /** The key in the collection. If no object can have this key, it is a printable form of the key in etcd. */
  readonly key: string;
  readonly object?: StoredObject | undefined;
  /** Set if the stored value is not an object. */
  readonly error?: StoredValueError | undefined;
}

/** See the top of this file. */
export class EtcdIngest {
  /** The errors of the current state, by key. The map changes with the state. */
  readonly errors: ReadonlyMap<string, RowError>;
  readonly #collection: string;
  readonly #keys: EtcdKeys;
  readonly #errors = new Map<string, RowError>();
  readonly #onError: (error: RowError) => void;

  /** @param onError receives each error when it is recorded */
  constructor(collection: string, keys: EtcdKeys, onError: (error: RowError) => void) {
    this.#collection = collection;
    this.#onError = onError;
    this.#keys = keys;
    this.errors = this.#errors;
  }

  /** A summary of all errors in one line; undefined without errors. */
  get message(): string | undefined {
    const [first] = this.#errors.values();
    if (first === undefined) return undefined;
    return this.#errors.size === 1 ? first.message : `${first.message} (and ${this.#errors.size - 1} more keys)`;
  }

  /** Decodes a key and its value without recording an error. */
  decode(kv: KeyValue): IngestedKey {
    const key = this.#keys.parse(kv.key);
    if (key === undefined) {
      const shown = printable(kv.key);
      return { key: shown, error: new StoredValueError(shown, 'not an object, because no object can have this key') };
    }
    try {
      return { key, object: withRevision({ object: decodeObject(key, kv.value), revision: kv.modRevision }) };
    } catch (error) {
      if (error instanceof StoredValueError) return { key, error };
      throw error;
    }
  }

  /** Records the errors of a complete state, and returns its objects. */
  replaceAll(ingested: readonly IngestedKey[]): StoredObject[] {
    this.#errors.clear();
    for (const each of ingested) this.#record(each);
    return ingested.flatMap(({ object }) => object ?? []);
  }

  /** Decodes an event and records its error. The result has no object if the key was deleted or its value is not an object. */
  applyEvent({ type, kv }: EtcdEvent): IngestedKey {
    const ingested = type === DELETE ? { key: this.#keys.parse(kv.key) ?? printable(kv.key) } : this.decode(kv);
    this.#record(ingested);
    return ingested;
  }

  clear(): void {
    this.#errors.clear();
  }

  #record({ key, error }: IngestedKey): void {
    if (error === undefined) {
      this.#errors.delete(key);
      return;
    }
    if (this.#errors.size >= MAX_ERRORS && !this.#errors.has(key)) return;
    const recorded = inputError(this.#collection, key, error, this.#errors.size < MAX_KEPT_CAUSES);
    this.#errors.set(key, recorded);
    this.#onError(recorded);
  }
}
