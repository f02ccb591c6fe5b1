/**
 * The visible namespaces of all users of a server, for resources with `authorize: 'rows'`. All requests of a user with one verb on resources
 * with the same sources share a set.
 * @module
 */
import { unlessAborted } from '../../abort.ts';
import type { Clock } from '../../clock.ts';
import type { MaterializedView } from '../../projections/materialized-view.ts';
import type { User } from '../define/request-context.ts';
import type { SourceAccess } from '../define/source-access.ts';
import type { ServedView } from '../read/served-view.ts';
import type { RowAccess } from '../read/visible-namespaces.ts';
import type { SelectorLimits } from '../wire/limits.ts';
import { serviceUnavailable } from '../wire/status.ts';
import { type KeptSetBounds, KeptSets } from './kept-sets.ts';
import { ReviewPace } from './review-pace.ts';
import type { ServerAuthorization } from './server-authorization.ts';
import { accessTo } from './source-authorization.ts';
import { type SetReviewResult, SubjectRows } from './subject-rows.ts';

const DEFAULT_BOUNDS: KeptSetBounds = { sets: 2000, namespaces: 1_000_000 };
/** The time that a request waits for its set, in milliseconds. */
const WAIT_MS = 1000;

/** Options of {@link VisibleRows}. */
export interface VisibleRowsOptions {
  readonly authorization: Pick<ServerAuthorization, 'review'>;
  readonly clock: Clock;
  readonly limits: SelectorLimits;
  /** @default 2,000 sets, and 1,000,000 namespaces in them */
  readonly bounds?: KeptSetBounds | undefined;
  /** Receives the seconds from the first request of a user until its set is known. It must not throw. */
  readonly onFirstKnown?: ((seconds: number) => void) | undefined;
}

/** Counts of the sets of a server. */
export interface VisibleCounts {
  readonly users: number;
  readonly sets: number;
  /** The number of namespaces in all sets. A set of all namespaces has none. */
  readonly namespaces: number;
  /** The number of sets that were forgotten because there were too many. */
  readonly forgotten: number;
  /** The numbers of reviews of sets, by their result. */
  readonly reviewed: Readonly<Record<SetReviewResult, number>>;
  /** The number of reviews that were sent for the sets, and of those that wait for their turn. */
  readonly reviews: number;
  readonly waitingReviews: number;
  /** The number of requests that were refused because their set was not known in time. */
  readonly unknown: number;
  /** The number of requests that were refused because there were too many sets. */
  readonly tooMany: number;
}

/** A request for the rows of all namespaces. */
export interface RowsRequest {
  readonly user: User;
  readonly verb: 'list' | 'watch';
}

/** The resources with the same sources. */
interface Scope {
  readonly id: string;
  readonly access: SourceAccess;
  readonly views: MaterializedView[];
}

/** The sets of one server. */
export class VisibleRows {
  readonly #options: VisibleRowsOptions;
  readonly #pace: ReviewPace;
  readonly #scopes = new Map<MaterializedView, Scope>();
  readonly #sets: KeptSets<SubjectRows>;
  readonly #reviewed: Record<SetReviewResult, number> = { same: 0, changed: 0, failed: 0 };
  #rightsChangedAt: number | undefined;
  #unknown = 0;
  #tooMany = 0;

  /** @param served the resources of the server. Those without `authorize: 'rows'` are ignored */
  constructor(
    served: readonly { readonly read: ServedView; readonly access: SourceAccess | undefined }[],
    options: VisibleRowsOptions,
  ) {
    this.#options = options;
    this.#pace = new ReviewPace(options.clock);
    this.#sets = new KeptSets(options.bounds ?? DEFAULT_BOUNDS);
    const byId = new Map<string, Scope>();
    for (const { read, access } of served) {
      if (access?.mode !== 'rows') continue;
      const id = JSON.stringify(access.inNamespace);
      const scope = byId.get(id) ?? { id, access, views: [] };
      byId.set(id, scope);
      scope.views.push(read.view);
      this.#scopes.set(read.view, scope);
      let newest = 0;
      read.view.onChange(() => {
        if (read.view.namespaces.newest === newest) return;
        newest = read.view.namespaces.newest;
        for (const set of this.#sets.values()) set.poke();
      });
    }
  }

  /** Whether a resource shows only the rows that its caller may see. */
  get isUsed(): boolean {
    return this.#scopes.size > 0;
  }

  counts(): VisibleCounts {
    return {
      users: this.#sets.users,
      sets: this.#sets.size,
      namespaces: this.#sets.namespaces,
      forgotten: this.#sets.forgotten,
      reviewed: this.#reviewed,
      reviews: this.#pace.total,
      waitingReviews: this.#pace.waiting,
      unknown: this.#unknown,
      tooMany: this.#tooMany,
    };
  }

  /** Records that the rights of some users have changed: all sets are reviewed again. */
  rightsChanged(): void {
    this.#rightsChangedAt = this.#options.clock.now();
    for (const set of this.#sets.values()) set.rightsChanged();
  }

  /** Ends all watches that depend on a set. */
  stop(): void {
    this.#sets.clear();
  }

  /**
   * Returns what a request may see. Call it only for resources with `authorize: 'rows'`.
   * @throws ApiError 503 if there are too many sets
   */
  of(view: MaterializedView, { user, verb }: RowsRequest): RowAccess {
    const scope = this.#scopes.get(view);
    if (scope === undefined) throw new Error('the resource shows all rows');
    const set = this.#set(scope, user, verb);
    // A list is usually followed by a watch. Its set must have been known at the list.
    const followed = verb === 'list' ? this.#set(scope, user, 'watch', set) : set;
    const sets = [...new Set([set, followed])];
    return {
      ready: async (signal) => {
        if (await this.#wait(sets, signal)) this.#sets.shrink();
        if (set.current() !== undefined) return;
        this.#unknown += 1;
        throw unknownRows();
      },
      current: () => set.current(),
      knownSince: (position) => set.knownSince(view, position),
      canFollow: (version) => sets.every((each) => each.knownSince(view, version) !== undefined),
      versionOf: (position, rows, listed) => {
        const watched = followed.current();
        const isSame = watched !== undefined && (watched.id === listed.id || watched.idIn(rows) === listed.idIn(rows));
        return (isSame ? watched : listed).marked(position);
      },
      follow: (end) => set.follow(end),
    };
  }

  /** Waits until the sets are fresh, for a short time. @returns whether it waited */
  async #wait(sets: readonly SubjectRows[], signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    const due = clock.now() + WAIT_MS;
    let timer: { readonly over: Promise<void>; readonly cancel: () => void } | undefined;
    try {
      while (clock.now() < due) {
        const pending = sets.flatMap((set) => set.renew() ?? []);
        if (pending.length === 0) break;
        timer ??= timeout(clock, due - clock.now());
        await unlessAborted(Promise.race([Promise.all(pending), timer.over]), signal);
      }
      return timer !== undefined;
    } finally {
      timer?.cancel();
    }
  }

  #set(scope: Scope, user: User, verb: RowsRequest['verb'], kept?: SubjectRows): SubjectRows {
    const { name, uid, groups, extra } = user;
    const key = JSON.stringify([scope.id, verb, name, uid, groups, extra]);
    const set = this.#sets.get(key, name, () => this.#newSet(scope, user, verb), kept);
    if (set !== undefined) return set;
    this.#tooMany += 1;
    throw unknownRows();
  }

  #newSet({ access: { inNamespace }, views }: Scope, user: User, verb: RowsRequest['verb']): SubjectRows {
    const { authorization, clock, limits, onFirstKnown } = this.#options;
    let begunAt: number | undefined = clock.now();
    return new SubjectRows({
      sources: inNamespace.length,
      views,
      clock,
      rightsChangedAt: this.#rightsChangedAt,
      review: async (index, namespace) => {
        const source = inNamespace[index];
        if (source === undefined) return false;
        return this.#pace.run(user.name, () => authorization.review(user, accessTo(source, verb, namespace), limits));
      },
      onReviewed: (result) => {
        this.#reviewed[result] += 1;
        if (result === 'failed' || begunAt === undefined) return;
        onFirstKnown?.((clock.now() - begunAt) / 1000);
        begunAt = undefined;
      },
    });
  }
}

function unknownRows(): Error {
  return serviceUnavailable('the server does not know yet which rows the user may see', 1);
}

function timeout(clock: Clock, milliseconds: number): { readonly over: Promise<void>; readonly cancel: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { over: promise, cancel: clock.schedule(milliseconds, resolve) };
}
