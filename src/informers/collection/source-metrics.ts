/**
 * The counters of the requests of a source, and the steps of its ladder.
 * @module
 */

/** The ways in which a reflector follows a resource, from the best to the one that works almost everywhere; see `ladder.ts`. */
export const LADDER_STEPS = ['watchList', 'pages', 'onePage', 'interval'] as const;

/** A step of the ladder. `onePage`: a list without a limit. `interval`: lists at an interval, because watches fail. */
export type LadderStep = (typeof LADDER_STEPS)[number];

/** Counters since the reflector was made. They never decrease. */
export interface ReflectorMetrics {
  /** Complete states read by list. */
  readonly lists: number;
  /** Complete states read by WatchList. */
  readonly watchLists: number;
  /** Complete states read after the first one. */
  readonly relists: number;
  /** Watches accepted by the server. */
  readonly watches: number;
  /** Watches that ended and were resumed from the frontier. */
  readonly reconnects: number;
  /** ADDED, MODIFIED and DELETED events that were applied. */
  readonly events: number;
  readonly bookmarks: number;
  /** Events that were dropped because they had been applied before. */
  readonly droppedEvents: number;
  /** Checks of a watch that was silent. */
  readonly probes: number;
  /** Failed requests that only check something: whether a watch works, or whether upstream was restored. */
  readonly failedChecks: number;
  /** Moves to a lower step of the ladder: from WatchList to lists, or from watches to polling. */
  readonly stepsDown: number;
  readonly stepsUp: number;
  /** Attempts to use a higher step of the ladder again. */
  readonly climbs: number;
  /** Complete states of another history: upstream was restored from a backup, or has not sent an event. */
  readonly restores: number;
  /** Objects that were left out: they have no name, or the transform failed for them. */
  readonly omittedObjects: number;
  /** Failures by cause: `UpstreamApiError 410`, `ConnectionError`. */
  readonly errors: Readonly<Record<string, number>>;
}
