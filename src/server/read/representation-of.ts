/**
 * The form in which a request wants objects.
 * @module
 */
import type { RequestContext } from '../define/request-context.ts';
import type { Representation } from './representations.ts';
import { type Endpoint, negotiate, type ResponseFormat } from '../wire/negotiation.ts';
import { parseIncludeObject } from '../wire/table.ts';
import { unreachable } from '../../unreachable.ts';

/** @throws ApiError 406, or 400 for a bad `includeObject` */
export function representationOf(
  ctx: RequestContext,
  endpoint: Endpoint & ('object' | 'list' | 'watch'),
): { format: ResponseFormat; representation: Representation } {
  const { query } = ctx.state;
  const accept = ctx.req.headers.accept;
  // A stream of YAML documents is not offered.
  const mediaTypes = endpoint === 'watch' ? (['application/json'] as const) : undefined;
  const format = negotiate({ accept, userAgent: ctx.req.headers['user-agent'], query }, endpoint, { mediaTypes });
  const { transform } = format;
  switch (transform.as) {
    case 'none':
    case 'APIGroupDiscoveryList':
      return { format, representation: { as: 'object' } };
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return { format, representation: { as: 'partial', version: transform.version } };
    case 'Table':
      return {
        format,
        representation: { as: 'table', version: transform.version, includeObject: parseIncludeObject(query) },
      };
    default:
      return unreachable(transform);
  }
}
