/**
 * Objects and their history, counted in revisions like in etcd.
 * @module
 */
import { keyOf } from '../../key.ts';
import type { SourceObject } from '../../informers/collection/source-collection.ts';
import { deepFreeze } from '../../informers/collection/purity.ts';

/** A change of one object. Several changes may share a revision. */
export interface Revision<T> {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
}

/** The maximum number of states and changes that are kept. Older ones expire. */
const MAX_KEPT = 10_000;

/** The storage of a fake API server. It copies and freezes each object, and sets its uid and resourceVersion. */
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

  /** Creates or updates an object. */
  put(object: T): Revision<T> {
    this.#current += 1;
    const key = keyOf(object);
    const old = this.#objects.get(key);
    const stamped = this.#stamped(object, old);
    this.#objects.set(key, stamped);
    return this.#changed({ revision: this.#current, type: old === undefined ? 'ADDED' : 'MODIFIED', object: stamped });
  }

  /** Deletes objects in one revision. @throws Error if one does not exist */
  delete(keys: readonly string[]): Revision<T>[] {
    const unknown = keys.find((key) => !this.#objects.has(key));
    if (unknown !== undefined) throw new Error(`there is no object ${unknown}`);
    this.#current += 1;
    return keys.flatMap((key) => {
      const object = this.#objects.get(key);
      if (object === undefined) return [];
      this.#objects.delete(key);
      return [this.#changed({ revision: this.#current, type: 'DELETED', object: this.#stamped(object) })];
    });
  }

  /** Advances the revision without a change. */
  tick(revisions: number): void {
    this.#current += revisions;
    this.#keepState();
  }

  /** Drops the history up to now. */
  expire(): void {
    this.#oldest = this.#current;
    this.#changes = [];
    for (const revision of this.#states.keys()) if (revision < this.#current) this.#states.delete(revision);
  }

  /** Removes a change from the history, so that no later watch receives it. */
  lose(change: Revision<T>): void {
    this.#changes = this.#changes.filter((each) => each !== change);
  }

  /** Returns the changes after a revision, or undefined if the history does not reach back to it. */
  since(revision: number): Revision<T>[] | undefined {
    return revision < this.#oldest ? undefined : this.#changes.filter((change) => change.revision > revision);
  }

  /** Returns the objects at a revision in the order of their keys, or undefined if the revision has expired. */
  at(revision: number): T[] | undefined {
    const state = this.#states.get(revision);
    if (state === undefined) return undefined;
    return Array.from(state.entries())
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  #changed(change: Revision<T>): Revision<T> {
    this.#changes.push(change);
    if (this.#changes.length > MAX_KEPT) this.#oldest = this.#changes.shift()?.revision ?? this.#oldest;
    this.#keepState();
    return change;
  }

  #keepState(): void {
    this.#states.set(this.#current, new Map(this.#objects));
    if (this.#states.size <= MAX_KEPT) return;
    const [first] = this.#states.keys();
    if (first !== undefined) this.#states.delete(first);
  }

  #stamped(object: T, old?: T): T {
    const uid = object.metadata?.uid ?? old?.metadata?.uid ?? `uid-${(this.#uids += 1)}`;
    const metadata = { ...object.metadata, uid, resourceVersion: String(this.#current) };
    return deepFreeze(structuredClone({ ...object, metadata }));
  }
}
