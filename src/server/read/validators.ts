/**
 * The entity tags of lists. A tag stands for rows in a form, and never for a version: the version moves with changes that no row shows, and
 * stays the same when a late entry changes rows.
 *
 * ```
 *   no tag ──first list──► valid since the position in its body ──the rows change, or that position expires──► another tag
 * ```
 * A client that receives 304 continues to use its body, and watches from the position in it. So the tag is replaced when the log no longer
 * covers that position. Otherwise the client would receive 304, then 410, then 304, without end.
 * @module
 */
import { hash, randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { MaterializedView } from '../../projections/materialized-view.ts';

/** The maximum number of tags of a view. Each takes about 300 bytes. A tag that is dropped costs its clients one list. */
const MAX_TAGS = 1000;

/** The tag of lists that show the same rows in the same form. */
interface Validator {
  readonly tag: string;
  /** The position in the first body with this tag. All others are later. */
  readonly since: bigint;
  /** The version in that body. */
  readonly version: bigint;
}

/** The state and the form of a list. */
export interface TaggedList {
  /** Immutable parts that make up the selected rows: other rows have other parts. */
  readonly parts: Iterable<object>;
  /** Everything else that the body depends on, except the version in it. */
  readonly form: readonly (string | boolean | undefined)[];
  readonly position: bigint;
  /** The version in the body. */
  readonly version: bigint;
  /** Returns whether a client may still use an earlier version. The position in it is honoured by the view. */
  readonly isKnown: (version: bigint) => boolean;
}

/** The tags of the lists of one view. */
export class Validators {
  readonly #view: Pick<MaterializedView, 'honours'>;
  readonly #tags = new LRUCache<string, Validator>({ max: MAX_TAGS });
  readonly #numbers = new WeakMap<object, number>();
  #lastNumber = 0;

  constructor(view: Pick<MaterializedView, 'honours'>) {
    this.#view = view;
  }

  /** The number of tags. */
  get size(): number {
    return this.#tags.size;
  }

  /**
   * Returns the tag of a list. It is random, so that it discloses nothing. Lists with the same tag differ at most in the version in their
   * metadata, so it is weak.
   */
  tagOf({ parts, form, position, version, isKnown }: TaggedList): string {
    const key = hash('sha256', JSON.stringify([form, Array.from(parts, (part) => this.#numberOf(part))]), 'base64');
    const known = this.#tags.get(key);
    if (known !== undefined && this.#view.honours(known.since) && isKnown(known.version)) return known.tag;
    const tag = `W/"${randomUUID()}"`;
    this.#tags.set(key, { tag, since: position, version });
    return tag;
  }

  #numberOf(part: object): number {
    let number = this.#numbers.get(part);
    if (number !== undefined) return number;
    number = this.#lastNumber += 1;
    this.#numbers.set(part, number);
    return number;
  }
}
