/**
 * The parameters of list and get: parsed from the query, validated, and turned into a decision about the state to read.
 * @module
 */
import { decodeContinueToken, type ContinueToken } from './continue-token.ts';
import type { FieldSelector } from './field-selector.ts';
import type { ParsedLabelSelector } from './label-selector.ts';
import { listQuery, validateListQuery, type ListQuery } from './list-query.ts';
import type { SelectorLimits } from './limits.ts';
import { parseResourceVersion, queryBoolean, queryResourceVersion } from './query.ts';
import { parseShardSelector, type ShardSelector } from './shard-selector.ts';
import { badRequest } from './status.ts';

/** The state that a list reads (conformance 1.1). A resourceVersion is never 0n here. */
export type ListSource =
  /** The current state, of any age. The list has no limit and no continue token. */
  | { readonly from: 'latest' }
  /** The current state, when it has reached `resourceVersion`. */
  | { readonly from: 'notOlderThan'; readonly resourceVersion: bigint }
  /** The current state, when it has reached the state that the source had when the request arrived. */
  | { readonly from: 'consistent' }
  /** The state after the last event at or below `resourceVersion`. */
  | { readonly from: 'exact'; readonly resourceVersion: bigint }
  /**
   * The next page, from `token.start` on. It reads the snapshot at `token.resourceVersion`, or a consistent state if that is -1n.
   */
  | { readonly from: 'continue'; readonly token: ContinueToken };

/** The parameters of a list, parsed and validated. */
export interface ListParameters {
  readonly source: ListSource;
  /** The maximum number of items; 0 means all. Always 0 if the source is `latest`. */
  readonly limit: number;
  /** True if the source is `exact` only because of the limit. Upstream reads a list of at most one object as `notOlderThan` then. */
  readonly isExactByLimit: boolean;
  readonly labelSelector: ParsedLabelSelector;
  readonly fieldSelector: FieldSelector;
  /** Undefined if the request is for all shards. */
  readonly shardSelector: ShardSelector | undefined;
  /** Undefined if the client sets no timeout. */
  readonly timeoutSeconds: number | undefined;
}

/** The parameters of a get. */
export interface GetParameters {
  /** Undefined: the most recent state. 0n: the current state of any age. Otherwise: a state that is not older than this version. */
  readonly resourceVersion: bigint | undefined;
}

/**
 * Parses the parameters of a list (conformance 1.1). `requireSupportedFields` checks the fields of the field selector.
 * @throws ApiError 400 or 422 (conformance 1.3)
 */
export function parseListParameters(query: URLSearchParams, limits?: SelectorLimits): ListParameters {
  const decoded = listQuery(query, limits);
  validateListQuery(decoded);
  const shardSelector = parseShardSelector(decoded.shardSelector, limits);
  const source = listSource(decoded);
  const { labelSelector, fieldSelector, timeoutSeconds } = decoded;
  return {
    source,
    limit: source.from === 'latest' ? 0 : Math.max(0, decoded.limit),
    isExactByLimit: source.from === 'exact' && decoded.resourceVersionMatch === '',
    labelSelector,
    fieldSelector,
    shardSelector,
    timeoutSeconds,
  };
}

/**
 * Parses the parameters of a get (conformance 1.5).
 * @throws ApiError 400
 */
export function parseGetParameters(query: URLSearchParams): GetParameters {
  if (queryBoolean(query, 'export') === true) {
    throw badRequest('the export parameter, deprecated since v1.14, is no longer supported');
  }
  return { resourceVersion: queryResourceVersion(query) };
}

function listSource(query: ListQuery): ListSource {
  const resourceVersion = parseResourceVersion(query.resourceVersion);
  if (query.continue !== '') {
    if (resourceVersion !== undefined && resourceVersion !== 0n) {
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    return { from: 'continue', token: decodeContinueToken(query.continue) };
  }
  if (resourceVersion === undefined) return { from: 'consistent' };
  if (resourceVersion === 0n) return { from: 'latest' };
  // A limit without resourceVersionMatch makes the version exact. Upstream has kept this rule since before the parameter existed.
  const isExact = query.resourceVersionMatch === 'Exact' || (query.resourceVersionMatch === '' && query.limit > 0);
  return { from: isExact ? 'exact' : 'notOlderThan', resourceVersion };
}
