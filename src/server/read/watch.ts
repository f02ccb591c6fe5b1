/**
 * The watch of a collection or of one object: `GET …/RESOURCE?watch=1` and the deprecated `/watch/` paths.
 * @module
 */
import { LinkedAbort, onAbort } from '../../abort.ts';
import type { Clock } from '../../clock.ts';
import type { RequestContext } from '../define/request-context.ts';
import type { Logger } from '../logger.ts';
import type { ResourceRequestInfo } from '../wire/request-info.ts';
import { ApiError } from '../wire/status.ts';
import { errorFrame } from '../wire/watch-frames.ts';
import { parseWatchParameters, type WatchParameters } from '../wire/watch-parameters.ts';
import type { BookmarkTimer } from './bookmark-timer.ts';
import type { BodyMemory } from './body-memory.ts';
import { watchError } from './freshness.ts';
import type { MemoryGuard } from './memory-guard.ts';
import type { OpenWatches, WriteScheduler } from './open-watches.ts';
import { type Representation, representationOf } from './representations.ts';
import type { Selection } from './selection.ts';
import type { ServedView } from './served-view.ts';
import type { RowAccess } from './visible-namespaces.ts';
import { frameEncoder } from './watch-encoder.ts';
import { type FrameSink, WatchResponse } from './watch-response.ts';
import type { WatchSelectors } from './watch-selectors.ts';
import { resolveStart, selectionOf, startVisible, visibleAt, type StartedWatch } from './watch-start.ts';
import { openStream } from './watch-stream.ts';

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
  readonly bodyMemory: BodyMemory;
}

/** The bytes of initial events that are on their way at most: a slice as its rows, as one buffer, and encrypted. Measured: 280 kB. */
const INITIAL_BYTES = 262_144;
/** The minimum lifetime of a watch without `timeoutSeconds`. The maximum is twice as long (conformance 2.5). */
const MIN_REQUEST_TIMEOUT_MS = 1_800_000;
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
  const hold = context.bodyMemory.hold(ctx.state.user?.name ?? '');
  try {
    if (options.sendInitialEvents) hold.add(Math.min(INITIAL_BYTES, 2 * served.view.statistics.rowBytes));
    await respondWatch(ctx, served, info, { options, representation, context, access });
  } finally {
    hold.release();
  }
}

interface WatchRequest {
  readonly options: WatchParameters;
  readonly representation: Representation;
  readonly context: WatchContext;
  readonly access: RowAccess | undefined;
}

async function respondWatch(
  ctx: RequestContext,
  served: ServedView,
  info: ResourceRequestInfo,
  { options, representation, context, access }: WatchRequest,
): Promise<void> {
  const { limits, signal } = ctx.state;
  const all = selectionOf(served, info, options);
  const wait = { clock: context.clock, signal };
  let selection: Selection;
  let start: StartedWatch;
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

/** Returns a signal that ends a watch when its caller may see other rows. */
function lifetimeOf(access: RowAccess, signal: AbortSignal): AbortSignal {
  const lifetime = new LinkedAbort(signal);
  onAbort(
    signal,
    access.follow(() => lifetime.abort()),
  );
  return lifetime.signal;
}

interface WatchSetup extends StartedWatch {
  readonly options: WatchParameters;
  readonly selection: Selection;
  readonly representation: Representation;
  readonly context: WatchContext;
}

function startResponse(signal: AbortSignal, sink: FrameSink, served: ServedView, setup: WatchSetup): WatchResponse {
  const { options, context, cursor, selection, representation } = setup;
  const { random, clock, open, scheduler, bookmarkTimer } = context;
  const response = new WatchResponse(
    {
      cursor,
      initial: setup.initial,
      initialEventsEnd: options.sendInitialEventsEnd,
      bookmarks: options.allowWatchBookmarks,
      checkAhead: setup.isAhead ? () => void served.view.checkAhead() : undefined,
      lifetime:
        options.timeoutSeconds === undefined || options.timeoutSeconds <= 0
          ? MIN_REQUEST_TIMEOUT_MS * (1 + random())
          : options.timeoutSeconds * 1000,
      encoder: frameEncoder(served, { cursor, representation, visible: selection.visible, log: context.log }),
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
