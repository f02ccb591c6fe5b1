/**
 * The watch of a collection or of one object: `GET …/RESOURCE?watch=1` and the deprecated `/watch/` paths.
 * @module
 */
import { LinkedAbort, onAbort } from '../../abort.ts';
import type { Clock } from '../../clock.ts';
import type { Row } from '../../projections/row.ts';
import type { WatchCursor } from '../../projections/watch-cursor.ts';
import type { RequestContext } from '../define/request-context.ts';
import { ResponseCutError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { requirePathSegmentName } from '../wire/names.ts';
import { partialObjectMetadata } from '../wire/partial-metadata.ts';
import type { ResourceRequestInfo } from '../wire/request-info.ts';
import { ApiError, badRequest, expired, serviceUnavailable, statusOf } from '../wire/status.ts';
import { nameColumn, rowObject, tableOf } from '../wire/table.ts';
import { bookmarkObject, errorFrame, watchFrameOf } from '../wire/watch-frames.ts';
import { parseWatchParameters, type WatchParameters } from '../wire/watch-parameters.ts';
import { type WaitContext, waitUntilFresh, waitUntilReached, watchError } from './freshness.ts';
import type { BookmarkTimer } from './bookmark-timer.ts';
import type { OpenWatches, WriteScheduler } from './open-watches.ts';
import type { MemoryGuard } from './memory-guard.ts';
import { type Representation, representationOf } from './representations.ts';
import { Selection } from './selection.ts';
import type { ServedView } from './served-view.ts';
import { type FrameEncoder, type FrameSink, WatchResponse } from './watch-response.ts';
import type { RowAccess, VisibleNamespaces } from './visible-namespaces.ts';
import type { WatchSelectors } from './watch-selectors.ts';
import { acceptWebSocket, wantsWebSocket, webSocketSink } from './web-socket.ts';

/** The objects that all watches of a server share. */
export interface WatchContext {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly scheduler: WriteScheduler;
  readonly bookmarkTimer: BookmarkTimer;
  /** The open watches, which the server closes when it ends. */
  readonly open: OpenWatches;
  readonly selectors: WatchSelectors;
  readonly memory: MemoryGuard;
}

/** The minimum lifetime of a watch without `timeoutSeconds`. The maximum is twice as long (conformance 2.5). */
const MIN_REQUEST_TIMEOUT_MS = 1_800_000;
/** The time in which a client can read the rest of a watch that has ended. A client that never reads must not delay a shutdown. */
const UNREAD_MS = 5000;
/** Errors that are sent as an ERROR event in the stream: a version that is too old, or that did not arrive in time (conformance 2.6). */
const STREAMED_CODES: ReadonlySet<number> = new Set([410, 504]);

/**
 * Responds to a watch (conformance 2). An invalid request results in an HTTP error. A later failure is sent as an ERROR event, after
 * which the stream ends. Resolves when the initial events are sent, or the stream has ended.
 * @param access what the caller may see; undefined for all rows
 */
export async function watch(
  ctx: RequestContext,
  served: ServedView,
  info: ResourceRequestInfo,
  context: WatchContext,
  access?: RowAccess,
): Promise<void> {
  const { representation } = representationOf(ctx, 'watch');
  const options = parseWatchParameters(ctx.state.query, {
    isWatchPath: info.isWatchPath,
    limits: ctx.state.limits,
  });
  const { limits, signal } = ctx.state;
  const all = selectionOf(served, info, options);
  const wait = { clock: context.clock, signal };
  let selection: Selection;
  let start: WatchStart;
  try {
    const visible = access === undefined ? undefined : await visibleAt(served, options, access, wait);
    selection = visible === undefined ? all : selectionOf(served, info, options, visible);
    const id = `${served.apiVersion}/${served.definition.plural} ${selection.id}`;
    context.selectors.add(id, selection.requirements, { maximum: limits.watchRequirements, signal });
    start =
      access === undefined
        ? await resolveStart(served, options, selection, wait)
        : startVisible(served, options, selection, access);
  } catch (error) {
    const refusal = watchError(error);
    // All other errors become HTTP errors: a view that is not ready, and unexpected failures.
    if (!(refusal instanceof ApiError) || !STREAMED_CODES.has(refusal.code)) throw refusal;
    openStream(ctx, context.clock, (sink) => {
      sink.write(errorFrame(refusal.status));
      sink.end();
    });
    return;
  }
  const lifetime = access === undefined ? signal : lifetimeOf(access, signal);
  let response: WatchResponse | undefined;
  openStream(ctx, context.clock, (sink) => {
    const setup = { ...start, options, selection, representation, context };
    response = startResponse(lifetime, sink, served, setup);
  });
  if (response === undefined) start.cursor.end('closed');
  else await response.initialSent;
}

/**
 * Returns the selection of a watch. A path with the `/watch/` prefix can name one object. A field selector must then contain the same name
 * (conformance 2.9).
 */
function selectionOf(
  served: ServedView,
  { isNamed, name, namespace }: ResourceRequestInfo,
  { labelSelector, fieldSelector, shardSelector }: WatchParameters,
  visible?: VisibleNamespaces,
): Selection {
  const selectors = { labelSelector, fieldSelector, shardSelector };
  if (!isNamed) return new Selection(served, { namespace, ...selectors, visible });
  requirePathSegmentName(name);
  if (!fieldSelector.isEmpty && fieldSelector.exactValue('metadata.name') !== name) {
    throw badRequest("fieldSelector metadata.name doesn't match requested name");
  }
  return new Selection(served, { namespace, name, ...selectors, visible });
}

/** The start of a watch: a cursor in the log, and the initial rows if the client wants them. */
interface WatchStart {
  readonly cursor: WatchCursor;
  readonly initial: Iterator<Row | undefined> | undefined;
  /** Whether the watch starts at a version that the view has not reached. */
  readonly isAhead: boolean;
}

async function resolveStart(
  served: ServedView,
  options: WatchParameters,
  selection: Selection,
  context: WaitContext,
): Promise<WatchStart> {
  const { view } = served;
  const { start } = options;
  if (start.from === 'after') {
    const isAhead = view.isAhead(start.resourceVersion);
    return { cursor: view.watchFrom(start.resourceVersion, selection), initial: undefined, isAhead };
  }
  if (start.from === 'notOlderThan') await waitUntilFresh(view, start.resourceVersion, context);
  const { position, rows } = view.snapshot();
  const initial = options.sendInitialEvents ? selection.rows(rows) : undefined;
  return { cursor: view.watchFrom(position, selection), initial, isAhead: false };
}

/** Waits until the view has reached the start of a watch, and until the namespaces are known that its caller may see. */
async function visibleAt(
  { view }: ServedView,
  { start }: WatchParameters,
  access: RowAccess,
  wait: WaitContext,
): Promise<VisibleNamespaces> {
  if (start.from === 'after') await waitUntilReached(view, start.resourceVersion, wait);
  if (start.from === 'notOlderThan') await waitUntilFresh(view, start.resourceVersion, wait);
  await access.ready(wait.signal);
  return access.current() ?? unknownRows();
}

/** Returns the start of a watch that shows a set. The set and the state are read in one turn. */
function startVisible(
  { view }: ServedView,
  { start, sendInitialEvents }: WatchParameters,
  selection: Selection,
  access: RowAccess,
): WatchStart {
  if (access.current() !== selection.visible) unknownRows();
  if (start.from === 'after') {
    const { resourceVersion } = start;
    const position = access.knownSince(resourceVersion);
    if (position === undefined) throw expired(`too old resource version: ${resourceVersion}`);
    return { cursor: view.watchFrom(position, selection), initial: undefined, isAhead: false };
  }
  const { position, rows } = view.snapshot();
  const initial = sendInitialEvents ? selection.rows(rows) : undefined;
  return { cursor: view.watchFrom(position, selection), initial, isAhead: false };
}

/** Returns a signal that ends a watch when its caller may see other rows. */
function lifetimeOf(access: RowAccess, signal: AbortSignal): AbortSignal {
  const lifetime = new LinkedAbort(signal);
  onAbort(
    signal,
    access.follow(() => lifetime.abort()),
  );
  return lifetime.signal;
}

function unknownRows(): never {
  throw serviceUnavailable('the rows that the user may see are changing', 1);
}

/** Opens the stream and calls `opened` with its sink, unless the client has disconnected. */
function openStream(ctx: RequestContext, clock: Clock, opened: (sink: FrameSink) => void): void {
  ctx.respond = false;
  const { req, res } = ctx;
  if (wantsWebSocket(req)) {
    acceptWebSocket(req, res, (socket, connection) => {
      // An upgraded connection no longer belongs to the response, so the response does not emit `close` itself.
      opened(webSocketSink(socket, connection, { clock, ended: () => void res.emit('close') }));
    });
    return;
  }
  ctx.set('Content-Type', 'application/json');
  ctx.res.statusCode = 200;
  // Clients wait for the headers, so they are sent before the first event.
  ctx.res.flushHeaders();
  let isFull = false;
  opened({
    write: (frame) => {
      isFull = !res.write(frame);
      return !isFull;
    },
    onDrain: (callback) =>
      res.once('drain', () => {
        isFull = false;
        callback();
      }),
    end: () => {
      res.end();
      const isUnread = isFull && !ctx.state.signal.aborted;
      if (isUnread)
        res.once(
          'close',
          // With an error, the client does not take half a line for the end of the watch.
          clock.schedule(UNREAD_MS, () => res.destroy(new ResponseCutError(undefined))),
        );
    },
  });
}

interface WatchSetup extends WatchStart {
  readonly options: WatchParameters;
  readonly selection: Selection;
  readonly representation: Representation;
  readonly context: WatchContext;
}

function startResponse(signal: AbortSignal, sink: FrameSink, served: ServedView, setup: WatchSetup): WatchResponse {
  const { options, context } = setup;
  const { random, clock, open, scheduler, bookmarkTimer } = context;
  const response = new WatchResponse(
    {
      cursor: setup.cursor,
      initial: setup.initial,
      initialEventsEnd: options.sendInitialEventsEnd,
      bookmarks: options.allowWatchBookmarks,
      checkAhead: setup.isAhead ? () => void served.view.checkAhead() : undefined,
      lifetime:
        options.timeoutSeconds === undefined || options.timeoutSeconds <= 0
          ? MIN_REQUEST_TIMEOUT_MS * (1 + random())
          : options.timeoutSeconds * 1000,
      encoder: frameEncoder(served, setup),
      counts: served.watchCounts,
      clock,
      random,
      scheduler,
      bookmarkTimer,
    },
    {
      ...sink,
      end: () => {
        open.delete(response);
        sink.end();
      },
    },
  );
  if (!open.add(response)) return response;
  if (signal.aborted) {
    response.close();
    return response;
  }
  signal.addEventListener('abort', () => response.close(), { once: true });
  response.start();
  return response;
}

function frameEncoder(
  served: ServedView,
  { cursor, representation, context, selection: { visible } }: WatchSetup,
): FrameEncoder {
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
      context.log.error(`an event of ${served.definition.plural} could not be encoded`, error);
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
