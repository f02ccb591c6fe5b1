/**
 * The kept sets of visible namespaces, with their bounds. The sets that were not used for the longest time are forgotten when there are too many.
 * One user can have a quarter of them: requests with different tokens of one user can have different extra values, and so different sets.
 * @module
 */

/** The bounds of all sets together. */
export interface KeptSetBounds {
  readonly sets: number;
  /** The maximum number of namespaces in all sets. */
  readonly namespaces: number;
}

/** A set. */
export interface KeptSet {
  /** Whether nothing uses the set now, so that it can be forgotten. */
  readonly isIdle: boolean;
  /** The number of namespaces that are kept. */
  readonly size: number;
  /** Is called when the set is no longer kept. It no longer learns of changes, so a request that still has it must not use it. */
  forget(): void;
}

/** The part of all sets that users of one name can have. */
const USER_SHARE = 1 / 4;

interface Entry<S> {
  readonly user: string;
  readonly set: S;
}

/** The sets of one server, by their keys. */
export class KeptSets<S extends KeptSet> {
  readonly #bounds: KeptSetBounds;
  /** The least recently used set first. */
  readonly #sets = new Map<string, Entry<S>>();
  #forgotten = 0;

  constructor(bounds: KeptSetBounds) {
    this.#bounds = bounds;
  }

  /** The number of sets. */
  get size(): number {
    return this.#sets.size;
  }

  /** The number of users with different names. */
  get users(): number {
    return new Set(Array.from(this.#sets.values(), ({ user }) => user)).size;
  }

  /** The number of namespaces in all sets. */
  get namespaces(): number {
    let namespaces = 0;
    for (const { set } of this.#sets.values()) namespaces += set.size;
    return namespaces;
  }

  /** The number of sets that were forgotten because there were too many sets or namespaces. */
  get forgotten(): number {
    return this.#forgotten;
  }

  *values(): IterableIterator<S> {
    for (const { set } of this.#sets.values()) yield set;
  }

  /**
   * Returns the set of a key, or a new one; undefined if there are too many sets in use.
   * @param user the name of its user
   * @param kept a set that must not be forgotten for the new one
   */
  get(key: string, user: string, make: () => S, kept?: S): S | undefined {
    const known = this.#sets.get(key);
    if (known === undefined && !this.#makeRoom(user, kept)) return undefined;
    const entry = known ?? { user, set: make() };
    // The last in the order of the map.
    this.#sets.delete(key);
    this.#sets.set(key, entry);
    return entry.set;
  }

  /** Forgets sets that nothing uses until the namespaces fit. @returns whether they fit */
  shrink(): boolean {
    let { namespaces } = this;
    while (namespaces > this.#bounds.namespaces) {
      const forgotten = this.#forgetOne();
      if (forgotten === undefined) return false;
      namespaces -= forgotten.size;
    }
    return true;
  }

  /** Forgets all sets, also those in use. */
  clear(): void {
    const sets = Array.from(this.#sets.values());
    this.#sets.clear();
    for (const { set } of sets) set.forget();
  }

  /** Forgets sets until there is room for one more: of the user, if it has its share. @returns whether there is room */
  #makeRoom(user: string, kept: S | undefined): boolean {
    const { sets } = this.#bounds;
    const isOwn = (entry: Entry<S>): boolean => entry.user === user;
    const own = Array.from(this.#sets.values()).filter(isOwn).length;
    const mayForget = ({ set }: Entry<S>): boolean => set !== kept;
    const isForgettable = (entry: Entry<S>): boolean => isOwn(entry) && mayForget(entry);
    if (own >= Math.ceil(sets * USER_SHARE) && this.#forgetOne(isForgettable) === undefined) return false;
    if (this.#sets.size >= sets && this.#forgetOne(mayForget) === undefined) return false;
    return this.shrink();
  }

  /** Forgets the set that was not used for the longest time, of those that nothing uses now. */
  #forgetOne(mayForget: (entry: Entry<S>) => boolean = () => true): S | undefined {
    for (const [key, entry] of this.#sets) {
      if (!entry.set.isIdle || !mayForget(entry)) continue;
      this.#sets.delete(key);
      this.#forgotten += 1;
      entry.set.forget();
      return entry.set;
    }
    return undefined;
  }
}
