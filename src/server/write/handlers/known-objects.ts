/**
 * The objects of a handlers' resource, as this process knows them: the newest state of each object that a handler, a list or a watch has
 * shown, under a revision that this process numbers itself.
 *
 * Handlers take their time, so their results can be out of date on arrival. Each caller therefore starts an *observation* before it calls a
 * handler. If the observation has seen states of the key in the meantime, they count more than the result: a `get` or `list` that was
 * overtaken by a write must not take that write back.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import type { StoredObject, Versioned } from '../../../stores/object-store.ts';
import type { HandledCollection } from './handled-collection.ts';
import type { KeyState, SupersededStates } from './superseded-states.ts';

/** The maximum number of states of one key that an observation remembers. */
const MAX_SEEN = 64;

/** The states that were observed since a call began. */
export interface Observation {
  /** The states of a key, in order; undefined if there were none. */
  of(key: string): readonly (Versioned | undefined)[] | undefined;
  end(): void;
}

/** The parts that {@link KnownObjects} uses. */
export interface KnownObjectsOptions {
  readonly collection: HandledCollection;
  /** For handlers with a watch. */
  readonly superseded: SupersededStates | undefined;
  /** The maximum number of objects, if neither list nor watch reports deletions. The least recently used ones are forgotten. */
  readonly limit: number;
}

/** See the top of this file. */
export class KnownObjects {
  readonly #collection: HandledCollection;
  readonly #superseded: SupersededStates | undefined;
  readonly #limit: number;
  readonly #known = new Map<string, Versioned>();
  readonly #shown = new Map<string, StoredObject>();
  readonly #observers = new Set<(key: string, state: Versioned | undefined) => void>();
  #revision = 0;

  constructor({ collection, superseded, limit }: KnownObjectsOptions) {
    this.#collection = collection;
    this.#superseded = superseded;
    this.#limit = limit;
  }

  /** Whether all objects of the resource are known. */
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

  /** Starts an observation of one key, or of all keys. */
  observe(wanted?: string): Observation {
    const states = new Map<string, (Versioned | undefined)[]>();
    const notice = (key: string, state: Versioned | undefined): void => {
      if (wanted !== undefined && key !== wanted) return;
      const seen = states.get(key) ?? [];
      states.set(key, seen);
      seen.push(state);
      if (seen.length > MAX_SEEN) seen.shift();
    };
    this.#observers.add(notice);
    return { of: (key) => states.get(key), end: () => void this.#observers.delete(notice) };
  }

  /** Takes the result of a read. @returns the newest state */
  found(key: string, object: KeyState, seen: Observation): Versioned | undefined {
    return seen.of(key) === undefined ? this.#observed(key, object) : this.#known.get(key);
  }

  /** Whether states of a key were observed during a write, but not the state that was written. */
  isOvertaken(key: string, written: KeyState, seen: Observation): boolean {
    const states = seen.of(key);
    return states !== undefined && !states.some((state) => isDeepStrictEqual(state?.object, written));
  }

  /** Takes the result of a write. A faster watch may have delivered this state already, and newer ones. @returns the written state */
  wrote(key: string, object: StoredObject, seen: Observation): Versioned {
    const delivered = seen.of(key)?.find((state) => state !== undefined && isDeepStrictEqual(state.object, object));
    return delivered ?? this.#observed(key, object) ?? this.#numbered(object);
  }

  /** The state of a write that nothing has observed: the object has been deleted since. */
  unobserved(object: StoredObject): Versioned {
    return this.#numbered(object);
  }

  /** Takes the result of a deletion. @returns the last state, with the revision of its deletion */
  removed(key: string, last: StoredObject, seen: Observation): Versioned {
    const isDelivered = seen.of(key)?.some((state) => state === undefined) ?? false;
    if (!isDelivered) this.#observed(key, undefined);
    return this.#numbered(last);
  }

  /** Takes a state that the watch delivered, unless it is older than the known one. */
  delivered(key: string, object: StoredObject): void {
    const current = this.#known.get(key)?.object;
    if (this.#superseded?.includes(key, object, current) === true) return;
    this.#change(key, object);
  }

  /**
   * Takes a deletion that the watch delivered, unless it is that of an earlier object under the same key.
   * @param uid the uid of the deleted object; undefined if the handlers give none
   */
  deliveredDeletion(key: string, uid: string | undefined): void {
    const current = this.#known.get(key)?.object;
    const isOfCurrent = uid !== undefined && current?.metadata.uid === uid;
    if (!isOfCurrent && this.#superseded?.includes(key, undefined, current) === true) return;
    this.#change(key, undefined);
  }

  /** Takes a complete list, or the initial objects of a watch. Keys that were written in the meantime keep their newer state. */
  completed(objects: ReadonlyMap<string, StoredObject>, seen: Observation, isBusy: (key: string) => boolean): void {
    const isFirst = !this.#collection.hasSynced;
    const keys = new Set([...this.#known.keys(), ...objects.keys()]);
    let isChanged = isFirst;
    for (const key of keys) {
      const next = objects.get(key);
      const { object: current } = this.#known.get(key) ?? {};
      if (this.#isNewer(key, next, current, seen, isBusy)) continue;
      if (isDeepStrictEqual(next, current)) continue;
      this.#keep(key, next);
      isChanged = true;
    }
    if (isChanged) this.#collection.complete(this.#shown.values());
  }

  /** Forgets all objects. Revisions continue, so that no earlier revision ever names a later state. */
  forget(): void {
    this.#known.clear();
    this.#shown.clear();
    this.#superseded?.clear();
  }

  /** Whether what is known of a key is newer than the state that was read. */
  #isNewer(
    key: string,
    next: KeyState,
    current: KeyState,
    seen: Observation,
    isBusy: (key: string) => boolean,
  ): boolean {
    // A watch delivers a missed state later, or again; a list does not.
    if (this.#superseded !== undefined) return this.#superseded.includes(key, next, current);
    return seen.of(key) !== undefined || isBusy(key);
  }

  /** Takes a state that a handler returned to this process. */
  #observed(key: string, object: KeyState): Versioned | undefined {
    const current = this.#known.get(key)?.object;
    if (!isDeepStrictEqual(current, object)) this.#superseded?.add(key, current);
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
    for (const notice of this.#observers) notice(key, state);
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

  /** Forgets the least recently used object, if neither list nor watch reports deletions. */
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

/** The object as a collection holds it. */
function withRevision({ object, revision }: Versioned): StoredObject {
  return Object.freeze({
    ...object,
    metadata: Object.freeze({ ...object.metadata, resourceVersion: String(revision) }),
  });
}
