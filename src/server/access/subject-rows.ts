/**
 * The namespaces that one user may see with one verb: a set that is reviewed when a request or a watch needs it. Requests read it only while it
 * covers all namespaces that have rows and is not outdated for too long. A watch ends when the set is another one.
 *
 * ```
 *   idle ──renew(): unknown, outdated, a new namespace──► reviewing ──the same set──► idle
 *    ▲                                                        ├──another set──► its watches end ──► idle
 *    └──a second──────────────────────────────────────────────┴──failed (for five minutes: its watches end)
 * ```
 * @module
 */
import type { Cancel, Clock } from '../../clock.ts';
import type { MaterializedView } from '../../projections/materialized-view.ts';
import type { VisibleNamespaces } from '../read/visible-namespaces.ts';
import { KnownNamespaces } from './known-namespaces.ts';
import { allowedAmong, allowedNamespaces, type NamespaceReviewer } from './namespace-reviews.ts';
import { ReviewTimes } from './review-times.ts';

/** The result of a review of a set. */
export type SetReviewResult = 'same' | 'changed' | 'failed';

/** The input of {@link SubjectRows}. */
export interface SubjectRowsOptions extends NamespaceReviewer {
  /** The views whose rows the set is about. */
  readonly views: readonly MaterializedView[];
  readonly clock: Clock;
  /** The time of the last change of rights before the set was made. */
  readonly rightsChangedAt?: number | undefined;
  /** Is called after each review of the set. It must not throw. */
  readonly onReviewed?: ((result: SetReviewResult) => void) | undefined;
}

/** The set of one user and verb. */
export class SubjectRows {
  readonly #options: SubjectRowsOptions;
  readonly #known: KnownNamespaces;
  readonly #times: ReviewTimes;
  readonly #followers = new Set<() => void>();
  #isForgotten = false;
  #running: Promise<void> | undefined;
  #cancel: Cancel | undefined;

  constructor(options: SubjectRowsOptions) {
    this.#options = options;
    this.#known = new KnownNamespaces(options.views, options.clock);
    this.#times = new ReviewTimes(options.clock, options.rightsChangedAt);
  }

  /** Whether nothing uses the set now. */
  get isIdle(): boolean {
    return this.#followers.size === 0 && this.#running === undefined;
  }

  /** The number of namespaces that are kept. */
  get size(): number {
    return this.#known.set?.names?.length ?? 0;
  }

  /**
   * The set, if it covers all namespaces that have rows now and is not outdated for too long. A forgotten set is not known: it does not learn of
   * changes of rights.
   */
  current(): VisibleNamespaces | undefined {
    if (this.#isForgotten) return undefined;
    return this.#known.isComplete && !this.#times.isOver ? this.#known.set : undefined;
  }

  /** Whether the set is known and needs no review. */
  get isFresh(): boolean {
    return this.#known.isComplete && !this.#times.isOutdated;
  }

  /** Reviews the set if that is necessary. @returns a promise that resolves when no review is in progress; undefined if there is none */
  renew(): Promise<void> | undefined {
    if (this.#running === undefined && !this.isFresh && this.#times.mayBegin(!this.#needsOnlyNew())) {
      this.#running = this.#review().finally(() => {
        this.#running = undefined;
        this.#schedule();
      });
    }
    return this.#running;
  }

  /** Returns the position without the mark of the set, if the set has been known, unchanged, since that position. */
  knownSince(view: MaterializedView, position: bigint): bigint | undefined {
    return this.#known.knownSince(view, position);
  }

  /** Calls `end` once when the set changes, or is not known for too long. Returns a function that removes it. */
  follow(end: () => void): () => void {
    this.#followers.add(end);
    this.#schedule();
    return () => {
      this.#followers.delete(end);
      if (this.#followers.size === 0) this.#stopTimer();
    };
  }

  /** Records that the rights of some users have changed. */
  rightsChanged(): void {
    this.#times.rightsChanged();
    this.poke();
  }

  /** Reviews the set soon, if a watch uses it. */
  poke(): void {
    if (this.#followers.size === 0) return;
    void this.renew();
    this.#schedule();
  }

  /** Ends all watches, and the timer. Requests that still have the set do not use it. */
  forget(): void {
    this.#isForgotten = true;
    this.#stopTimer();
    this.#endFollowers();
  }

  /** New namespaces need no complete review. */
  #needsOnlyNew(): boolean {
    return this.#known.set !== undefined && !this.#times.isOutdated;
  }

  async #review(): Promise<void> {
    const { onReviewed } = this.#options;
    try {
      const hasChanged = await (this.#needsOnlyNew() ? this.#reviewNew() : this.#reviewAll());
      this.#times.succeeded();
      if (hasChanged) this.#endFollowers();
      onReviewed?.(hasChanged ? 'changed' : 'same');
    } catch {
      // `review` has counted and logged the failure. Requests receive 503 when the set is outdated for too long.
      if (this.#times.failed()) this.#endFollowers();
      onReviewed?.('failed');
    }
  }

  /** Reviews the whole set. @returns whether it is another one */
  async #reviewAll(): Promise<boolean> {
    const isWatched = this.#followers.size > 0;
    const begun = this.#times.begin();
    try {
      const { newest } = this.#known;
      const names = await allowedNamespaces(this.#options, () => this.#known.candidates);
      this.#times.complete(begun);
      // Between a change of rights and this review, the set of a user without watches is not known.
      return this.#known.learn(names, newest, !isWatched && this.#known.set !== undefined);
    } catch (error) {
      this.#times.abandon(begun);
      throw error;
    }
  }

  /** Reviews the namespaces that have got their first row. @returns whether the set is another one */
  async #reviewNew(): Promise<boolean> {
    const { newest, unreviewed, set } = this.#known;
    const names = set?.names;
    // A user with the rights in all namespaces has them in each.
    if (names === undefined) return this.#known.learn(undefined, newest, false);
    const added = Array.from(unreviewed.names).filter((name) => set?.has(name) === false);
    const allowed = await allowedAmong(this.#options, added);
    return this.#known.learn([...names, ...allowed], newest, unreviewed.haveEnded);
  }

  #endFollowers(): void {
    const ends = [...this.#followers];
    this.#followers.clear();
    for (const end of ends) end();
  }

  #stopTimer(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Schedules the next review while a watch uses the set. */
  #schedule(): void {
    this.#stopTimer();
    if (this.#followers.size === 0 || this.#running !== undefined) return;
    this.#cancel = this.#options.clock.schedule(this.#times.untilNext(this.isFresh), () => {
      this.#cancel = undefined;
      void this.renew();
      this.#schedule();
    });
  }
}
