/**
 * Where a watch starts: the rows that it selects, a place in the log of changes, and the initial rows if its client wants them.
 * @module
 */
import type { Row } from '../../projections/row.ts';
import type { WatchCursor } from '../../projections/watch-cursor.ts';
import { requirePathSegmentName } from '../wire/names.ts';
import type { ResourceRequestInfo } from '../wire/request-info.ts';
import { badRequest, expired, serviceUnavailable } from '../wire/status.ts';
import type { WatchParameters } from '../wire/watch-parameters.ts';
import { type WaitContext, waitUntilFresh, waitUntilReached } from './freshness.ts';
import { Selection } from './selection.ts';
import type { ServedView } from './served-view.ts';
import type { RowAccess, VisibleNamespaces } from './visible-namespaces.ts';

/**
 * Returns the selection of a watch. A path with the `/watch/` prefix can name one object. A field selector must then contain the same name
 * (conformance 2.9).
 * @throws ApiError 400
 */
export function selectionOf(
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
export interface StartedWatch {
  readonly cursor: WatchCursor;
  readonly initial: Iterator<Row | undefined> | undefined;
  /** Whether the watch starts at a version that the view has not reached. */
  readonly isAhead: boolean;
}

/** Returns the start of a watch that shows all rows that it selects. @throws ApiError, ExpiredError */
export async function resolveStart(
  served: ServedView,
  options: WatchParameters,
  selection: Selection,
  context: WaitContext,
): Promise<StartedWatch> {
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

/**
 * Waits until the view has reached the start of a watch, and until the namespaces are known that its caller may see.
 * @throws ApiError 503, 504
 */
export async function visibleAt(
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

/**
 * Returns the start of a watch that shows a set. The set and the state are read in one turn, in which the watch must also begin to follow the
 * set.
 * @throws ApiError 410, 503
 */
export function startVisible(
  { view }: ServedView,
  { start, sendInitialEvents }: WatchParameters,
  selection: Selection,
  access: RowAccess,
): StartedWatch {
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

function unknownRows(): never {
  throw serviceUnavailable('the rows that the user may see are changing', 1);
}
