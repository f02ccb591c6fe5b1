/**
 * Lists that a client has already: their entity tags, and the 304 for a client that has the current one.
 * @module
 */
import type { PositionedSnapshot } from '../../projections/materialized-view.ts';
import type { RequestContext } from '../define/request-context.ts';
import { acceptsGzip } from '../wire/accept.ts';
import { containsTag } from '../wire/entity-tags.ts';
import type { ListSource } from '../wire/list-parameters.ts';
import type { ResponseFormat } from '../wire/negotiation.ts';
import type { Representation } from './representations.ts';
import type { Selection } from './selection.ts';
import type { ServedView } from './served-view.ts';
import type { RowAccess } from './visible-namespaces.ts';

/** A list before its rows are read. */
interface RequestedList {
  readonly state: PositionedSnapshot;
  readonly selection: Selection;
  readonly source: ListSource;
  readonly version: bigint | undefined;
  readonly format: ResponseFormat;
  readonly representation: Representation;
  readonly limit: number;
  readonly access: RowAccess | undefined;
}

/**
 * Sets the entity tag of a list, and responds with 304 if the client has a list with it. Pages have no tag, because a continue token contains
 * a version. Tables have none, because of their ages.
 */
export function isUnchanged(ctx: RequestContext, served: ServedView, list: RequestedList): boolean {
  const { state, selection, source, version = state.position, format, representation, limit, access } = list;
  if (limit > 0 || source.from === 'continue' || representation.as === 'table') return false;
  // A list that is not older than a version must have a version that is not older.
  const least = 'resourceVersion' in source ? source.resourceVersion.toString() : undefined;
  const isMarked = version === state.position ? undefined : (version ^ state.position).toString();
  const tag = served.validators.tagOf({
    parts: selection.parts(state.rows),
    form: [
      selection.id,
      source.from === 'exact',
      least,
      isMarked,
      representation.as === 'partial' ? representation.version : undefined,
      format.mediaType,
      format.pretty,
      acceptsGzip(ctx.get('Accept-Encoding')),
    ],
    position: state.position,
    version,
    isKnown: (earlier) => access === undefined || access.canFollow(earlier),
  });
  ctx.set('ETag', tag);
  ctx.vary(['Accept', 'Accept-Encoding']);
  if (!containsTag(ctx.req.headers['if-none-match'], tag)) return false;
  ctx.status = 304;
  ctx.body = null;
  return true;
}
