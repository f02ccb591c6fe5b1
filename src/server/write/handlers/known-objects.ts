/**
 * The known objects of a handlers' resource: the newest state of each object that a handler has returned or a watch has delivered. Each
 * state has a revision, which this process assigns.
 *
 * A handler can be slow, so its result can be out of date when it returns. Each caller therefore starts an *observation* before it calls a
 * handler. If states of the key were recorded during the call, they win over the result of a read: a `get` or `list` that was overtaken by
 * a write must not undo that write.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import type { StoredObject, Versioned } from '../../../stores/object-store.ts';
import type { HandledCollection } from './handled-collection.ts';
import type { KeyState, SupersededStates } from './superseded-states.ts';

/** The maximum number of states of one key that an observation keeps. */
const MAX_OBSERVED = 64;

/** The states that were recorded since a call of a handler began. */
export interface Observation {
  /** Returns the states of a key, in order, or undefined if none was recorded. A state is undefined after a deletion. */
  of(key: string): readonly (Versioned | undefined)[] | undefined;
  end(): void;
}

/** The parts that {@link KnownObjects} uses. */
export interface KnownObjectsOptions {
  readonly collection: HandledCollection;
  /** Undefined for handlers without a watch. */
  readonly superseded: SupersededStates | undefined;
  /** The maximum number of objects of handlers without a list and a watch. Above it, the least recently used object is forgotten. */
  readonly limit: number;
}

/** The known objects of one resource. */
export class KnownObjects {
  readonly #collection: HandledCollection;
  readonly #superseded: SupersededStates | undefined;
  readonly #limit: number;
  readonly #known = new Map<string, Versioned>();
  /** The known objects in the form in which the collection contains them. */
  readonly #inCollection = new Map<string, StoredObject>();
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

  /** Returns all known objects by key. */
  all(): ReadonlyMap<string, Versioned> {
    return new Map(this.#known);
  }

  /** Starts an observation. @param observedKey the only key to observe; without it, all keys are observed */
  observe(observedKey?: string): Observation {
    const states = new Map<string, (Versioned | undefined)[]>();
    const observer = (key: string, state: Versioned | undefined): void => {
      if (observedKey !== undefined && key !== observedKey) return;
      const observed = states.get(key) ?? [];
      states.set(key, observed);
      observed.push(state);
      if (observed.length > MAX_OBSERVED) observed.shift();
    };
    this.#observers.add(observer);
    return { of: (key) => states.get(key), end: () => void this.#observers.delete(observer) };
  }

  /** Records the result of a read, unless a newer state was recorded during the read. @returns the newest state */
  recordRead(key: string, object: KeyState, observation: Observation): Versioned | undefined {
    return observation.of(key) === undefined ? this.#recordReturned(key, object) : this.#known.get(key);
  }

  /** Whether states of a key were recorded during a write, but not the state that was written. */
  isOvertaken(key: string, written: KeyState, observation: Observation): boolean {
    const states = observation.of(key);
    return states !== undefined && !states.some((state) => isDeepStrictEqual(state?.object, written));
  }

  /**
   * Records the result of a write. The watch can be faster than the handler: then it has already delivered this state, and perhaps newer
   * ones.
   * @returns the written state
   */
  recordWrite(key: string, object: StoredObject, observation: Observation): Versioned {
    const states = observation.of(key);
    const delivered = states?.find((state) => state !== undefined && isDeepStrictEqual(state.object, object));
    return delivered ?? this.#recordReturned(key, object) ?? this.withNewRevision(object);
  }

  /** Records the result of a deletion. @returns the last state, with the revision of its deletion */
  recordDeletion(key: string, last: StoredObject, observation: Observation): Versioned {
    const isDelivered = observation.of(key)?.some((state) => state === undefined) ?? false;
    if (!isDelivered) this.#recordReturned(key, undefined);
    return this.withNewRevision(last);
  }

  /** Records a state that the watch delivered, unless it is older than the known one. */
  recordWatched(key: string, object: StoredObject): void {
    const current = this.#known.get(key)?.object;
    if (this.#superseded?.remove(key, object, current) === true) return;
    this.#record(key, object);
  }

  /**
   * Records a deletion that the watch delivered, unless an earlier object under the same key was deleted.
   * @param uid the uid of the deleted object; undefined if the handlers return no uids
   */
  recordWatchedDeletion(key: string, uid: string | undefined): void {
    const current = this.#known.get(key)?.object;
    const isOfCurrent = uid !== undefined && current?.metadata.uid === uid;
    if (!isOfCurrent && this.#superseded?.remove(key, undefined, current) === true) return;
    this.#record(key, undefined);
  }

  /**
   * Records a complete list, or the initial objects of a watch. Keys that were written since the list or watch began keep their newer
   * state.
   * @param isBusy whether a key is being written
   */
  recordAll(
    objects: ReadonlyMap<string, StoredObject>,
    observation: Observation,
    isBusy: (key: string) => boolean,
  ): void {
    const isKnownNewer = (key: string, next: KeyState, current: KeyState): boolean =>
      // A list does not return a missed state later. A watch delivers it later, or again.
      this.#superseded === undefined
        ? observation.of(key) !== undefined || isBusy(key)
        : this.#superseded.remove(key, next, current);
    let isChanged = !this.#collection.hasSynced;
    for (const key of new Set([...this.#known.keys(), ...objects.keys()])) {
      const next = objects.get(key);
      const current = this.#known.get(key)?.object;
      if (isKnownNewer(key, next, current) || isDeepStrictEqual(next, current)) continue;
      this.#set(key, next);
      isChanged = true;
    }
    if (isChanged) this.#collection.setAll(this.#inCollection.values());
  }

  /** Returns an object with the next revision, without recording it. */
  withNewRevision(object: StoredObject): Versioned {
    this.#revision += 1;
    return Object.freeze({ object, revision: this.#revision });
  }

  /** Forgets all objects. The revisions continue, so that two states never have the same revision. */
  forget(): void {
    this.#known.clear();
    this.#inCollection.clear();
    this.#superseded?.clear();
  }

  /** Records a state that a handler returned. The watch can deliver the state that it replaces later. */
  #recordReturned(key: string, object: KeyState): Versioned | undefined {
    const current = this.#known.get(key)?.object;
    if (!isDeepStrictEqual(current, object)) this.#superseded?.add(key, current);
    return this.#record(key, object);
  }

  /** Sets the state of a key, notifies the collection and the observers. @returns the new state */
  #record(key: string, object: KeyState): Versioned | undefined {
    const before = this.#known.get(key);
    if (!isDeepStrictEqual(before?.object, object)) {
      const previous = this.#inCollection.get(key);
      this.#set(key, object);
      const next = this.#inCollection.get(key);
      if (next !== undefined) this.#collection.apply(previous === undefined ? 'ADDED' : 'MODIFIED', next);
      else if (previous !== undefined) this.#collection.apply('DELETED', previous);
    }
    const state = this.#known.get(key);
    for (const observer of this.#observers) observer(key, state);
    this.#evict(key, state);
    return state;
  }

  #set(key: string, object: KeyState): void {
    if (object === undefined) {
      this.#known.delete(key);
      this.#inCollection.delete(key);
      return;
    }
    const versioned = this.withNewRevision(object);
    this.#known.set(key, versioned);
    this.#inCollection.set(key, collectionObject(versioned));
  }

  /** Marks a key as used. Above the limit, forgets the least recently used object. Does nothing if a list or a watch reports deletions. */
  #evict(key: string, state: Versioned | undefined): void {
    if (this.#collection.feed !== undefined || state === undefined) return;
    this.#known.delete(key);
    this.#known.set(key, state);
    const [oldest] = this.#known.keys();
    if (this.#known.size <= this.#limit || oldest === undefined) return;
    const evicted = this.#inCollection.get(oldest);
    this.#set(oldest, undefined);
    if (evicted !== undefined) this.#collection.apply('DELETED', evicted);
  }
}

/** Returns an object as the collection contains it: its revision is its resourceVersion. */
function collectionObject({ object, revision }: Versioned): StoredObject {
  return Object.freeze({
    ...object,
    metadata: Object.freeze({ ...object.metadata, resourceVersion: String(revision) }),
  });
}
