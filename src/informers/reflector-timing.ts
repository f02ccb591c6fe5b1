/**
 * The times of a reflector, in milliseconds.
 * @module
 */

/** Between polls of what can't be watched, unless told otherwise. */
export const POLL_INTERVAL = 30_000;
/** Between the bookmarks of kube-apiserver. */
export const BOOKMARK_INTERVAL = 60_000;
/** So many bookmark intervals of silence are too many. */
export const SILENT_INTERVALS = 2.5;
/** So long a WatchList may say nothing before its end. */
export const WATCH_LIST_SILENCE = 10_000;
/** A watch that lasted less, and brought nothing, is followed by a wait. */
export const SHORT_WATCH = 1000;
/** Retry-After is honoured up to this. */
export const LONGEST_RETRY_AFTER = 300_000;
