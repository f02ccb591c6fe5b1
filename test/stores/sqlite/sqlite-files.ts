/** A temporary folder with the files of stores, for one test file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteStore, type SqliteStore, type SqliteStoreOptions } from '../../../src/stores/sqlite/sqlite-store.ts';

export class SqliteFiles {
  readonly #folder = mkdtempSync(join(tmpdir(), 'kubefacet-sqlite-'));
  readonly #stores: SqliteStore[] = [];
  #files = 0;

  /** Returns the path of a file that does not exist yet. */
  path(name = 'store.db'): string {
    this.#files += 1;
    return join(this.#folder, `${this.#files}-${name}`);
  }

  /** Opens a store. By default, its file is new. */
  open(options: Partial<SqliteStoreOptions> = {}): SqliteStore {
    const store = sqliteStore({ path: options.path ?? this.path(), ...options });
    this.#stores.push(store);
    return store;
  }

  /** Closes all stores and deletes the folder. */
  async remove(): Promise<void> {
    await Promise.allSettled(this.#stores.map((store) => store.close()));
    rmSync(this.#folder, { recursive: true });
  }
}
