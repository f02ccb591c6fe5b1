/**
 * What a server knows about one set of visible namespaces: the set, the namespaces of each view that it covers, and since which place of each
 * view it has been known, unchanged.
 *
 * Versions of lists and bookmarks have the mark of the set that their client has received. Versions of events have none, because all watches share
 * their bytes. For some seconds after a set has become known, another replica may still send events to watches of another set. So a version of
 * that time without a mark is not honoured.
 * @module
 */
import type { Clock } from '../../clock.ts';
import type { MaterializedView } from '../../projections/materialized-view.ts';
import { VisibleNamespaces } from '../read/visible-namespaces.ts';

/** The time after which other replicas are taken to know a set, too, in milliseconds: they use an outdated set for as long. */
export const SHARED_AFTER_MS = 10_000;

/** The knowledge about one view. */
interface ViewKnowledge {
  /** The number of the last namespace that was reviewed. */
  reviewed: number;
  /** The place of the view when the set became what it is. Undefined before it is known. */
  since: bigint | undefined;
  /** The time of {@link since}. */
  at: number;
}

/** The numbers of the newest namespaces of all views at one time. */
export type NewestNamespaces = ReadonlyMap<MaterializedView, number>;

/** The namespaces that no review has covered. */
export interface NewNamespaces {
  readonly names: ReadonlySet<string>;
  /** Whether some of them have already lost all rows. Clients may have received their rows while the set was not known. */
  readonly haveEnded: boolean;
}

/** The set of one user and verb, and what it covers. */
export class KnownNamespaces {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #views: ReadonlyMap<MaterializedView, ViewKnowledge>;
  #set: VisibleNamespaces | undefined;

  constructor(views: readonly MaterializedView[], clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    this.#views = new Map(views.map((view) => [view, { reviewed: 0, since: undefined, at: -Infinity }]));
  }

  /** The set of the last review; undefined before the first. */
  get set(): VisibleNamespaces | undefined {
    return this.#set;
  }

  /** Whether the set covers all namespaces that have rows now. */
  get isComplete(): boolean {
    if (this.#set === undefined) return false;
    for (const [view, { reviewed }] of this.#views) if (view.namespaces.newest > reviewed) return false;
    return true;
  }

  /** The namespaces that can be in the set: those with rows, and those of the set, so that their last rows do not change it. */
  get candidates(): string[] {
    const names = new Set(this.#set?.names);
    for (const view of this.#views.keys()) for (const name of view.namespaces.names) names.add(name);
    return Array.from(names);
  }

  /** The newest namespaces now. Read them before a review: it may not cover later ones. */
  get newest(): NewestNamespaces {
    return new Map(Array.from(this.#views.keys(), (view) => [view, view.namespaces.newest]));
  }

  /** The namespaces that have got their first row since the last review. */
  get unreviewed(): NewNamespaces {
    const names = new Set<string>();
    let haveEnded = false;
    for (const [view, { reviewed }] of this.#views) {
      const added = view.namespaces.after(reviewed);
      haveEnded ||= view.namespaces.newest - reviewed > added.length;
      for (const name of added) names.add(name);
    }
    return { names, haveEnded };
  }

  /**
   * Records the result of a review.
   * @param names the namespaces in which the user has the rights; undefined for all
   * @param reviewed the namespaces that the review covers
   * @param wasUnknown whether clients may have received rows of another set since the last review
   * @returns whether watches of the set must end
   */
  learn(names: Iterable<string> | undefined, reviewed: NewestNamespaces, wasUnknown: boolean): boolean {
    const set = new VisibleNamespaces(names);
    const isSame = set.id === this.#set?.id;
    if (!isSame) this.#set = set;
    for (const [view, known] of this.#views) {
      known.reviewed = reviewed.get(view) ?? 0;
      // A view that is not ready has no place. Its namespaces are new when it is ready.
      if (isSame && !wasUnknown && known.since !== undefined) continue;
      known.since = view.ready ? view.frontier : undefined;
      known.at = this.#clock.now();
    }
    return !isSame || wasUnknown;
  }

  /** Returns the position without the mark of the set, if the set has been known, unchanged, since that position. */
  knownSince(view: MaterializedView, position: bigint): bigint | undefined {
    const known = this.#views.get(view);
    if (this.#set === undefined || known === undefined) return undefined;
    // A view that was not ready had no place. After a restore of the upstream, the places of a view start again.
    if (known.since === undefined || known.since > view.frontier) {
      known.since = view.frontier;
      known.at = this.#clock.now();
    }
    const { since, at } = known;
    const unmarked = this.#set.marked(position);
    // At the very place at which the set became known, only the mark shows that the client has the rows of this set.
    if (view.honours(unmarked)) return view.placeOf(unmarked) >= since ? unmarked : undefined;
    const loggedAt = view.loggedAt(position);
    const isShared = loggedAt !== undefined && loggedAt >= at + SHARED_AFTER_MS;
    return isShared && view.placeOf(position) > since ? position : undefined;
  }
}
