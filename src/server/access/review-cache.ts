/**
 * The results of reviews. A result is kept for a short time, so that a client that sends many requests causes few reviews.
 *
 * ```
 *   get ──► pending ──result──► kept ──its time is over, or the cache needs the space──► removed
 *              │ │ error: removed, and not kept
 *              │ others wait for the same review
 * ```
 * @module
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../clock.ts';

/** The maximum number of results that are kept. */
const MAX_RESULTS = 8192;
/** The maximum number of reviews at once. Unauthenticated clients cause reviews too, so they must not exhaust the cluster. */
export const MAX_PENDING_REVIEWS = 400;

/** Too many reviews are in progress. */
export class TooManyReviewsError extends Error {
  override readonly name = 'TooManyReviewsError';
}

/** Receives each cache of a server when it is made, with the kind of its reviews: `TokenReview`. */
export type CacheObserver = (kind: string, cache: { readonly size: number }) => void;

/** Options of a {@link ReviewCache}. */
export interface ReviewCacheOptions<R> {
  readonly clock: Clock;
  /** Returns the time for which a result is kept, in milliseconds. 0 keeps it for no time. */
  readonly ttl: (result: R) => number;
  /** The maximum number of results. @default 8192 */
  readonly max?: number | undefined;
}

/** The kept results of one kind of review, by key. */
export class ReviewCache<R> {
  readonly #options: ReviewCacheOptions<R>;
  readonly #results: LRUCache<string, { readonly result: R; readonly expires: number }>;
  readonly #pending = new Map<string, Promise<R>>();

  constructor(options: ReviewCacheOptions<R>) {
    this.#options = options;
    this.#results = new LRUCache({ max: options.max ?? MAX_RESULTS });
  }

  /** The number of results that are kept. Some of them may have expired. */
  get size(): number {
    return this.#results.size;
  }

  /** Returns the result that is kept for a key. */
  kept(key: string): R | undefined {
    const entry = this.#results.get(key);
    if (entry === undefined) return undefined;
    if (this.#options.clock.now() < entry.expires) return entry.result;
    this.#results.delete(key);
    return undefined;
  }

  /**
   * Returns the result for a key: the one that is kept, that of the review in progress, or that of a new review.
   * @throws TooManyReviewsError; the error of the review
   */
  async get(key: string, review: () => Promise<R>): Promise<R> {
    const kept = this.kept(key);
    if (kept !== undefined) return kept;
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    if (this.#pending.size >= MAX_PENDING_REVIEWS) throw new TooManyReviewsError('too many reviews are in progress');
    const started = this.#start(key, review).finally(() => this.#pending.delete(key));
    this.#pending.set(key, started);
    return started;
  }

  async #start(key: string, review: () => Promise<R>): Promise<R> {
    const result = await review();
    const ttl = this.#options.ttl(result);
    if (ttl > 0) this.#results.set(key, { result, expires: this.#options.clock.now() + ttl });
    return result;
  }
}
