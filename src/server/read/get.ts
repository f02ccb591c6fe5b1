/**
 * The get of one object: `GET …/RESOURCE/NAME`.
 * @module
 */
import type { Clock } from '../../clock.ts';
import { keyOfParts } from '../../key.ts';
import type { Row } from '../../projections/row.ts';
import type { RequestContext } from '../define/request-context.ts';
import { parseGetParameters } from '../wire/list-parameters.ts';
import { requirePathSegmentName } from '../wire/names.ts';
import type { ResourceRequestInfo } from '../wire/request-info.ts';
import { notFound } from '../wire/status.ts';
import { listError, waitUntilFresh } from './freshness.ts';
import { representationOf } from './representations.ts';
import { respondObject } from './respond.ts';
import type { ServedView } from './served-view.ts';

/** Responds to a get (conformance 1.5). */
export function get(
  ctx: RequestContext,
  served: ServedView,
  info: ResourceRequestInfo,
  clock: Clock,
): void | Promise<void> {
  const { format, representation } = representationOf(ctx, 'object');
  requirePathSegmentName(info.name);
  const { resourceVersion: version } = parseGetParameters(ctx.state.query);
  const fresh = version === undefined || version === 0n ? undefined : { version, clock };
  const send = (row: Row): void | Promise<void> =>
    respondObject(ctx, served.representations.encode(row, representation), format);
  const isKnown = fresh === undefined && served.beforeGet === undefined;
  return isKnown ? send(currentRow(served, info)) : rowFor(ctx, served, info, fresh).then(send);
}

/**
 * Returns the current row that a request names.
 * @param fresh the version that the view must have reached first
 * @throws ApiError 404, 429, 504
 */
export async function rowFor(
  ctx: RequestContext,
  served: ServedView,
  info: ResourceRequestInfo,
  fresh?: { readonly version: bigint; readonly clock: Clock },
): Promise<Row> {
  const { signal, user, requestId } = ctx.state;
  try {
    await served.beforeGet?.(keyOfParts(info.namespace, info.name), { user, signal, requestId });
    if (fresh !== undefined) await waitUntilFresh(served.view, fresh.version, { clock: fresh.clock, signal });
  } catch (error) {
    throw listError(error);
  }
  return currentRow(served, info);
}

/** @throws ApiError 404, 429 */
function currentRow({ view, groupResource }: ServedView, { namespace, name }: ResourceRequestInfo): Row {
  let row: Row | undefined;
  try {
    row = view.get(keyOfParts(namespace, name));
  } catch (error) {
    throw listError(error);
  }
  if (row === undefined) throw notFound(groupResource, name);
  return row;
}
