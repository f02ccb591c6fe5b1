/**
 * `GET …/R?watch=…`.
 * @module
 */
import type { Row } from '../../projections/row.ts';
import type { WatchCursor } from '../../projections/watch-cursor.ts';
import { representationOf } from './representation-of.ts';
import type { Representation } from './representations.ts';
import type { Logger } from '../logger.ts';
import type { OpenWatches } from './open-watches.ts';
import type { RequestContext } from '../define/request-context.ts';
import { Selection } from './selection.ts';
import type { ServedView } from './served-view.ts';
import type { Clock } from '../../clock.ts';
import type { Turns } from './turns.ts';
import { type Patience, waitUntilFresh, watchRefusal } from './view-errors.ts';
import { type FrameEncoder, type FrameSink, WatchStream } from './watch-response.ts';
import { acceptWebSocket, wantsWebSocket, webSocketSink } from './web-socket.ts';
import { parseWatchParameters, type WatchParameters } from '../wire/watch-parameters.ts';
import { partialObjectMetadata } from '../wire/partial-metadata.ts';
import type { ResourceRequestInfo } from '../wire/request-info.ts';
import { requirePathSegmentName } from '../wire/names.ts';
import { ApiError, badRequest, statusOf } from '../wire/status.ts';
import { nameColumn, rowObject, table } from '../wire/table.ts';
import { bookmarkObject, errorFrame, watchFrameOf } from '../wire/watch-frames.ts';

/** What the watches of a server share. */
export interface WatchSurroundings {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly turns: Turns;
  /** The open streams, to be ended when the server ends. */
  readonly open: OpenWatches;
}

/** A watch without `timeoutSeconds` lives for one to two of these (api-semantics 2.5). */
const MIN_REQUEST_TIMEOUT_MS = 1_800_000;
/** A version that is too old, or not there in time, is told in the stream (api-semantics 2.6). */
const STREAMED_CODES: ReadonlySet<number> = new Set([410, 504]);

/**
 * Answers a watch (api-semantics 2). Problems with the request are HTTP errors; what is found out later is an ERROR event, after which
 * the stream ends.
 */
export async function watch(
  ctx: RequestContext,
  served: ServedView,
  info: ResourceRequestInfo,
  surroundings: WatchSurroundings,
): Promise<void> {
  const { representation } = representationOf(ctx, 'watch');
  const options = parseWatchParameters(ctx.state.query, { isWatchPath: info.isWatchPath });
  const selection = selectionOf(served, info, options);
  let start: Beginning;
  try {
    start = await beginning(served, options, selection, { clock: surroundings.clock, signal: ctx.state.signal });
  } catch (error) {
    const refusal = watchRefusal(error);
    // A view that is not ready is refused before the stream opens; so is what nobody foresaw.
    if (!(refusal instanceof ApiError) || !STREAMED_CODES.has(refusal.code)) throw refusal;
    openStream(ctx, surroundings.clock, (sink) => {
      sink.write(errorFrame(refusal.status));
      sink.end();
    });
    return;
  }
  const isOpen = openStream(ctx, surroundings.clock, (sink) => {
    run(ctx.state.signal, sink, served, { ...start, options, selection, representation, surroundings });
  });
  if (!isOpen) start.cursor.end('closed');
}

/** Paths of the `/watch/` prefix may name one object; a field selector beside the name may only say the same (api-semantics 2.9). */
function selectionOf(
  served: ServedView,
  { isNamed, name, namespace }: ResourceRequestInfo,
  { labelSelector, fieldSelector }: WatchParameters,
): Selection {
  if (!isNamed) return new Selection(served, namespace, labelSelector, fieldSelector);
  requirePathSegmentName(name);
  if (!fieldSelector.isEmpty && fieldSelector.exactValue('metadata.name') !== name) {
    throw badRequest("fieldSelector metadata.name doesn't match requested name");
  }
  return new Selection(served, namespace, labelSelector, fieldSelector, name);
}

interface Beginning {
  readonly cursor: WatchCursor;
  readonly initial: Iterator<Row> | undefined;
}

async function beginning(
  served: ServedView,
  options: WatchParameters,
  selection: Selection,
  patience: Patience,
): Promise<Beginning> {
  const { view } = served;
  const { start } = options;
  if (start.from === 'after') {
    return { cursor: view.watchFrom(start.resourceVersion, selection), initial: undefined };
  }
  if (start.from === 'notOlderThan') await waitUntilFresh(view, start.resourceVersion, patience);
  const { position, rows } = view.snapshot();
  const initial = options.sendInitialEvents ? selection.rows(rows) : undefined;
  return { cursor: view.watchFrom(position, selection), initial };
}

/** Calls back with what takes the events. @returns false when there is nobody to take them */
function openStream(ctx: RequestContext, clock: Clock, opened: (sink: FrameSink) => void): boolean {
  ctx.respond = false;
  const { req, res } = ctx;
  if (wantsWebSocket(req)) {
    return acceptWebSocket(req, res, (socket, connection) => {
      // The response is not what ends here.
      opened(webSocketSink(socket, connection, { clock, ended: () => void res.emit('close') }));
    });
  }
  ctx.set('Content-Type', 'application/json');
  ctx.res.statusCode = 200;
  // At once, before any event: clients wait for them.
  ctx.res.flushHeaders();
  opened({
    write: (frame) => res.write(frame),
    onDrain: (callback) => res.once('drain', callback),
    end: () => res.end(),
  });
  return true;
}

interface Run extends Beginning {
  readonly options: WatchParameters;
  readonly selection: Selection;
  readonly representation: Representation;
  readonly surroundings: WatchSurroundings;
}

function run(signal: AbortSignal, sink: FrameSink, served: ServedView, watch: Run): void {
  const { options, surroundings } = watch;
  const { random, clock, open, turns } = surroundings;
  const stream = new WatchStream(
    {
      cursor: watch.cursor,
      initial: watch.initial,
      initialEventsEnd: options.sendInitialEventsEnd,
      bookmarks: options.allowWatchBookmarks,
      lifetime:
        options.timeoutSeconds === undefined || options.timeoutSeconds <= 0
          ? MIN_REQUEST_TIMEOUT_MS * (1 + random())
          : options.timeoutSeconds * 1000,
      encoder: frameEncoder(served, watch),
      clock,
      random,
      turns,
    },
    {
      ...sink,
      end: () => {
        open.delete(stream);
        sink.end();
      },
    },
  );
  if (!open.add(stream)) return;
  if (signal.aborted) {
    stream.close();
    return;
  }
  signal.addEventListener('abort', () => stream.close(), { once: true });
  stream.start();
}

function frameEncoder(served: ServedView, { representation, surroundings }: Run): FrameEncoder {
  const { representations } = served;
  // The first event of a Table stream carries the column definitions, bookmarks included (api-semantics 3.3).
  let first = representation.as === 'table';
  const takeFirst = (): boolean => {
    const was = first;
    first = false;
    return was;
  };
  return {
    initial: (row) => representations.initial(row, representation, takeFirst()),
    event: (event) => representations.event(event, representation, takeFirst()),
    bookmark: (position, initialEventsEnd) =>
      watchFrameOf('BOOKMARK', bookmarkIn(served, representation, position, initialEventsEnd, takeFirst())),
    failure: (error) => {
      surroundings.log.error(`an event of ${served.definition.plural} could not be made`, error);
      return errorFrame(statusOf(error));
    },
  };
}

function bookmarkIn(
  served: ServedView,
  representation: Representation,
  position: bigint,
  initialEventsEnd: boolean,
  withColumnDefinitions: boolean,
): unknown {
  const { kind } = served.definition;
  const resourceVersion = position.toString();
  const bookmark = bookmarkObject({ apiVersion: served.apiVersion, kind, resourceVersion, initialEventsEnd });
  if (representation.as === 'object') return bookmark;
  if (representation.as === 'partial') return partialObjectMetadata(bookmark, representation.version);
  // Nothing is known of what has no content: its name is empty, and so is every other cell.
  const { columns } = served;
  const cells = columns.map((column) => (column === nameColumn ? '' : null));
  const { version, includeObject } = representation;
  return {
    ...table(columns, [], { now: 0, version, metadata: { resourceVersion }, withColumnDefinitions }),
    rows: [{ cells, object: rowObject(bookmark, includeObject, version) }],
  };
}
