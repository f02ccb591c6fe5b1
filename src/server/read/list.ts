/**
 * The list of a collection: `GET …/RESOURCE`.
 * @module
 */
import type { Clock } from '../../clock.ts';
import { keyOfParts, splitKey } from '../../key.ts';
import { ExpiredError } from '../../projections/errors.ts';
import type { PositionedSnapshot } from '../../projections/materialized-view.ts';
import type { Row } from '../../projections/row.ts';
import { unreachable } from '../../unreachable.ts';
import type { RequestContext } from '../define/request-context.ts';
import { type ContinueToken, continueAfter, encodeContinueToken } from '../wire/continue-token.ts';
import { type ListParameters, type ListSource, parseListParameters } from '../wire/list-parameters.ts';
import type { ListMeta } from '../wire/object.ts';
import type { ResourceRequestInfo } from '../wire/request-info.ts';
import { expired } from '../wire/status.ts';
import type { StateBodies } from './compressed-bodies.ts';
import { listError, waitUntilFresh, waitUntilReached, type WaitContext } from './freshness.ts';
import { type Representation, representationOf } from './representations.ts';
import { respondFromCache, respondParts } from './respond.ts';
import { Selection } from './selection.ts';
import type { ServedView } from './served-view.ts';
import { nextTurn, ROWS_PER_TURN } from './turns.ts';

/** Responds to a list (conformance 1.1 to 1.4). */
export async function list(
  ctx: RequestContext,
  served: ServedView,
  info: ResourceRequestInfo,
  clock: Clock,
): Promise<void> {
  const { format, representation } = representationOf(ctx, 'list');
  const options = parseListParameters(ctx.state.query, ctx.state.limits);
  const selection = new Selection(served, { ...options, namespace: info.namespace });
  const source = sourceOf(options, selection);
  const state = await stateFor(served, source, { clock, signal: ctx.state.signal });
  const start = source.from === 'continue' ? startOf(source.token, selection.namespace) : undefined;
  // The key contains everything that the body depends on. A Table is not cached: it contains ages, which change while the rows do not.
  const { mediaType, pretty } = format;
  const parts = [String(state.position), selection.id, options.limit, start, representation, mediaType, pretty];
  const cacheSlot = representation.as === 'table' ? undefined : { bodies: state.bodies, key: JSON.stringify(parts) };
  if (cacheSlot !== undefined && (await respondFromCache(ctx, cacheSlot, format))) return;
  const { signal } = ctx.state;
  const page = await pageOf(state, selection, { limit: options.limit, start, signal });
  // Another request may have begun the same body while the rows were examined.
  if (cacheSlot !== undefined && (await respondFromCache(ctx, cacheSlot, format))) return;
  // A Table is compressed in its turn, too. It is never a stream: a client that reads slowly would take the place of others.
  const compress = (whole: readonly Buffer[]): Promise<Buffer> => state.bodies.compress(whole);
  await respondParts(ctx, await bodyOf(served, page, representation, signal), format, { cacheSlot, compress });
}

const COMMA = Buffer.from(',');

/** A state of the rows, with the cache of its compressed lists. */
interface ListedState extends PositionedSnapshot {
  readonly bodies: StateBodies;
}

/** The rows of one page, and the metadata of the list. */
export interface Page {
  readonly rows: readonly Row[];
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

async function stateAt(served: ServedView, position: bigint, context: WaitContext): Promise<ListedState> {
  await waitUntilReached(served.view, position, context);
  return { position, rows: served.view.snapshotAt(position), bodies: served.bodies };
}

function currentState(served: ServedView): ListedState {
  return { ...served.view.snapshot(), bodies: served.bodies };
}

/** Returns the 410 for a token whose state has expired. It contains a token with which the client reads the rest from the current state. */
function expiredToken({ start }: ContinueToken): Error {
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
}

/** Returns one page of the selected rows. The event loop takes turns while many rows are examined. */
export async function pageOf(
  { position, rows }: PositionedSnapshot,
  selection: Selection,
  { limit, start, signal }: PageBounds,
): Promise<Page> {
  const resourceVersion = position.toString();
  const page: Row[] = [];
  for (const row of selection.rows(rows, start)) {
    if (row === undefined) {
      await nextTurn(signal);
      continue;
    }
    page.push(row);
    if (page.length === limit) break;
  }
  const last = page.at(-1);
  const isWhole = limit === 0 || page.length < limit || selection.isSingle;
  if (isWhole || last === undefined) return { rows: page, metadata: { resourceVersion } };
  // Counts without the selectors, so the last page of a filtered list can be empty.
  const remaining = rows.count(selection.namespace, `${last.key}\0`);
  if (remaining === 0) return { rows: page, metadata: { resourceVersion } };
  const below = selection.namespace === '' ? last.key : splitKey(last.key).name;
  return {
    rows: page,
    metadata: {
      resourceVersion,
      continue: continueAfter(position, below),
      ...(selection.isFiltered ? {} : { remainingItemCount: remaining }),
    },
  };
}

/** Returns the body of a list, in parts. The event loop takes turns while many rows are encoded. */
export async function bodyOf(
  served: ServedView,
  { rows, metadata }: Page,
  form: Representation,
  signal: AbortSignal,
): Promise<Buffer[]> {
  // The JSON of objects is kept with the rows, so nothing is encoded for them.
  const step = form.as === 'object' ? rows.length : ROWS_PER_TURN;
  const items: Buffer[] = served.representations.items(rows.slice(0, step), form);
  for (let at = step; at < rows.length; at += step) {
    await nextTurn(signal);
    items.push(COMMA);
    for (const part of served.representations.items(rows.slice(at, at + step), form)) items.push(part);
  }
  if (form.as === 'table') return served.representations.table(items, form.version, metadata);
  const [apiVersion, kind] =
    form.as === 'partial'
      ? [`meta.k8s.io/${form.version}`, 'PartialObjectMetadataList']
      : [served.apiVersion, `${served.definition.kind}List`];
  const head = JSON.stringify({ kind, apiVersion, metadata }).slice(0, -1);
  return [Buffer.from(`${head},"items":[`), ...items, Buffer.from(']}')];
}
