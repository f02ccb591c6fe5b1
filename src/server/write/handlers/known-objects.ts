/**
 * What this process knows of the objects of a resource by handlers: the newest state of each that any answer, list or watch has shown,
 * under a number of its own.
 *
 * Handlers answer when they like. So whoever asks takes a *look* first, and what was observed meanwhile counts more than what the answer
 * says: a `get` or a `list` that was overtaken by a write must not take the write back.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { keyOf } from '../../../key.ts';
import type { StoredObject, Versioned } from '../../../stores/object-store.ts';
import type { Echoes, KeyState } from './echoes.ts';
import type { HandledCollection } from './handled-collection.ts';

/** States of one key that a look remembers. */
const MOST_SEEN = 64;

/** What was observed since somebody asked. */
export interface Look {
  /** The states of a key, in order; undefined: none was observed. */
  seen(key: string): readonly (Versioned | undefined)[] | undefined;
  end(): void;
}

/** How the objects are kept. */
export interface KnownObjectsOptions {
  readonly collection: HandledCollection;
  /** Where a watch tells of everything. */
  readonly echoes: Echoes | undefined;
  /** Objects known at most, where nothing tells of those that went; the ones that were not asked for longest are forgotten. */
  readonly limit: number;
}

/** See the top of this file. */
export class KnownObjects {
  readonly #collection: HandledCollection;
  readonly #echoes: Echoes | undefined;
  readonly #limit: number;
  readonly #known = new Map<string, Versioned>();
  readonly #shown = new Map<string, StoredObject>();
  readonly #looks = new Set<(key: string, state: Versioned | undefined) => void>();
  #revision = 0;

  constructor({ collection, echoes, limit }: KnownObjectsOptions) {
    this.#collection = collection;
    this.#echoes = echoes;
    this.#limit = limit;
  }

  /** Whether everything there is is known. */
  get isComplete(): boolean {
    return this.#collection.feed !== undefined && this.#collection.hasSynced;
  }

  get(key: string): Versioned | undefined {
    return this.#known.get(key);
  }

  /** All objects by key, as they are known. */
  all(): ReadonlyMap<string, Versioned> {
    return new Map(this.#known);
  }

  /** Somebody asks for a key; undefined: for all. */
  look(wanted?: string): Look {
    const states = new Map<string, (Versioned | undefined)[]>();
    const notice = (key: string, state: Versioned | undefined): void => {
      if (wanted !== undefined && key !== wanted) return;
      const seen = states.get(key) ?? [];
      states.set(key, seen);
      seen.push(state);
      if (seen.length > MOST_SEEN) seen.shift();
    };
    this.#looks.add(notice);
    return { seen: (key) => states.get(key), end: () => void this.#looks.delete(notice) };
  }

  /** A read found `object`, or nothing. @returns the newest state */
  found(key: string, object: KeyState, look: Look): Versioned | undefined {
    return look.seen(key) === undefined ? this.#observed(key, object) : this.#known.get(key);
  }

  /** Whether states of a key were observed during a write, but not the state that was written. */
  isOvertaken(key: string, written: KeyState, look: Look): boolean {
    const seen = look.seen(key);
    return seen !== undefined && !seen.some((state) => isDeepStrictEqual(state?.object, written));
  }

  /** A write has stored `object`. A watch that was faster has told of it already, and perhaps of more. */
  wrote(key: string, object: StoredObject, look: Look): Versioned {
    const told = look.seen(key)?.find((state) => state !== undefined && isDeepStrictEqual(state.object, object));
    return told ?? this.#observed(key, object) ?? this.#numbered(object);
  }

  /** The state of a write that nothing has observed: the object has been deleted since. */
  unobserved(object: StoredObject): Versioned {
    return this.#numbered(object);
  }

  /** A write has removed an object. @returns it, with the number of its end */
  removed(key: string, last: StoredObject, look: Look): Versioned {
    const isTold = look.seen(key)?.some((state) => state === undefined) ?? false;
    if (!isTold) this.#observed(key, undefined);
    return this.#numbered(last);
  }

  /** Takes a state that the watch delivered, unless it is older than the known one. */
  told(key: string, object: StoredObject): void {
    const current = this.#known.get(key)?.object;
    if (this.#echoes?.isEcho(key, object, current) === true) return;
    this.#change(key, object);
  }

  /**
   * Takes a deletion that the watch delivered, unless it is that of an earlier object under the same key.
   * @param uid the uid of the deleted object; undefined if the handlers give none
   */
  toldDeleted(key: string, uid: string | undefined): void {
    const current = this.#known.get(key)?.object;
    const isOfCurrent = uid !== undefined && current?.metadata.uid === uid;
    if (!isOfCurrent && this.#echoes?.isEcho(key, undefined, current) === true) return;
    this.#change(key, undefined);
  }

  /** What a list found, or a watch told first: everything there is, except of keys that were written while it was asked. */
  completed(objects: ReadonlyMap<string, StoredObject>, look: Look, isBusy: (key: string) => boolean): void {
    const isFirst = !this.#collection.hasSynced;
    const keys = new Set([...this.#known.keys(), ...objects.keys()]);
    let isChanged = isFirst;
    for (const key of keys) {
      const next = objects.get(key);
      const { object: current } = this.#known.get(key) ?? {};
      if (this.#isNewer(key, next, current, look, isBusy)) continue;
      if (isDeepStrictEqual(next, current)) continue;
      this.#keep(key, next);
      isChanged = true;
    }
    if (isChanged) this.#collection.complete(this.#shown.values());
  }

  /** Nobody wants to know any more. Numbers go on: what was seen before is never taken for what comes. */
  forget(): void {
    this.#known.clear();
    this.#shown.clear();
    this.#echoes?.clear();
  }

  /** Whether what is known of a key is newer than the state that was read. */
  #isNewer(key: string, next: KeyState, current: KeyState, look: Look, isBusy: (key: string) => boolean): boolean {
    // A watch tells of what it has missed, or tells it again; a list does not.
    if (this.#echoes !== undefined) return this.#echoes.isEcho(key, next, current);
    return look.seen(key) !== undefined || isBusy(key);
  }

  /** An answer to this process. */
  #observed(key: string, object: KeyState): Versioned | undefined {
    const current = this.#known.get(key)?.object;
    if (!isDeepStrictEqual(current, object)) this.#echoes?.superseded(key, current);
    return this.#change(key, object);
  }

  #change(key: string, object: KeyState): Versioned | undefined {
    const before = this.#known.get(key);
    if (!isDeepStrictEqual(before?.object, object)) {
      const shown = this.#shown.get(key);
      this.#keep(key, object);
      const now = this.#shown.get(key);
      if (now !== undefined) this.#collection.changed(shown === undefined ? 'ADDED' : 'MODIFIED', now);
      else if (shown !== undefined) this.#collection.changed('DELETED', shown);
    }
    const state = this.#known.get(key);
    for (const notice of this.#looks) notice(key, state);
    this.#bound(key, state);
    return state;
  }

  #keep(key: string, object: KeyState): void {
    if (object === undefined) {
      this.#known.delete(key);
      this.#shown.delete(key);
      return;
    }
    const versioned = this.#numbered(object);
    this.#known.set(key, versioned);
    this.#shown.set(key, withRevision(versioned));
  }

  #numbered(object: StoredObject): Versioned {
    this.#revision += 1;
    return Object.freeze({ object, revision: this.#revision });
  }

  /** Forgets what was not asked for longest, where nothing tells of objects that have gone. */
  #bound(key: string, state: Versioned | undefined): void {
    if (this.#collection.feed !== undefined || state === undefined) return;
    this.#known.delete(key);
    this.#known.set(key, state);
    const [oldest] = this.#known.keys();
    if (this.#known.size <= this.#limit || oldest === undefined) return;
    const shown = this.#shown.get(oldest);
    this.#keep(oldest, undefined);
    if (shown !== undefined) this.#collection.changed('DELETED', shown);
  }
}

/** As collections have it. */
function withRevision({ object, revision }: Versioned): StoredObject {
  return Object.freeze({
    ...object,
    metadata: Object.freeze({ ...object.metadata, resourceVersion: String(revision) }),
  });
}

/** Objects under their keys. @throws TypeError when there are two of one key */
export function byKey(objects: Iterable<StoredObject>): Map<string, StoredObject> {
  const map = new Map<string, StoredObject>();
  for (const object of objects) {
    const key = keyOf(object);
    if (map.has(key)) throw new TypeError(`two objects ${key}`);
    map.set(key, object);
  }
  return map;
}
