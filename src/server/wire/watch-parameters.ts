/**
 * The parameters of a watch: parsed from the query, defaulted, validated, and turned into a decision about the start of the stream.
 * @module
 */
import { forbiddenField, unsupportedField } from './field-error.ts';
import type { FieldSelector } from './field-selector.ts';
import type { ParsedLabelSelector } from './label-selector.ts';
import type { SelectorLimits } from './limits.ts';
import {
  listQuery,
  MATCH_FIELD,
  MATCH_WITH_CONTINUE,
  refuseListQuery,
  validateListQuery,
  type ListQuery,
} from './list-query.ts';
import { parseResourceVersion } from './query.ts';
import { parseShardSelector, type ShardSelector } from './shard-selector.ts';
import type { StatusCause } from './status.ts';

/** The point at which a watch starts (conformance 2.1). */
export type WatchStart =
  /** The current state, when it has reached the state that the source had when the request arrived. */
  | { readonly from: 'consistent' }
  /** The current state, of any age. */
  | { readonly from: 'latest' }
  /** The current state, when it has reached `resourceVersion`. Only with initial events. */
  | { readonly from: 'notOlderThan'; readonly resourceVersion: bigint }
  /** The first event after `resourceVersion`. Without initial events. */
  | { readonly from: 'after'; readonly resourceVersion: bigint };

/** The parameters of a watch, parsed and validated. */
export interface WatchParameters {
  readonly start: WatchStart;
  /** True if the stream begins with synthetic ADDED events for the state at `start`. */
  readonly sendInitialEvents: boolean;
  /** True if a bookmark with the annotation `k8s.io/initial-events-end` follows the initial events. */
  readonly sendInitialEventsEnd: boolean;
  readonly allowWatchBookmarks: boolean;
  readonly labelSelector: ParsedLabelSelector;
  readonly fieldSelector: FieldSelector;
  /** Undefined if the request is for all shards. */
  readonly shardSelector: ShardSelector | undefined;
  /** Undefined if the server chooses the timeout. */
  readonly timeoutSeconds: number | undefined;
}

/** The properties of path and server on which the validation of a watch depends. */
export interface WatchRules {
  /** The limits of the selectors. */
  readonly limits?: SelectorLimits | undefined;
  /** True for the deprecated `/watch/` prefix: the rules of a list apply, and there are no defaults. */
  readonly isWatchPath?: boolean | undefined;
  /** False for a server without the WatchList feature, which rejects `sendInitialEvents`. Default true. */
  readonly watchList?: boolean | undefined;
}

/**
 * Parses the parameters of a watch (conformance 2.1, 2.2). It does not read the parameter `watch`: the request info already says that
 * the request is a watch.
 * @throws ApiError 400 or 422
 */
export function parseWatchParameters(
  query: URLSearchParams,
  { isWatchPath = false, watchList = true, limits }: WatchRules = {},
): WatchParameters {
  const decoded = listQuery(query, limits);
  if (isWatchPath) validateListQuery(decoded);
  else validateWatch(decoded, watchList);
  const shardSelector = parseShardSelector(decoded.shardSelector, limits);
  const resourceVersion = parseResourceVersion(decoded.resourceVersion);
  const isFromAnyState = resourceVersion === undefined || resourceVersion === 0n;
  // A watch from any state gets initial events by default. The server sends the bookmark at their end only if it has the WatchList feature.
  const isDefaulted =
    decoded.sendInitialEvents === undefined &&
    decoded.resourceVersionMatch === '' &&
    watchList &&
    !isWatchPath &&
    isFromAnyState;
  // The default contains a resourceVersionMatch, which is forbidden beside a continue token.
  if (isDefaulted && decoded.continue !== '') refuseListQuery([MATCH_WITH_CONTINUE]);
  const isWatchList = decoded.sendInitialEvents ?? isDefaulted;
  const sendInitialEvents = decoded.sendInitialEvents ?? isFromAnyState;
  const { allowWatchBookmarks, labelSelector, fieldSelector, timeoutSeconds } = decoded;
  return {
    start: watchStart(resourceVersion, sendInitialEvents, isWatchPath),
    sendInitialEvents,
    sendInitialEventsEnd: isWatchList && allowWatchBookmarks,
    allowWatchBookmarks,
    labelSelector,
    fieldSelector,
    shardSelector,
    timeoutSeconds,
  };
}

function watchStart(resourceVersion: bigint | undefined, sendInitialEvents: boolean, isWatchPath: boolean): WatchStart {
  if (resourceVersion === undefined) return isWatchPath ? { from: 'latest' } : { from: 'consistent' };
  if (resourceVersion === 0n) return { from: 'latest' };
  return { from: sendInitialEvents ? 'notOlderThan' : 'after', resourceVersion };
}

/** Applies the validation rules of a watch (conformance 2.2). */
function validateWatch(query: ListQuery, hasWatchList: boolean): void {
  const causes: StatusCause[] = [];
  const isNotOlderThan = query.resourceVersionMatch === 'NotOlderThan';
  if (query.sendInitialEvents !== undefined) {
    if (!isNotOlderThan) {
      const detail = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
      causes.push(forbiddenField(MATCH_FIELD, detail));
    }
    if (!hasWatchList) {
      const detail = 'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled';
      causes.push(forbiddenField('sendInitialEvents', detail));
    }
  }
  if (query.resourceVersionMatch !== '') {
    if (query.sendInitialEvents === undefined) {
      const detail = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
      causes.push(forbiddenField(MATCH_FIELD, detail));
    }
    if (!isNotOlderThan) causes.push(unsupportedField(MATCH_FIELD, query.resourceVersionMatch, ['NotOlderThan']));
    if (query.continue !== '') causes.push(MATCH_WITH_CONTINUE);
  }
  refuseListQuery(causes);
}
