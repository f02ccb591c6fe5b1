/**
 * Objects with their history, counted in revisions as etcd does.
 * @module
 */
import { keyOf } from '../../key.ts';
import type { SourceObject } from '../../informers/collection/source-collection.ts';
import { deepFreeze } from '../../informers/collection/purity.ts';

/** One object changed at a revision. Several may share one. */
export interface Revision<T> {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
}

/** So many states and changes are kept; older ones expire. */
const KEPT = 10_000;

/** What a fake API server has stored. Objects are copied, frozen, and stamped with uid and resourceVersion. */
export class Revisions<T extends SourceObject> {
  readonly #objects = new Map<string, T>();
  readonly #states = new Map<number, ReadonlyMap<string, T>>();
  #changes: Revision<T>[] = [];
  #current: number;
  #oldest: number;
  #uids = 0;

  constructor(objects: readonly T[], start: number) {
    this.#current = start;
    for (const object of objects) this.put(object);
    this.#oldest = this.#current;
    this.expire();
    this.#keepState();
  }

  get current(): number {
    return this.#current;
  }

  get objects(): T[] {
    return Array.from(this.#objects.values());
  }

  /** Creates or updates. */
  put(object: T): Revision<T> {
    this.#current += 1;
    const key = keyOf(object);
    const old = this.#objects.get(key);
    const stamped = this.#stamped(object, old);
    this.#objects.set(key, stamped);
    return this.#changed({ revision: this.#current, type: old === undefined ? 'ADDED' : 'MODIFIED', object: stamped });
  }

  /** Deletes, all in one revision. @throws Error when one is not there */
  delete(keys: readonly string[]): Revision<T>[] {
    const missing = keys.find((key) => !this.#objects.has(key));
    if (missing !== undefined) throw new Error(`there is no ${missing}`);
    this.#current += 1;
    return keys.flatMap((key) => {
      const object = this.#objects.get(key);
      if (object === undefined) return [];
      this.#objects.delete(key);
      return [this.#changed({ revision: this.#current, type: 'DELETED', object: this.#stamped(object) })];
    });
  }

  /** Something else happens. */
  tick(revisions: number): void {
    this.#current += revisions;
    this.#keepState();
  }

  /** Forgets all history up to now. */
  expire(): void {
    this.#oldest = this.#current;
    this.#changes = [];
    for (const revision of this.#states.keys()) if (revision < this.#current) this.#states.delete(revision);
  }

  /** Takes a change out of the history, as if it had been lost. */
  lose(change: Revision<T>): void {
    this.#changes = this.#changes.filter((each) => each !== change);
  }

  /** The changes after a revision; undefined when history does not reach back to it. */
  since(revision: number): Revision<T>[] | undefined {
    return revision < this.#oldest ? undefined : this.#changes.filter((change) => change.revision > revision);
  }

  /** The state at a revision, in order of keys; undefined when it has expired. */
  at(revision: number): T[] | undefined {
    const state = this.#states.get(revision);
    if (state === undefined) return undefined;
    return Array.from(state.entries())
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  #changed(change: Revision<T>): Revision<T> {
    this.#changes.push(change);
    if (this.#changes.length > KEPT) this.#oldest = this.#changes.shift()?.revision ?? this.#oldest;
    this.#keepState();
    return change;
  }

  #keepState(): void {
    this.#states.set(this.#current, new Map(this.#objects));
    if (this.#states.size <= KEPT) return;
    const [first] = this.#states.keys();
    if (first !== undefined) this.#states.delete(first);
  }

  #stamped(object: T, old?: T): T {
    const uid = object.metadata?.uid ?? old?.metadata?.uid ?? `uid-${(this.#uids += 1)}`;
    const metadata = { ...object.metadata, uid, resourceVersion: String(this.#current) };
    return deepFreeze(structuredClone({ ...object, metadata }));
  }
}
