/**
 * How a view is made.
 * @module
 */
import type { LogBounds } from './event-log.ts';
import type { RowIdentity } from './row.ts';

/** How a view is made. */
export interface ViewOptions extends RowIdentity {
  /** What the resource's definition says, as text: a change of it makes positions of before expire. */
  readonly definition: string;
  /** The user's own revision of the projection: for changes that the text of its functions does not show. @default '' */
  readonly revision?: string | undefined;
  readonly log?: Partial<LogBounds> | undefined;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** In [0, 1). @default Math.random */
  readonly random?: (() => number) | undefined;
}
