/** Stores whose threads are in the test's own thread, with faults. */
import { openSqliteStore, type SqliteStore, type SqliteStoreOptions } from '../../../src/stores/sqlite/sqlite-store.ts';
import type { ObjectStore } from '../../../src/stores/object-store.ts';
import { fakeClock } from '../../../src/testing/informers/fake-clock.ts';
import { TASKS } from '../tasks.ts';
import { ThreadFaults } from './in-process-thread.ts';
import { SqliteFiles } from './sqlite-files.ts';

export interface FaultyStore {
  readonly faults: ThreadFaults;
  readonly clock: ReturnType<typeof fakeClock>;
  readonly store: SqliteStore;
  readonly tasks: ObjectStore;
}

export class FaultyStores {
  readonly #files = new SqliteFiles();
  readonly #stores: SqliteStore[] = [];

  open(options: Partial<SqliteStoreOptions> = {}): FaultyStore {
    const faults = new ThreadFaults();
    const clock = fakeClock();
    const store = openSqliteStore({ path: this.#files.path(), clock, random: () => 0, ...options }, faults.start);
    this.#stores.push(store);
    return { faults, clock, store, tasks: store.open(TASKS) };
  }

  /** Closes all stores that are open. */
  async close(): Promise<void> {
    await Promise.all(this.#stores.splice(0).map((store) => store.close()));
  }

  async remove(): Promise<void> {
    await this.close();
    await this.#files.remove();
  }
}
