/**
 * Writers that append an entry to an object with each write. The stored entries then show which writes were applied: every acknowledged
 * write must be among them, and no write twice.
 */
import { expect } from 'chai';
import {
  KeyExistsError,
  KeyNotFoundError,
  RevisionConflictError,
  StoreUnavailableError,
  WriteOutcomeUnknownError,
} from '../../../src/stores/errors.ts';
import type { ObjectStore, StoredObject } from '../../../src/stores/object-store.ts';
import { task } from '../tasks.ts';

const entriesOf = (object: StoredObject): readonly string[] => object['entries'] as readonly string[];

export class AppendingWriters {
  /** The acknowledged entries with their revisions, by key. */
  readonly acknowledged = new Map<string, { readonly entry: string; readonly revision: number }[]>();
  readonly revisions = new Map<number, string>();
  readonly unknown = new Set<string>();
  /** The objects that a writer created once, and whose creation was acknowledged. */
  readonly created = new Set<string>();
  /** Those of them whose deletion was acknowledged as well. */
  readonly deleted = new Set<string>();
  readonly failures = new Map<string, number>();
  readonly #controller = new AbortController();
  readonly #running: Promise<void>[] = [];
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  /** Starts a writer. Writers may share a store or use separate ones. */
  add(name: string, store: ObjectStore, keys: readonly string[]): void {
    this.#running.push(this.#write(name, store, keys));
  }

  /** Returns the revisions of the writes that were acknowledged after a revision. */
  revisionsSince(first: number): number[] {
    return [...this.revisions.keys()].filter((revision) => revision > first);
  }

  get count(): number {
    return this.revisions.size;
  }

  /** Resolves when the given number of further writes has been acknowledged. */
  more(writes: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ count: this.count + writes, resolve }));
  }

  async stop(): Promise<void> {
    this.#controller.abort();
    await Promise.all(this.#running);
  }

  /** Compares the content of etcd with the acknowledged writes. */
  check(content: ReadonlyMap<string, { readonly value: string }>): void {
    const one = (key: string): readonly string[] => entriesOf(JSON.parse(content.get(key)!.value) as StoredObject);
    for (const [key, acknowledged] of this.acknowledged) {
      const stored = one(key);
      expect(new Set(stored).size, `${key} has an entry twice`).to.equal(stored.length);
      expect(
        stored.filter((entry) => !this.unknown.has(entry)),
        key,
      ).to.deep.equal(acknowledged.toSorted((a, b) => a.revision - b.revision).map(({ entry }) => entry));
    }
    for (const key of this.created) expect(content.has(key), key).to.equal(!this.deleted.has(key));
  }

  async #write(name: string, store: ObjectStore, keys: readonly string[]): Promise<void> {
    const { signal } = this.#controller;
    for (let n = 0; !signal.aborted; n += 1) {
      const key = keys[n % keys.length]!;
      await (n % 5 === 4
        ? this.#createAndDelete(`once/${name}-${n}`, n, store)
        : this.#append(key, `${name}-${n}`, store));
    }
  }

  async #append(key: string, entry: string, store: ObjectStore): Promise<void> {
    const { signal } = this.#controller;
    try {
      const now = await store.read(key, signal);
      const entries = [...(now === undefined ? [] : entriesOf(now.object)), entry];
      const object = task(key, entry, { entries });
      const written = await (now === undefined
        ? store.create(object, signal)
        : store.replace(object, now.revision, signal));
      this.#acknowledge(written.revision, entry);
      const all = this.acknowledged.get(key) ?? [];
      this.acknowledged.set(key, [...all, { entry, revision: written.revision }]);
    } catch (error) {
      if (error instanceof WriteOutcomeUnknownError) this.unknown.add(entry);
      this.#failed(error);
    }
  }

  async #createAndDelete(key: string, n: number, store: ObjectStore): Promise<void> {
    const { signal } = this.#controller;
    try {
      const { revision } = await store.create(task(key, key), signal);
      this.#acknowledge(revision, key);
      this.created.add(key);
      if (n % 2 === 0) return;
      // The outcome of the deletion is only checked after it was acknowledged.
      this.created.delete(key);
      const deleted = await store.delete(key, revision, signal);
      this.#acknowledge(deleted.revision, key);
      this.created.add(key);
      this.deleted.add(key);
    } catch (error) {
      this.#failed(error);
    }
  }

  #acknowledge(revision: number, write: string): void {
    expect(this.revisions.get(revision), `revision ${revision} twice`).to.equal(undefined);
    this.revisions.set(revision, write);
    this.#waiting = this.#waiting.filter(({ count, resolve }) => {
      if (this.count >= count) resolve();
      return this.count < count;
    });
  }

  #failed(error: unknown): void {
    if (this.#controller.signal.aborted) return;
    const expected = [
      KeyExistsError,
      KeyNotFoundError,
      RevisionConflictError,
      StoreUnavailableError,
      WriteOutcomeUnknownError,
    ];
    if (!expected.some((known) => error instanceof known)) throw error;
    const { name } = error as Error;
    this.failures.set(name, (this.failures.get(name) ?? 0) + 1);
  }
}
