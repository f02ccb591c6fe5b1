/**
 * How a view is made.
 * @module
 */
import type { Clock } from '../clock.ts';
import type { LogBounds } from './event-log.ts';
import type { RowIdentity } from './row.ts';

/** How a view is made. */
export interface ViewOptions extends RowIdentity {
  /** What the resource's definition says, as text: a change of it makes positions of before expire. */
  readonly definition: string;
  /** The user's own revision of the projection: for changes that the text of its functions does not show. @default '' */
  readonly revision?: string | undefined;
  readonly log?: Partial<LogBounds> | undefined;
  /** @default the machine's clock */
  readonly clock?: Pick<Clock, 'now'> | undefined;
  /** In [0, 1). @default Math.random */
  readonly random?: (() => number) | undefined;
}
