/**
 * `GET …/R/NAME`.
 * @module
 */
import { keyOfParts } from '../../informers/collection/key.ts';
import type { Row } from '../../projections/row.ts';
import type { RequestContext } from '../request-context.ts';
import { representationOf } from '../representation-of.ts';
import { respondParts } from '../respond.ts';
import type { ServedResource } from '../served-resource.ts';
import { systemTimers, type Timers } from '../timers.ts';
import { listRefusal, type Patience, waitUntilFresh } from '../view-errors.ts';
import { parseGetOptions } from '../wire/list-options.ts';
import { requirePathSegmentName } from '../wire/names.ts';
import type { ResourceRequestInfo } from '../wire/request-info.ts';
import { notFound } from '../wire/status.ts';

/** Answers a get (api-semantics 1.5). */
export async function get(
  ctx: RequestContext,
  served: ServedResource,
  info: ResourceRequestInfo,
  timers: Timers,
): Promise<void> {
  const { format, representation } = representationOf(ctx, 'object');
  requirePathSegmentName(info.name);
  const { resourceVersion } = parseGetOptions(ctx.state.query);
  const row = await read(served, keyOfParts(info.namespace, info.name), resourceVersion, {
    timers,
    signal: ctx.state.signal,
  });
  if (row === undefined) throw notFound(served.groupResource, info.name);
  await respondParts(ctx, [served.representations.one(row, representation)], format);
}

/** The row that a request names, as it is now. @throws ApiError 400, 404, 429 */
export async function rowFor(ctx: RequestContext, served: ServedResource, info: ResourceRequestInfo): Promise<Row> {
  requirePathSegmentName(info.name);
  const patience = { timers: systemTimers, signal: ctx.state.signal };
  const row = await read(served, keyOfParts(info.namespace, info.name), undefined, patience);
  if (row === undefined) throw notFound(served.groupResource, info.name);
  return row;
}

async function read(
  served: ServedResource,
  key: string,
  version: bigint | undefined,
  patience: Patience,
): Promise<ReturnType<typeof served.view.get>> {
  try {
    // Where handlers keep the objects, they say what there is.
    if (served.custom?.store.readsThrough === true) await served.custom.store.read(key, patience.signal);
    if (version !== undefined && version !== 0n) await waitUntilFresh(served.view, version, patience);
    return served.view.get(key);
  } catch (error) {
    throw listRefusal(error);
  }
}
