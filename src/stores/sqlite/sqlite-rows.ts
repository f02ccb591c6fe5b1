/**
 * Reads and decodes the rows of one resource, and records the values that are not objects.
 * @module
 */
import { inputError, MAX_KEPT_CAUSES, type RowError } from '../../informers/collection/errors.ts';
import { StoredValueError } from '../errors.ts';
import type { StoredObject } from '../object-store.ts';
import { decodeObject, withRevision } from '../stored-value.ts';
import type { SqliteRow } from './sqlite-messages.ts';
import type { SqliteCaller } from './sqlite-thread.ts';

/** The maximum number of recorded errors. Further invalid values are skipped without a record. */
const MAX_ERRORS = 1000;

/** A row of the file, decoded. Without an object, it is a deletion, or its value is not an object. */
export interface DecodedRow {
  readonly revision: number;
  readonly key: string;
  readonly object: StoredObject | undefined;
}

/** All rows of a resource after a revision. */
export interface DecodedRows {
  readonly rows: readonly DecodedRow[];
  /** The revision at which the log begins. The rows up to it are the complete state there. */
  readonly compacted: number;
  /** The revision of the last write to any resource. */
  readonly counter: number;
}

/** See the top of this file. */
export class SqliteRows {
  /** The errors of the current state, by key. The map changes with the state. */
  readonly errors: ReadonlyMap<string, RowError>;
  readonly #resource: string;
  readonly #errors = new Map<string, RowError>();
  readonly #onError: (error: RowError) => void;

  /** @param onError receives each error when it is recorded */
  constructor(resource: string, onError: (error: RowError) => void) {
    this.#resource = resource;
    this.#onError = onError;
    this.errors = this.#errors;
  }

  /** Forgets all errors. */
  clear(): void {
    this.#errors.clear();
  }

  /** Forgets the error of a key, because the key was written. */
  forget(key: string): void {
    this.#errors.delete(key);
  }

  /** Reads all rows after a revision, in pages. @throws SqliteCallError */
  async read(thread: SqliteCaller, after: number): Promise<DecodedRows> {
    const rows: DecodedRow[] = [];
    let last = after;
    for (;;) {
      const page = await thread.call('page', { resource: this.#resource, after: last });
      for (const row of page.rows) {
        rows.push(this.#decode(row));
        last = row.revision;
      }
      if (!page.hasMore) return { rows, compacted: page.compacted, counter: page.counter };
    }
  }

  #decode({ revision, key, json }: SqliteRow): DecodedRow {
    this.#errors.delete(key);
    if (json === null) return { revision, key, object: undefined };
    try {
      return { revision, key, object: withRevision({ object: decodeObject(key, json), revision }) };
    } catch (error) {
      if (!(error instanceof StoredValueError)) throw error;
      this.#record(key, error);
      return { revision, key, object: undefined };
    }
  }

  #record(key: string, error: StoredValueError): void {
    if (this.#errors.size >= MAX_ERRORS) return;
    const recorded = inputError(this.#resource, key, error, this.#errors.size < MAX_KEPT_CAUSES);
    this.#errors.set(key, recorded);
    this.#onError(recorded);
  }
}
