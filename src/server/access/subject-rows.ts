/**
 * The namespaces that one user may see with one verb: a set that is reviewed again when it may have changed.
 *
 * ```
 *   unknown ──reviewed──► known ──rights changed, 5 minutes, a new namespace──► outdated ──reviewed──► known (the same set or another one)
 *      ▲                                                                           │
 *      └──────────────── not reviewed within 10 s (watches: 5 minutes) ────────────┘
 * ```
 * The set is read only if it covers all namespaces that have rows. `since` says from which place of each view on it has been known, unchanged.
 * @module
 */
import type { Cancel, Clock } from '../../clock.ts';
import type { MaterializedView } from '../../projections/materialized-view.ts';
import { VisibleNamespaces } from '../read/visible-namespaces.ts';

/** The time after which a set is reviewed again, in milliseconds. */
export const RENEWAL_MS = 300_000;
/** The time for which an outdated set is used while it is reviewed, in milliseconds: that of kept decisions. */
export const OUTDATED_MS = 10_000;
/**
 * The time after a change of rights after which sets are reviewed once more, in milliseconds: the cluster's authorizer may learn of the
 * change later than the informers of this server.
 */
export const SETTLE_MS = 2000;
/** The minimum time between the beginnings of two reviews of a set, in milliseconds. */
export const MIN_INTERVAL_MS = 1000;
/** The time for which failing reviews do not end a watch, in milliseconds. */
const TOLERANCE_MS = 300_000;

/** The input of {@link SubjectRows}. */
export interface SubjectRowsOptions {
  /** The number of sources on which the user needs the verb. */
  readonly sources: number;
  /** Returns whether the user has the verb on a source, in a namespace or (empty) in all namespaces. */
  readonly review: (source: number, namespace: string) => Promise<boolean>;
  /** The views whose rows the set is about. */
  readonly views: readonly MaterializedView[];
  readonly clock: Clock;
}

/** The knowledge about one view. */
interface ViewKnowledge {
  /** The number of the last namespace that was reviewed. */
  reviewed: number;
  /** The place of the view when the set became what it is. Undefined before it is known. */
  since: bigint | undefined;
}

/** The set of one user and verb. */
export class SubjectRows {
  readonly #options: SubjectRowsOptions;
  readonly #views: ReadonlyMap<MaterializedView, ViewKnowledge>;
  readonly #followers = new Set<() => void>();
  #set: VisibleNamespaces | undefined;
  /** The time of the last complete review. */
  #reviewedAt = -Infinity;
  /** The time of the first change of rights that no complete review has seen. */
  #changedAt: number | undefined;
  /** The time at which the set must be reviewed because of the last change of rights. */
  #settledAt = -Infinity;
  #begunAt = -Infinity;
  #failingSince: number | undefined;
  #failedAt = -Infinity;
  #running: Promise<void> | undefined;
  #cancel: Cancel | undefined;

  constructor(options: SubjectRowsOptions) {
    this.#options = options;
    this.#views = new Map(options.views.map((view) => [view, { reviewed: 0, since: undefined }]));
  }

  /** Whether nothing uses the set now. */
  get isIdle(): boolean {
    return this.#followers.size === 0 && this.#running === undefined;
  }

  /** The number of namespaces that are kept. */
  get size(): number {
    return this.#set?.names?.length ?? 0;
  }

  /** The set, if it covers all namespaces that have rows now and is not outdated for too long. */
  current(): VisibleNamespaces | undefined {
    if (this.#set === undefined || this.#hasNewNamespaces()) return undefined;
    const outdated = this.#outdatedSince();
    return outdated === undefined || this.#options.clock.now() - outdated < OUTDATED_MS ? this.#set : undefined;
  }

  /** Whether the set is known and needs no review. */
  get isFresh(): boolean {
    return this.#set !== undefined && !this.#hasNewNamespaces() && this.#outdatedSince() === undefined;
  }

  /** Reviews the set if that is necessary. @returns a promise that resolves when no review is in progress; undefined if there is none */
  renew(): Promise<void> | undefined {
    if (this.#running === undefined && !this.isFresh && this.#mayBegin()) {
      this.#running = this.#review().finally(() => {
        this.#running = undefined;
        this.#schedule();
      });
    }
    return this.#running;
  }

  /** Returns the position without the mark of the set, if the set has been known, unchanged, since that position. */
  knownSince(view: MaterializedView, position: bigint): bigint | undefined {
    const known = this.#views.get(view);
    if (this.#set === undefined || known === undefined) return undefined;
    // A view that was not ready had no place. After a restore of the upstream, the places of a view start again.
    if (known.since === undefined || known.since > view.frontier) known.since = view.frontier;
    const { since } = known;
    const unmarked = this.#set.marked(position);
    // At the very place at which the set became known, only the mark shows that the client has the rows of this set.
    if (view.honours(unmarked)) return view.placeOf(unmarked) >= since ? unmarked : undefined;
    return view.honours(position) && view.placeOf(position) > since ? position : undefined;
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
    const now = this.#options.clock.now();
    this.#changedAt ??= now;
    this.#settledAt = now + SETTLE_MS;
    this.poke();
  }

  /** Reviews the set soon, if a watch uses it. */
  poke(): void {
    if (this.#followers.size === 0) return;
    void this.renew();
    this.#schedule();
  }

  /** Ends all watches, and the timer. */
  stop(): void {
    this.#stopTimer();
    this.#endFollowers();
  }

  #hasNewNamespaces(): boolean {
    for (const [view, { reviewed }] of this.#views) if (view.namespaces.newest > reviewed) return true;
    return false;
  }

  /** The time since when the set may be another one; undefined if a complete review has seen everything. */
  #outdatedSince(): number | undefined {
    const now = this.#options.clock.now();
    const times = [this.#reviewedAt + RENEWAL_MS];
    if (this.#changedAt !== undefined) times.push(this.#changedAt);
    if (this.#reviewedAt < this.#settledAt) times.push(this.#settledAt);
    const first = Math.min(...times);
    return first <= now ? first : undefined;
  }

  #mayBegin(): boolean {
    const now = this.#options.clock.now();
    if (now - this.#failedAt < MIN_INTERVAL_MS) return false;
    return now - this.#begunAt >= MIN_INTERVAL_MS || this.#needsOnlyNew();
  }

  /** New namespaces need no complete review. */
  #needsOnlyNew(): boolean {
    return this.#set !== undefined && this.#outdatedSince() === undefined;
  }

  async #review(): Promise<void> {
    try {
      if (this.#needsOnlyNew()) await this.#reviewNew();
      else await this.#reviewAll();
      this.#failingSince = undefined;
    } catch {
      // `review` has counted and logged the failure. Requests receive 503 when the set is outdated for too long.
      const now = this.#options.clock.now();
      this.#failedAt = now;
      this.#failingSince ??= now;
      if (now - this.#failingSince >= TOLERANCE_MS) this.#endFollowers();
    }
  }

  /** One review for all namespaces first, and one for each namespace if it is denied. */
  async #reviewAll(): Promise<void> {
    const { clock, sources } = this.#options;
    const begunAt = clock.now();
    const isWatched = this.#followers.size > 0;
    const changedBefore = this.#changedAt;
    this.#begunAt = begunAt;
    this.#changedAt = undefined;
    try {
      const reviewed = this.#newest();
      const limited: number[] = [];
      await this.#inParallel(
        Array.from({ length: sources }, (_, source) => source),
        async (source) => {
          if (!(await this.#options.review(source, ''))) limited.push(source);
        },
      );
      let names: Set<string> | undefined;
      if (limited.length > 0) {
        // Namespaces without rows stay, so that their last rows do not change the set.
        const candidates = new Set(this.#set?.names);
        for (const view of this.#views.keys()) for (const name of view.namespaces.names) candidates.add(name);
        names = await this.#allowed([...candidates], limited);
      }
      // Between a change of rights and this review, the set of a user without watches is not known.
      const wasUnknown = !isWatched && this.#set !== undefined;
      this.#reviewedAt = begunAt;
      this.#learn(names, reviewed, wasUnknown);
    } catch (error) {
      this.#changedAt = changedBefore ?? this.#changedAt;
      throw error;
    }
  }

  async #reviewNew(): Promise<void> {
    const { sources } = this.#options;
    const reviewed = this.#newest();
    const known = this.#set?.names;
    const added = new Set<string>();
    let passed = 0;
    for (const [view, { reviewed: last }] of this.#views) {
      const names = view.namespaces.after(last);
      passed += view.namespaces.newest - last - names.length;
      for (const name of names) added.add(name);
    }
    // A namespace that has already lost its rows was not reviewed in time.
    const wasUnknown = passed > 0;
    if (known === undefined) {
      this.#learn(undefined, reviewed, false);
      return;
    }
    const fresh = [...added].filter((name) => this.#set?.has(name) === false);
    const allowed = await this.#allowed(
      fresh,
      Array.from({ length: sources }, (_, source) => source),
    );
    this.#learn([...known, ...allowed], reviewed, wasUnknown);
  }

  /** Returns the namespaces in which the user has the verb on all sources. */
  async #allowed(names: readonly string[], sources: readonly number[]): Promise<Set<string>> {
    const allowed = new Set<string>();
    await this.#inParallel(names, async (name) => {
      for (const source of sources) if (!(await this.#options.review(source, name))) return;
      allowed.add(name);
    });
    return allowed;
  }

  /** Works on all items, twenty at once at most. After an error, it begins no further item. */
  async #inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    const iterator = items[Symbol.iterator]();
    let isOver = false;
    const worker = async (): Promise<void> => {
      try {
        for (const item of iterator) {
          if (isOver) return;
          await work(item);
        }
      } finally {
        isOver = true;
      }
    };
    await Promise.all(Array.from({ length: Math.min(items.length, 20) }, worker));
  }

  #newest(): ReadonlyMap<MaterializedView, number> {
    return new Map(Array.from(this.#views.keys(), (view) => [view, view.namespaces.newest]));
  }

  #learn(
    names: Iterable<string> | undefined,
    reviewed: ReadonlyMap<MaterializedView, number>,
    wasUnknown: boolean,
  ): void {
    const set = new VisibleNamespaces(names);
    const isSame = set.id === this.#set?.id;
    if (!isSame) this.#set = set;
    for (const [view, known] of this.#views) {
      known.reviewed = reviewed.get(view) ?? 0;
      // A view that is not ready has no place. Its namespaces are new when it is ready.
      if (!isSame || wasUnknown || known.since === undefined) known.since = view.ready ? view.frontier : undefined;
    }
    if (!isSame || wasUnknown) this.#endFollowers();
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
    const { clock } = this.#options;
    const now = clock.now();
    const renewal = this.#reviewedAt + RENEWAL_MS;
    const next = this.#reviewedAt < this.#settledAt ? Math.min(this.#settledAt, renewal) : renewal;
    const earliest = Math.max(this.#begunAt, this.#failedAt) + MIN_INTERVAL_MS;
    const at = this.isFresh ? next : earliest;
    this.#cancel = clock.schedule(Math.max(0, at - now), () => {
      this.#cancel = undefined;
      void this.renew();
      this.#schedule();
    });
  }
}
