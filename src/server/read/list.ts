/**
 * `GET …/R`: lists.
 * @module
 */
import { keyOfParts, splitKey } from '../../key.ts';
import { ExpiredError } from '../../projections/errors.ts';
import type { PositionedSnapshot } from '../../projections/materialized-view.ts';
import type { Row } from '../../projections/row.ts';
import type { StateBodies } from './compressed-bodies.ts';
import { representationOf } from './representation-of.ts';
import type { Representation } from './representations.ts';
import type { RequestContext } from '../define/request-context.ts';
import { respondKept, respondParts } from './respond.ts';
import { Selection } from './selection.ts';
import type { ServedView } from './served-view.ts';
import type { Clock } from '../../clock.ts';
import { listRefusal, type Patience, waitUntilFresh } from './view-errors.ts';
import { type ContinueToken, continueAfter, encodeContinueToken } from '../wire/continue-token.ts';
import { type ListParameters, type ListSource, parseListParameters } from '../wire/list-parameters.ts';
import type { ListMeta } from '../wire/object.ts';
import type { ResourceRequestInfo } from '../wire/request-info.ts';
import { expired } from '../wire/status.ts';
import { unreachable } from '../../unreachable.ts';

/** Answers a list (api-semantics 1.1 to 1.4). */
export async function list(
  ctx: RequestContext,
  served: ServedView,
  info: ResourceRequestInfo,
  clock: Clock,
): Promise<void> {
  const { format, representation } = representationOf(ctx, 'list');
  const options = parseListParameters(ctx.state.query);
  const selection = new Selection(served, info.namespace, options.labelSelector, options.fieldSelector);
  const source = sourceOf(options, selection);
  const state = await stateFor(served, source, { clock, signal: ctx.state.signal });
  const start = source.from === 'continue' ? startOf(source.token, selection.namespace) : undefined;
  // Everything that the body is made of. A Table has ages in it, which move while the rows do not.
  const { mediaType, pretty } = format;
  const parts = [String(state.position), selection.id, options.limit, start, representation, mediaType, pretty];
  const keeping = representation.as === 'table' ? undefined : { bodies: state.bodies, key: JSON.stringify(parts) };
  if (keeping !== undefined && (await respondKept(ctx, keeping, format))) return;
  const page = pageOf(state, selection, options.limit, start);
  await respondParts(ctx, bodyOf(served, page, representation), format, { keeping });
}

/** A state of the rows, with the compressed lists that have been made of it. */
interface ListedState extends PositionedSnapshot {
  readonly bodies: StateBodies;
}

/** Rows and what is said of them together. */
export interface Page {
  readonly rows: readonly Row[];
  readonly metadata: ListMeta;
}

/** A limit alone makes a version exact, but not where there can be one row at most, as upstream has it. */
function sourceOf({ source, isExactByLimit }: ListParameters, selection: Selection): ListSource {
  if (source.from !== 'exact' || !isExactByLimit || !selection.isSingle) return source;
  return { from: 'notOlderThan', resourceVersion: source.resourceVersion };
}

async function stateFor(served: ServedView, source: ListSource, patience: Patience): Promise<ListedState> {
  const { view } = served;
  try {
    switch (source.from) {
      case 'latest':
      case 'consistent':
        return present(served);
      case 'notOlderThan':
        await waitUntilFresh(view, source.resourceVersion, patience);
        return present(served);
      case 'exact':
        return await exactly(served, source.resourceVersion, patience);
      case 'continue':
        if (source.token.resourceVersion < 0n) return present(served);
        return await exactly(served, source.token.resourceVersion, patience);
      default:
        return unreachable(source);
    }
  } catch (error) {
    if (source.from === 'continue' && error instanceof ExpiredError) throw expiredToken(source.token);
    throw listRefusal(error);
  }
}

async function exactly(served: ServedView, position: bigint, patience: Patience): Promise<ListedState> {
  await waitUntilFresh(served.view, position, patience);
  return { position, rows: served.view.snapshotAt(position), bodies: served.bodies };
}

function present(served: ServedView): ListedState {
  return { ...served.view.snapshot(), bodies: served.bodies };
}

/** The client may go on with a fresh state of the rest, if it can live with an inconsistent whole. */
function expiredToken({ start }: ContinueToken): Error {
  return expired(
    'The provided continue parameter is too old to display a consistent list result. ' +
      'Start a new list without it, or go on with the token in metadata.continue, whose result may not fit what was listed before.',
    encodeContinueToken({ resourceVersion: -1n, start }),
  );
}

/** Tokens hold keys below the collection; whatever they say, it is looked up below the request's own. */
export function startOf(token: ContinueToken, namespace: string): string {
  return namespace === '' ? token.start : keyOfParts(namespace, token.start);
}

/** The rows of a page, which begins after a key. No limit is 0. */
export function pageOf(
  { position, rows }: PositionedSnapshot,
  selection: Selection,
  limit: number,
  start: string | undefined,
): Page {
  const resourceVersion = position.toString();
  const page: Row[] = [];
  for (const row of selection.rows(rows, start)) {
    page.push(row);
    if (page.length === limit) break;
  }
  const last = page.at(-1);
  const isWhole = limit === 0 || page.length < limit || selection.isSingle;
  if (isWhole || last === undefined) return { rows: page, metadata: { resourceVersion } };
  // Whether anything is left is asked of the unfiltered range, so a selector may lead to an empty last page.
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

/** The body of a list, in parts. */
export function bodyOf(served: ServedView, { rows, metadata }: Page, form: Representation): Buffer[] {
  const items = served.representations.items(rows, form);
  if (form.as === 'table') return served.representations.table(items, form.version, metadata);
  const [apiVersion, kind] =
    form.as === 'partial'
      ? [`meta.k8s.io/${form.version}`, 'PartialObjectMetadataList']
      : [served.apiVersion, `${served.definition.kind}List`];
  const head = JSON.stringify({ kind, apiVersion, metadata }).slice(0, -1);
  return [Buffer.from(`${head},"items":[`), ...items, Buffer.from(']}')];
}
