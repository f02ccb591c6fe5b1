/**
 * The namespaces whose rows a caller may see, for resources with `authorize: 'rows'`. The id of the set is a part of everything that depends
 * on it: continue tokens, cached bodies, groups of watchers, and the versions of lists.
 * @module
 */
import { createHash } from 'node:crypto';
import type { LeafRange } from '../../projections/leaf.ts';
import { compareKeys, type RowSnapshot } from '../../projections/ordered-map.ts';

/** A set of namespaces. */
export class VisibleNamespaces {
  /** A hash of the set. Replicas have the same id for the same set. */
  readonly id: string;
  /** The namespaces, in the order of the keys of their rows; undefined for all namespaces. */
  readonly names: readonly string[] | undefined;
  readonly #names: ReadonlySet<string>;
  /** 16 bits of the hash, not 0. */
  readonly #mark: number;

  /** @param names undefined for all namespaces */
  constructor(names: Iterable<string> | undefined) {
    // In the order of keys, `a-b/x` comes before `a/x`.
    this.names = names && Array.from(names).sort((a, b) => compareKeys(`${a}/`, `${b}/`));
    this.#names = new Set(this.names);
    const hash = hashOf(this.names);
    this.id = hash.toString('base64url', 0, 16);
    this.#mark = hash.readUInt16BE(16) || 1;
  }

  has(namespace: string): boolean {
    return this.names === undefined || this.#names.has(namespace);
  }

  /**
   * Returns a position with the mark of the set, or a marked position without it. A view accepts a marked position only without its mark: with
   * it, the digest of the rows or the instance in the position is another one.
   */
  marked(position: bigint): bigint {
    return position ^ BigInt(this.#mark);
  }

  /**
   * Returns a hash of the namespaces that have rows in a state. Replicas have the same one, even if their sets differ in namespaces without
   * rows. Cost: one lookup for each namespace.
   */
  idIn(rows: RowSnapshot): string {
    const names = this.names?.filter((name) => rows.leaves(name).next().done !== true);
    return hashOf(names).toString('base64url', 0, 16);
  }

  /** Returns the rows of the set in the order of their keys, like `RowSnapshot.leaves` for all namespaces. */
  *leaves(rows: RowSnapshot, start?: string): IterableIterator<LeafRange> {
    if (this.names === undefined) yield* rows.leaves('', start);
    else for (const name of this.names) yield* rows.leaves(name, start);
  }

  /** Returns the immutable parts that make up these rows, like `RowSnapshot.parts` for all namespaces. */
  *parts(rows: RowSnapshot): IterableIterator<object> {
    if (this.names === undefined) yield* rows.parts('');
    else for (const name of this.names) yield* rows.parts(name);
  }

  /** Returns the number of rows in {@link leaves}. */
  count(rows: RowSnapshot, start?: string): number {
    if (this.names === undefined) return rows.count('', start);
    return this.names.reduce((sum, name) => sum + rows.count(name, start), 0);
  }
}

function hashOf(names: readonly string[] | undefined): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(names ?? 'all'))
    .digest();
}

/** What the caller of one request may see. The set can change while the request is in progress. */
export interface RowAccess {
  /**
   * Waits a short time until the set is known.
   * @throws ApiError 503 with `Retry-After` if it is not
   */
  ready(signal: AbortSignal): Promise<void>;
  /** The set, if it is known for all rows that the view has now. */
  current(): VisibleNamespaces | undefined;
  /**
   * Returns the position of the view for a position that a client presents, if this server has known the current set, unchanged, since that
   * position. Otherwise undefined. The view must have reached the position.
   */
  knownSince(position: bigint): bigint | undefined;
  /** Returns whether a watch of the caller may start at a version that a client presents, as {@link knownSince} for the set of the watch. */
  canFollow(version: bigint): boolean;
  /**
   * Returns the version of a list of the set: the position with the mark of the set that a watch shows, if both show the same rows of this
   * state. They can differ in namespaces without rows.
   */
  versionOf(position: bigint, rows: RowSnapshot, listed: VisibleNamespaces): bigint;
  /** Calls `end` once when the set changes. Returns a function that removes it. Call it in the same turn as {@link current}. */
  follow(end: () => void): () => void;
}
