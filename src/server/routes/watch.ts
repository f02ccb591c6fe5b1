/**
 * `GET …/R?watch=…`.
 * @module
 */
import type { Row } from '../../projections/row.ts';
import type { WatchCursor } from '../../projections/watch-cursor.ts';
import { representationOf } from '../representation-of.ts';
import type { Representation } from '../representations.ts';
import type { RequestContext } from '../request-context.ts';
import { Selection } from '../selection.ts';
import type { ServedResource } from '../served-resource.ts';
import type { Timers } from '../timers.ts';
import { waitUntilFresh, watchRefusal } from '../view-errors.ts';
import { type FrameEncoder, WatchStream } from '../watch-stream.ts';
import { parseWatchOptions, type WatchOptions } from '../wire/list-options.ts';
import { partialObjectMetadata } from '../wire/partial-metadata.ts';
import type { ResourceRequestInfo } from '../wire/request-info.ts';
import { ApiError, statusOf } from '../wire/status.ts';
import { table } from '../wire/table.ts';
import { bookmarkObject, errorFrame, watchFrameOf } from '../wire/watch-frames.ts';

/** What the watches of a server share. */
export interface WatchSurroundings {
  readonly timers: Timers;
  readonly random: () => number;
  /** The open streams, to be ended when the server ends. */
  readonly open: Set<WatchStream>;
}

/** A watch without `timeoutSeconds` lives for one to two of these (api-semantics 2.5). */
const MIN_REQUEST_TIMEOUT_MS = 1_800_000;

/**
 * Answers a watch (api-semantics 2). Problems with the request are HTTP errors; what is found out later is an ERROR event, after which
 * the stream ends.
 */
export async function watch(
  ctx: RequestContext,
  served: ServedResource,
  info: ResourceRequestInfo,
  surroundings: WatchSurroundings,
): Promise<void> {
  const { representation } = representationOf(ctx, 'watch');
  const options = parseWatchOptions(ctx.state.query, { isWatchPath: info.isWatchPath });
  const name = info.isNamed ? info.name : undefined;
  const selection = new Selection(served, info.namespace, options.labelSelector, options.fieldSelector, name);
  const start = await beginning(served, options, selection).catch((error: unknown) => watchRefusal(error));
  // A view that is not ready is refused before the stream opens.
  if (start instanceof ApiError && start.code === 429) throw start;
  openStream(ctx);
  if (!isBeginning(start)) {
    ctx.res.end(errorFrame(statusOf(start)));
    if (!(start instanceof ApiError)) throw start;
    return;
  }
  run(ctx, served, { ...start, options, selection, representation, surroundings });
}

interface Beginning {
  readonly cursor: WatchCursor;
  readonly initial: Iterator<Row> | undefined;
}

function isBeginning(value: unknown): value is Beginning {
  return typeof value === 'object' && value !== null && 'cursor' in value;
}

async function beginning(served: ServedResource, options: WatchOptions, selection: Selection): Promise<Beginning> {
  const { view } = served;
  const { start } = options;
  if (start.from === 'after') return { cursor: view.watchFrom(start.resourceVersion), initial: undefined };
  if (start.from === 'notOlderThan') await waitUntilFresh(view, start.resourceVersion);
  const { position, rows } = view.snapshot();
  const initial = options.sendInitialEvents ? selection.rows(rows) : undefined;
  return { cursor: view.watchFrom(position), initial };
}

function openStream(ctx: RequestContext): void {
  ctx.respond = false;
  ctx.set('Content-Type', 'application/json');
  ctx.res.statusCode = 200;
  // At once, before any event: clients wait for them.
  ctx.res.flushHeaders();
}

interface Run extends Beginning {
  readonly options: WatchOptions;
  readonly selection: Selection;
  readonly representation: Representation;
  readonly surroundings: WatchSurroundings;
}

function run(ctx: RequestContext, served: ServedResource, watch: Run): void {
  const { options, surroundings } = watch;
  const { random, timers, open } = surroundings;
  const { res } = ctx;
  const stream = new WatchStream(
    {
      view: served.view,
      cursor: watch.cursor,
      initial: watch.initial,
      initialEventsEnd: options.sendInitialEventsEnd,
      bookmarks: options.allowWatchBookmarks,
      lifetime:
        options.timeoutSeconds === undefined || options.timeoutSeconds <= 0
          ? MIN_REQUEST_TIMEOUT_MS * (1 + random())
          : options.timeoutSeconds * 1000,
      encoder: frameEncoder(served, watch),
      timers,
      random,
    },
    {
      write: (frame) => res.write(frame),
      onDrain: (callback) => res.once('drain', callback),
      end: () => {
        open.delete(stream);
        res.end();
      },
    },
  );
  open.add(stream);
  res.once('close', () => stream.close());
  res.once('error', () => stream.close());
  stream.start();
}

function frameEncoder(served: ServedResource, { selection, representation }: Run): FrameEncoder {
  const { representations } = served;
  // The first event of a Table stream carries the column definitions, bookmarks included (api-semantics 3.3).
  let first = representation.as === 'table';
  const takeFirst = (): boolean => {
    const was = first;
    first = false;
    return was;
  };
  return {
    matches: (row) => selection.matches(row),
    departed: (entry, before) => representations.departed(entry, before),
    event: (type, row) => representations.frame(type, row, representation, takeFirst()),
    bookmark: (position, initialEventsEnd) =>
      watchFrameOf('BOOKMARK', bookmarkIn(served, representation, position, initialEventsEnd, takeFirst())),
  };
}

function bookmarkIn(
  served: ServedResource,
  representation: Representation,
  position: bigint,
  initialEventsEnd: boolean,
  withColumnDefinitions: boolean,
): unknown {
  const { kind } = served.resource.definition;
  const resourceVersion = position.toString();
  const bookmark = bookmarkObject({ apiVersion: served.apiVersion, kind, resourceVersion, initialEventsEnd });
  if (representation.as === 'object') return bookmark;
  if (representation.as === 'partial') return partialObjectMetadata(bookmark, representation.version);
  // The row's object is metadata even where none was asked for, so that the annotation can be seen.
  const includeObject = representation.includeObject === 'None' ? 'Metadata' : representation.includeObject;
  // A bookmark has no content that a column could be read from.
  const columns = served.resource.columns.map((column) => ({ ...column, value: () => undefined }));
  return table(columns, [bookmark], {
    now: 0,
    version: representation.version,
    includeObject,
    metadata: { resourceVersion },
    withColumnDefinitions,
  });
}
