/**
 * Content negotiation (conformance 3.1 to 3.4): from the Accept header to the media type and transform of a response.
 * @module
 */
import { acceptClauses, clauseCovers, type AcceptClause } from './accept.ts';
import { parseMediaType } from './media-type.ts';
import { firstValue } from './query.ts';
import { notAcceptable, unsupportedMediaType } from './status.ts';
import { unreachable } from '../../unreachable.ts';

/** A media type that the server can send. */
export type ResponseMediaType = 'application/json' | 'application/yaml';

/** The form into which the server converts an object or list. */
export type Transformation =
  | { readonly as: 'none' }
  | {
      readonly as: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
      readonly group: 'meta.k8s.io';
      readonly version: 'v1' | 'v1beta1';
    }
  | { readonly as: 'APIGroupDiscoveryList'; readonly group: 'apidiscovery.k8s.io'; readonly version: 'v2' };

/**
 * The kind of endpoint, which decides the possible transforms: one object (get and writes), a list, a watch, the aggregated discovery of
 * `/apis`, or any other document.
 */
export type Endpoint = 'object' | 'list' | 'watch' | 'discovery' | 'plain';

/** The parts of a request that decide the form of its response. */
export interface AcceptInput {
  /** The Accept header; undefined if it is missing. */
  readonly accept: string | undefined;
  readonly userAgent?: string | undefined;
  readonly query?: URLSearchParams | undefined;
}

export interface NegotiateOptions {
  /** False if the resource has no Table form. The server then skips the clauses that request a Table. Default true. */
  readonly table?: boolean | undefined;
  /** In order of preference. Default: JSON, then YAML; only JSON for a watch. */
  readonly mediaTypes?: readonly ResponseMediaType[] | undefined;
}

/** The form of a response. */
export interface ResponseFormat {
  readonly mediaType: ResponseMediaType;
  readonly transform: Transformation;
  /** Indent by two spaces. Always false for watches. */
  readonly pretty: boolean;
}

const documentTypes: readonly ResponseMediaType[] = ['application/json', 'application/yaml'];
const streamTypes: readonly ResponseMediaType[] = ['application/json'];

/** Returns the transform that a clause requests, or undefined if this endpoint does not support it. */
function transformOf({ parameters }: AcceptClause, endpoint: Endpoint, hasTable: boolean): Transformation | undefined {
  const [as, group, version] = ['as', 'g', 'v'].map((name) => parameters.get(name));
  if (as === undefined && group === undefined && version === undefined) return { as: 'none' };
  if (endpoint === 'plain') return undefined;
  if (endpoint === 'discovery') {
    const isDiscovery = as === 'APIGroupDiscoveryList' && group === 'apidiscovery.k8s.io' && version === 'v2';
    return isDiscovery ? { as, group, version } : undefined;
  }
  if (group !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return undefined;
  const isKnown = as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList' || (as === 'Table' && hasTable);
  return isKnown ? { as, group, version } : undefined;
}

/**
 * Rejects a list that is requested in the form of an object, or the reverse, without trying the next clause (conformance 3.4).
 * @throws ApiError 406
 */
function requireShape({ as }: Transformation, endpoint: Endpoint): void {
  if (as === 'PartialObjectMetadata' && endpoint === 'list') {
    throw notAcceptable([], 'you requested PartialObjectMetadata, but the requested object is a list');
  }
  if (as === 'PartialObjectMetadataList' && endpoint !== 'list') {
    throw notAcceptable([], 'you requested PartialObjectMetadataList, but the requested object is not a list');
  }
}

/**
 * Returns whether to indent the response (conformance 3.2): if the media type has `pretty=1`, if the query says so, or, without the query
 * parameter, if the user agent is an interactive client.
 */
function isPretty({ userAgent = '', query }: AcceptInput, clause: AcceptClause | undefined): boolean {
  if (clause?.parameters.get('pretty') === '1') return true;
  const requested = query === undefined ? '' : (firstValue(query, 'pretty') ?? '');
  return requested === '' ? isInteractive(userAgent) : /^(?:1|t|T|TRUE|true|True)$/.test(requested);
}

/** Returns whether a client shows responses to people. */
export function isInteractive(userAgent: string): boolean {
  return /^(?:curl|Wget|Mozilla\/5\.0)/.test(userAgent);
}

/**
 * Returns whether the server supports the parameters `sv`, which selects a server's own versions (this server has none), and `stream`,
 * which can only be `watch`.
 */
function hasSatisfiableParameters({ parameters }: AcceptClause): boolean {
  return (parameters.get('sv') ?? '') === '' && ['', 'watch'].includes(parameters.get('stream') ?? '');
}

/**
 * Decides the form of a response: the first clause of the Accept header that can be satisfied.
 * @throws ApiError 406 if no clause can be satisfied
 * @example
 * negotiate({ accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' }, 'list').transform.as // 'Table'
 */
export function negotiate(input: AcceptInput, endpoint: Endpoint, options: NegotiateOptions = {}): ResponseFormat {
  const { table: hasTable = true, mediaTypes = endpoint === 'watch' ? streamTypes : documentTypes } = options;
  const clauses: readonly (AcceptClause | undefined)[] = input.accept ? acceptClauses(input.accept) : [undefined];
  const rejected = clauses.filter((clause) => clause?.quality === 0).map((clause) => clause?.mediaType);

  for (const clause of clauses) {
    const candidates =
      clause === undefined ? mediaTypes : mediaTypes.filter((offered) => clauseCovers(clause, offered));
    const mediaType = candidates.find((offered) => offered === clause?.mediaType || !rejected.includes(offered));
    const transform: Transformation | undefined =
      clause === undefined ? { as: 'none' } : transformOf(clause, endpoint, hasTable);
    const isWanted = clause === undefined || (clause.quality > 0 && hasSatisfiableParameters(clause));
    if (mediaType !== undefined && transform !== undefined && isWanted) {
      requireShape(transform, endpoint);
      return { mediaType, transform, pretty: endpoint !== 'watch' && isPretty(input, clause) };
    }
  }
  if (endpoint !== 'watch') throw notAcceptable(mediaTypes);
  // If the client accepts a media type that the server supports, but not as a stream, the message lists the streams.
  const isWritable = clauses.some((clause) => clause && documentTypes.some((offered) => clauseCovers(clause, offered)));
  throw notAcceptable(isWritable ? mediaTypes.map((mediaType) => `${mediaType};stream=watch`) : documentTypes);
}

/**
 * Decides the form of an error. It skips clauses with a transform, because errors have no transforms. The default is indented JSON. Never
 * throws.
 */
export function negotiateError(input: AcceptInput): ResponseFormat {
  const fallback: ResponseFormat = { mediaType: 'application/json', transform: { as: 'none' }, pretty: true };
  if (!input.accept) return { ...fallback, pretty: isPretty(input, undefined) };
  const clauses = acceptClauses(input.accept).filter(
    (clause) =>
      clause.quality > 0 && hasSatisfiableParameters(clause) && transformOf(clause, 'plain', false) !== undefined,
  );
  for (const clause of clauses) {
    const mediaType = documentTypes.find((offered) => clauseCovers(clause, offered));
    if (mediaType !== undefined) return { ...fallback, mediaType, pretty: isPretty(input, clause) };
  }
  return fallback;
}

/** Returns the Content-Type of a response. Clients of aggregated discovery read its parameters. */
export function contentTypeOf({ mediaType, transform }: ResponseFormat): string {
  switch (transform.as) {
    case 'none':
    case 'Table':
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return mediaType;
    case 'APIGroupDiscoveryList':
      return `${mediaType};g=${transform.group};v=${transform.version};as=${transform.as}`;
    default:
      return unreachable(transform);
  }
}

/**
 * Returns the media type of a request body, in lower case and without parameters. A missing Content-Type means the first of `accepted`.
 * @throws ApiError 415 with the list of accepted types
 */
export function bodyMediaType<T extends string>(contentType: string | undefined, accepted: readonly T[]): T {
  const [first] = accepted;
  if (!contentType && first !== undefined) return first;
  const found = accepted.find((mediaType) => mediaType === parseMediaType(contentType ?? '')?.essence);
  if (found === undefined) throw unsupportedMediaType(accepted);
  return found;
}
