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
import { respondParts } from './respond.ts';
import type { ServedView } from './served-view.ts';

/** Responds to a get (conformance 1.5). */
export async function get(
  ctx: RequestContext,
  served: ServedView,
  info: ResourceRequestInfo,
  clock: Clock,
): Promise<void> {
  const { format, representation } = representationOf(ctx, 'object');
  requirePathSegmentName(info.name);
  const { resourceVersion: version } = parseGetParameters(ctx.state.query);
  const fresh = version === undefined || version === 0n ? undefined : { version, clock };
  const row = await rowFor(ctx, served, info, fresh);
  await respondParts(ctx, [served.representations.encode(row, representation)], format);
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
  const key = keyOfParts(info.namespace, info.name);
  try {
    await served.beforeGet?.(key, { user, signal, requestId });
    if (fresh !== undefined) await waitUntilFresh(served.view, fresh.version, { clock: fresh.clock, signal });
    const row = served.view.get(key);
    if (row === undefined) throw notFound(served.groupResource, info.name);
    return row;
  } catch (error) {
    throw listError(error);
  }
}
