/**
 * Encodes what a watch sends, in the form that its client requested: rows, changes, bookmarks and errors.
 * @module
 */
import type { WatchCursor } from '../../projections/watch-cursor.ts';
import type { Logger } from '../logger.ts';
import { partialObjectMetadata } from '../wire/partial-metadata.ts';
import { expired, statusOf } from '../wire/status.ts';
import { nameColumn, rowObject, tableOf } from '../wire/table.ts';
import { bookmarkObject, errorFrame, watchFrameOf } from '../wire/watch-frames.ts';
import type { Representation } from './representations.ts';
import type { ServedView } from './served-view.ts';
import type { VisibleNamespaces } from './visible-namespaces.ts';
import type { FrameEncoder } from './watch-response.ts';

/** The input of {@link frameEncoder}. */
export interface WatchForm {
  readonly cursor: Pick<WatchCursor, 'position'>;
  readonly representation: Representation;
  /** The namespaces whose rows the watch shows; undefined for all. */
  readonly visible: VisibleNamespaces | undefined;
  readonly log: Logger;
}

/** Returns the encoder of one watch. */
export function frameEncoder(served: ServedView, { cursor, representation, visible, log }: WatchForm): FrameEncoder {
  const { representations } = served;
  const shown = (position: bigint): bigint => (visible === undefined ? position : visible.marked(position));
  // The first event of a stream of Tables contains the column definitions, even if it is a bookmark (conformance 3.3).
  let isFirst = representation.as === 'table';
  const takeFirst = (): boolean => {
    const was = isFirst;
    isFirst = false;
    return was;
  };
  return {
    initial: (row) => representations.initial(row, representation, takeFirst()),
    event: (event) => representations.event(event, representation, takeFirst()),
    bookmark: (position, initialEventsEnd) =>
      watchFrameOf(
        'BOOKMARK',
        bookmarkIn(served, representation, {
          position: shown(position),
          initialEventsEnd,
          withColumnDefinitions: takeFirst(),
        }),
      ),
    failure: (error) => {
      log.error(`an event of ${served.definition.plural} could not be encoded`, error);
      return errorFrame(statusOf(error));
    },
    expired: () => errorFrame(expired(`too old resource version: ${cursor.position}`).status),
  };
}

interface Bookmark {
  readonly position: bigint;
  readonly initialEventsEnd: boolean;
  /** Whether a Table contains its column definitions. */
  readonly withColumnDefinitions: boolean;
}

/** Returns the object of a bookmark in the form that the client requested. */
function bookmarkIn(
  served: ServedView,
  representation: Representation,
  { position, initialEventsEnd, withColumnDefinitions }: Bookmark,
): unknown {
  const { kind } = served.definition;
  const resourceVersion = position.toString();
  const bookmark = bookmarkObject({ apiVersion: served.apiVersion, kind, resourceVersion, initialEventsEnd });
  if (representation.as === 'object') return bookmark;
  if (representation.as === 'partial') return partialObjectMetadata(bookmark, representation.version);
  // A bookmark has no content, so its cells are empty.
  const { columns } = served;
  const cells = columns.map((column) => (column === nameColumn ? '' : null));
  const { version, includeObject } = representation;
  const head = { version, metadata: { resourceVersion }, columns: withColumnDefinitions ? columns : undefined };
  return tableOf(head, [{ cells, object: rowObject(bookmark, includeObject, version) }]);
}
