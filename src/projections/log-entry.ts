/**
 * One entry of the log of a view: a change of a row, or a silent change of the versions of rows, and the bytes that it needs.
 * @module
 */
import type { RowChange } from './ordered-map.ts';
import type { Row } from './row.ts';

/** One change of one row, or a silent entry that gives rows other versions. */
export interface LogEntry {
  /** The place of the change; see `ViewScheme`. */
  readonly place: bigint;
  /** The position of watchers after the change. */
  readonly position: bigint;
  /** The digest of all rows after the change. */
  readonly digest: number;
  /** The row before the change; undefined if the change added it. */
  readonly before: Row | undefined;
  /** The row after the change; undefined if the change deleted it. */
  readonly after: Row | undefined;
  /**
   * The rows whose version changed while their content stayed equal. Such an entry is silent: it is no event, and it has neither `before` nor
   * `after`. States before it show the old versions.
   */
  readonly restamped?: readonly RowChange[] | undefined;
  /** The time at which the change was logged, in milliseconds since the epoch. */
  readonly at: number;
  /**
   * True if a client may already have received a position at this place without this change. That happens if upstream lost an event and a
   * new list of the same version shows its effect. A watcher that resumes from that position therefore receives this change too. It may
   * receive the change twice, but it never misses it.
   */
  readonly late: boolean;
}

/** Returns the changes of rows that an entry stands for. */
export function changesIn(entry: LogEntry): readonly RowChange[] {
  return entry.restamped ?? [entry];
}

/** Returns the bytes that rows before and after their changes need, as if no two changes shared a row. */
export function bytesOf(changes: readonly RowChange[]): number {
  return changes.reduce((sum, { before, after }) => sum + (before?.bytes.length ?? 0) + (after?.bytes.length ?? 0), 0);
}
