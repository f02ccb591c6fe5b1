/**
 * The visible namespaces of all users of a server, for resources with `authorize: 'rows'`. All requests of a user with one verb on resources
 * with the same sources share a set. The sets that were not used for the longest time are forgotten when there are too many.
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
import { ReviewPace } from './review-pace.ts';
import type { ServerAuthorization } from './server-authorization.ts';
import { accessTo } from './source-authorization.ts';
import { SubjectRows } from './subject-rows.ts';

/** The maximum number of sets. */
const MAX_SETS = 2000;
/** The maximum number of namespaces in all sets together. */
const MAX_NAMESPACES = 1_000_000;
/** The time that a request waits for its set, in milliseconds. */
const WAIT_MS = 1000;

/** Options of {@link VisibleRows}. */
export interface VisibleRowsOptions {
  readonly authorization: Pick<ServerAuthorization, 'review'>;
  readonly clock: Clock;
  readonly limits: SelectorLimits;
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
  /** The least recently used set first. */
  readonly #sets = new Map<string, SubjectRows>();

  /** @param served the resources of the server. Those without `authorize: 'rows'` are ignored */
  constructor(
    served: readonly { readonly read: ServedView; readonly access: SourceAccess | undefined }[],
    options: VisibleRowsOptions,
  ) {
    this.#options = options;
    this.#pace = new ReviewPace(options.clock);
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

  /** The number of sets. */
  get size(): number {
    return this.#sets.size;
  }

  /** Records that the rights of some users have changed: all sets are reviewed again. */
  rightsChanged(): void {
    for (const set of this.#sets.values()) set.rightsChanged();
  }

  /** Ends all watches that depend on a set. */
  stop(): void {
    for (const set of this.#sets.values()) set.stop();
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
    const followed = verb === 'list' ? this.#set(scope, user, 'watch') : set;
    const sets = [...new Set([set, followed])];
    return {
      ready: async (signal) => {
        if (await this.#wait(sets, signal)) this.#shrink();
        if (set.current() === undefined) throw unknownRows();
      },
      current: () => set.current(),
      knownSince: (position) => set.knownSince(view, position),
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

  #set(scope: Scope, user: User, verb: RowsRequest['verb']): SubjectRows {
    const { name, uid, groups, extra } = user;
    const key = JSON.stringify([scope.id, verb, name, uid, groups, extra]);
    const known = this.#sets.get(key);
    if (known !== undefined) {
      this.#sets.delete(key);
      this.#sets.set(key, known);
      return known;
    }
    if (this.#sets.size >= MAX_SETS) this.#forgetOne();
    if (this.#sets.size >= MAX_SETS) throw unknownRows();
    const { authorization, clock, limits } = this.#options;
    const { inNamespace } = scope.access;
    const set = new SubjectRows({
      sources: inNamespace.length,
      views: scope.views,
      clock,
      review: async (index, namespace) => {
        const source = inNamespace[index];
        if (source === undefined) return false;
        return this.#pace.run(() => authorization.review(user, accessTo(source, verb, namespace), limits));
      },
    });
    this.#sets.set(key, set);
    return set;
  }

  /** Forgets sets that nothing uses until the namespaces fit. */
  #shrink(): void {
    let namespaces = 0;
    for (const set of this.#sets.values()) namespaces += set.size;
    while (namespaces > MAX_NAMESPACES) {
      const forgotten = this.#forgetOne();
      if (forgotten === undefined) return;
      namespaces -= forgotten.size;
    }
  }

  #forgetOne(): SubjectRows | undefined {
    for (const [key, set] of this.#sets) {
      if (!set.isIdle) continue;
      this.#sets.delete(key);
      return set;
    }
    return undefined;
  }
}

function unknownRows(): Error {
  return serviceUnavailable('the server does not know yet which rows the user may see', 1);
}

function timeout(clock: Clock, milliseconds: number): { readonly over: Promise<void>; readonly cancel: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { over: promise, cancel: clock.schedule(milliseconds, resolve) };
}
