/**
 * The list of a collection: `GET …/RESOURCE`.
 * @module
 */
import type { Clock } from '../../clock.ts';
import { keyOfParts, splitKey } from '../../key.ts';
import { ExpiredError } from '../../projections/errors.ts';
import type { LeafRange } from '../../projections/leaf.ts';
import type { PositionedSnapshot } from '../../projections/materialized-view.ts';
import { unreachable } from '../../unreachable.ts';
import type { RequestContext } from '../define/request-context.ts';
import { type ContinueToken, continueAfter, encodeContinueToken } from '../wire/continue-token.ts';
import { type ListParameters, type ListSource, parseListParameters } from '../wire/list-parameters.ts';
import type { ListMeta } from '../wire/object.ts';
import type { ResourceRequestInfo } from '../wire/request-info.ts';
import { expired, serviceUnavailable } from '../wire/status.ts';
import type { ArrangedRows } from './arranged-rows.ts';
import type { BodyHold, BodyMemory } from './body-memory.ts';
import { BodyPart } from './body-parts.ts';
import type { StateBodies } from './compressed-bodies.ts';
import { listError, waitUntilFresh, waitUntilReached, type WaitContext } from './freshness.ts';
import { type Representation, representationOf } from './representations.ts';
import { respondFromCache, respondList } from './respond.ts';
import { Selection } from './selection.ts';
import type { ServedView } from './served-view.ts';
import { nextTurn } from './turns.ts';
import { isUnchanged } from './unchanged-list.ts';
import type { RowAccess, VisibleNamespaces } from './visible-namespaces.ts';
import { GROUP_BYTES } from './write-body.ts';

/** The objects that all lists of a server share. */
export interface ListContext {
  readonly clock: Clock;
  readonly bodyMemory: BodyMemory;
}

/** Responds to a list (conformance 1.1 to 1.4). @param access what the caller may see; undefined for all rows */
export async function list(
  ctx: RequestContext,
  served: ServedView,
  info: ResourceRequestInfo,
  { clock, bodyMemory }: ListContext,
  access?: RowAccess,
): Promise<void> {
  const hold = bodyMemory.hold(ctx.state.user?.name ?? '');
  try {
    await listWith(ctx, served, info, { clock, hold, access });
  } finally {
    hold.release();
  }
}

interface ListOptions {
  readonly clock: Clock;
  readonly hold: BodyHold;
  readonly access: RowAccess | undefined;
}

async function listWith(
  ctx: RequestContext,
  served: ServedView,
  info: ResourceRequestInfo,
  { clock, hold, access }: ListOptions,
): Promise<void> {
  const { format, representation } = representationOf(ctx, 'list');
  const options = parseListParameters(ctx.state.query, ctx.state.limits);
  const all = new Selection(served, { ...options, namespace: info.namespace });
  const source = sourceOf(options, all);
  const context = { clock, signal: ctx.state.signal };
  const { state, visible } =
    access === undefined
      ? { state: await stateFor(served, source, context), visible: undefined }
      : await visibleState(served, source, access, context);
  const selection =
    visible === undefined ? all : new Selection(served, { ...options, namespace: info.namespace, visible });
  const version = visible === undefined ? undefined : access?.versionOf(state.position, state.rows, visible);
  const start = source.from === 'continue' ? startOf(source.token, selection.namespace) : undefined;
  if (
    isUnchanged(ctx, served, {
      state,
      selection,
      source,
      version,
      format,
      representation,
      limit: options.limit,
      access,
    })
  ) {
    return;
  }
  // The key contains everything that the body depends on. A Table is not cached: it contains ages, which change while the rows do not.
  const { mediaType, pretty } = format;
  const parts = [
    String(state.position),
    selection.id,
    options.limit,
    start,
    representation,
    mediaType,
    pretty,
    String(version),
  ];
  const cacheSlot = representation.as === 'table' ? undefined : { bodies: state.bodies, key: JSON.stringify(parts) };
  if (cacheSlot !== undefined && (await respondFromCache(ctx, cacheSlot, format, hold))) return;
  const { signal } = ctx.state;
  const isCurrent = source.from !== 'exact' && source.from !== 'continue';
  const arranged =
    isCurrent && selection.isFiltered && !selection.isSingle ? served.arranged.of(selection.id) : undefined;
  const page = await pageOf(state, selection, { limit: options.limit, start, signal, version, arranged });
  // Another request may have begun the same body while the rows were examined.
  if (cacheSlot !== undefined && (await respondFromCache(ctx, cacheSlot, format, hold))) return;
  const body = await bodyOf(served, page, representation, signal);
  holdBody(hold, body, representation);
  await respondList(ctx, body, format, { bodies: state.bodies, key: cacheSlot?.key, hold });
}

/**
 * Counts the bytes of a large list that are on their way, and the rows of a Table, which are made anew when an age changes. The JSON of rows is
 * that of the view.
 * @throws ApiError 429 if other lists hold too much memory
 */
function holdBody(hold: BodyHold, body: readonly BodyPart[], { as }: Representation): void {
  const length = body.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (length <= SMALL_BYTES) return;
  hold.add(Math.min(2 * length, SENDING_BYTES));
  if (as === 'table') for (const { bytes } of body) hold.share(bytes);
}

/** The bytes of a list that are on their way at most: a group of buffers, and its encrypted copy. */
const SENDING_BYTES = 2 * GROUP_BYTES;
/** The size of lists that are not counted. */
const SMALL_BYTES = 65_536;
/** The end of a list and of a Table. */
const END = Buffer.from(']}');
/** The number of times that a list waits for a set that does not change while it is read. */
const MAX_ATTEMPTS = 3;

/** A state of the rows, with the cache of its compressed lists. */
interface ListedState extends PositionedSnapshot {
  readonly bodies: StateBodies;
}

/** The rows of one page as parts of leaves, and the metadata of the list. */
export interface Page {
  readonly ranges: readonly LeafRange[];
  readonly metadata: ListMeta;
}

/**
 * Returns the source of the rows. A limit makes a version exact, except if the request can select only one row (as in kube-apiserver).
 */
function sourceOf({ source, isExactByLimit }: ListParameters, selection: Selection): ListSource {
  if (source.from !== 'exact' || !isExactByLimit || !selection.isSingle) return source;
  return { from: 'notOlderThan', resourceVersion: source.resourceVersion };
}

async function stateFor(served: ServedView, source: ListSource, context: WaitContext): Promise<ListedState> {
  const { view } = served;
  try {
    switch (source.from) {
      case 'latest':
      case 'consistent':
        return currentState(served);
      case 'notOlderThan':
        await waitUntilFresh(view, source.resourceVersion, context);
        return currentState(served);
      case 'exact':
        return await stateAt(served, source.resourceVersion, context);
      case 'continue':
        if (source.token.resourceVersion < 0n) return currentState(served);
        return await stateAt(served, source.token.resourceVersion, context);
      default:
        return unreachable(source);
    }
  } catch (error) {
    if (source.from === 'continue' && error instanceof ExpiredError) throw expiredToken(source.token);
    throw listError(error);
  }
}

/**
 * Returns a state, and the namespaces that the caller may see in it. They were known before the state was read, and are known after it.
 * @throws ApiError 410 for another set than that of the token, and for a state of which the set is not known; 503
 */
async function visibleState(
  served: ServedView,
  source: ListSource,
  access: RowAccess,
  context: WaitContext,
): Promise<{ readonly state: ListedState; readonly visible: VisibleNamespaces }> {
  try {
    if (source.from === 'exact') await waitUntilReached(served.view, source.resourceVersion, context);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      await access.ready(context.signal);
      const visible = access.current();
      if (visible === undefined) continue;
      const state = await stateFor(served, sourceFor(source, access), context);
      if (access.current() !== visible) continue;
      if (source.from === 'continue' && source.token.set !== visible.idIn(state.rows)) throw otherNamespaces();
      return { state, visible };
    }
  } catch (error) {
    throw listError(error);
  }
  throw serviceUnavailable('the rows that the user may see are changing', 1);
}

function otherNamespaces(): Error {
  return expired('The provided continue parameter is from a list of other namespaces. Start a new list without it.');
}

/** Returns the source of a list that shows a set. Tokens contain positions of the view, and other positions of clients can have a mark. */
function sourceFor(source: ListSource, access: RowAccess): ListSource {
  if (source.from !== 'exact') return source;
  const resourceVersion = access.knownSince(source.resourceVersion);
  if (resourceVersion === undefined) throw expired('The resourceVersion for the provided list is too old.');
  return { ...source, resourceVersion };
}

async function stateAt(served: ServedView, position: bigint, context: WaitContext): Promise<ListedState> {
  await waitUntilReached(served.view, position, context);
  return { position, rows: served.view.snapshotAt(position), bodies: served.bodies };
}

function currentState(served: ServedView): ListedState {
  return { ...served.view.snapshot(), bodies: served.bodies };
}

/** Returns the 410 for a token whose state has expired. It contains a token with which the client reads the rest from the current state. */
function expiredToken({ start, set }: ContinueToken): Error {
  // The namespaces of the rest could be others.
  if (set !== undefined) return otherNamespaces();
  return expired(
    'The provided continue parameter is too old to display a consistent list result. ' +
      'Start a new list without it, or continue with the token in metadata.continue. Then the pages come from different states.',
    encodeContinueToken({ resourceVersion: -1n, start }),
  );
}

/**
 * Returns the key at which a page starts. A token contains names within the namespace of the request, so it cannot leave that namespace.
 */
export function startOf(token: ContinueToken, namespace: string): string {
  return namespace === '' ? token.start : keyOfParts(namespace, token.start);
}

/** The bounds of a page. */
export interface PageBounds {
  /** The maximum number of rows. 0 means no limit. */
  readonly limit: number;
  /** The key at which the page starts. */
  readonly start: string | undefined;
  readonly signal: AbortSignal;
  /** The version of the list. @default the position of the state */
  readonly version?: bigint | undefined;
  /** The rows of the selection, if they are kept; see {@link Selection.leaves}. */
  readonly arranged?: ArrangedRows | undefined;
}

/** Returns one page of the selected rows. The event loop takes turns while many rows are compared with selectors. */
export async function pageOf(
  { position, rows }: PositionedSnapshot,
  selection: Selection,
  { limit, start, signal, version, arranged }: PageBounds,
): Promise<Page> {
  const { visible } = selection;
  const resourceVersion = (version ?? position).toString();
  const shardInfo = selection.shard === undefined ? undefined : { selector: selection.shard.toString() };
  const ranges: LeafRange[] = [];
  let count = 0;
  for (const range of selection.leaves(rows, start, arranged)) {
    if (range === undefined) {
      await nextTurn(signal);
      continue;
    }
    const { leaf, from } = range;
    const to = limit === 0 ? range.to : Math.min(range.to, from + limit - count);
    ranges.push({ leaf, from, to });
    count += to - from;
    if (count === limit) break;
  }
  const lastRange = ranges.at(-1);
  const last = lastRange?.leaf.rows[lastRange.to - 1];
  const isWhole = limit === 0 || count < limit || selection.isSingle;
  if (isWhole || last === undefined) return { ranges, metadata: { resourceVersion, shardInfo } };
  // Counts without the selectors, so the last page of a filtered list can be empty.
  const remaining = selection.count(rows, `${last.key}\0`);
  if (remaining === 0) return { ranges, metadata: { resourceVersion, shardInfo } };
  const below = selection.namespace === '' ? last.key : splitKey(last.key).name;
  return {
    ranges,
    metadata: {
      resourceVersion,
      continue: continueAfter(position, below, visible?.idIn(rows)),
      ...(selection.isFiltered ? {} : { remainingItemCount: remaining }),
      shardInfo,
    },
  };
}

/**
 * Returns the body of a list, in parts. The event loop takes turns while many rows are encoded.
 * @throws ApiError 429 if other lists hold too much memory
 */
export async function bodyOf(
  served: ServedView,
  { ranges, metadata }: Page,
  form: Representation,
  signal: AbortSignal,
): Promise<BodyPart[]> {
  const items = await served.representations.items(ranges, form, signal);
  const start =
    form.as === 'table'
      ? served.representations.tableStart(form.version, metadata)
      : startOfList(served, metadata, form);
  return [new BodyPart(start), ...items, new BodyPart(END)];
}

function startOfList(
  served: ServedView,
  metadata: ListMeta,
  form: Representation & { as: 'object' | 'partial' },
): Buffer {
  const [apiVersion, kind] =
    form.as === 'partial'
      ? [`meta.k8s.io/${form.version}`, 'PartialObjectMetadataList']
      : [served.apiVersion, `${served.definition.kind}List`];
  return Buffer.from(`${JSON.stringify({ kind, apiVersion, metadata }).slice(0, -1)},"items":[`);
}
