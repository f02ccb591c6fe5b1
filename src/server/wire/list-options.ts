import { decodeContinueToken, type ContinueToken } from './continue-token.ts';
import { forbiddenField, unsupportedField } from './field-error.ts';
import type { FieldSelector } from './field-selector.ts';
import type { ParsedLabelSelector } from './label-selector.ts';
import { listQuery, type ListQuery } from './list-query.ts';
import { parseResourceVersion, queryBoolean, queryResourceVersion } from './query.ts';
import { badRequest, invalid, type StatusCause } from './status.ts';

/** What a list is served from (api-semantics 1.1). A resourceVersion is never 0n here. */
export type ListSource =
  /** The current state, of any age. No limit, no continue token. */
  | { readonly from: 'latest' }
  /** The current state once it is at `resourceVersion` or later. */
  | { readonly from: 'notOlderThan'; readonly resourceVersion: bigint }
  /** The current state once it is as late as the source's when the request came. */
  | { readonly from: 'consistent' }
  /** The state after the last event at or below `resourceVersion`. */
  | { readonly from: 'exact'; readonly resourceVersion: bigint }
  /** The rest of a walk, from `token.start` on: of the snapshot at `token.resourceVersion`, or, if that is -1n, of a consistent state. */
  | { readonly from: 'continue'; readonly token: ContinueToken };

export interface ListOptions {
  readonly source: ListSource;
  /** The most items to return; 0 = all. Always 0 where the source is `latest`. */
  readonly limit: number;
  /** The source is `exact` for no reason but the limit. Where there can be one row at most, upstream takes that for `notOlderThan`. */
  readonly isExactByLimit: boolean;
  readonly labelSelector: ParsedLabelSelector;
  readonly fieldSelector: FieldSelector;
  /** Undefined when not asked for. */
  readonly timeoutSeconds: number | undefined;
}

/** Where a watch starts (api-semantics 2.1). */
export type WatchStart =
  /** At a state as late as the source's when the request came. */
  | { readonly from: 'consistent' }
  /** At the current state, of any age. */
  | { readonly from: 'latest' }
  /** At the current state once it is at `resourceVersion` or later. Only with initial events. */
  | { readonly from: 'notOlderThan'; readonly resourceVersion: bigint }
  /** With the first event after `resourceVersion`; no initial events. */
  | { readonly from: 'after'; readonly resourceVersion: bigint };

export interface WatchOptions {
  readonly start: WatchStart;
  /** Synthetic ADDED events of the state at `start` come first. */
  readonly sendInitialEvents: boolean;
  /** A bookmark annotated `k8s.io/initial-events-end` follows them. */
  readonly sendInitialEventsEnd: boolean;
  readonly allowWatchBookmarks: boolean;
  readonly labelSelector: ParsedLabelSelector;
  readonly fieldSelector: FieldSelector;
  /** Undefined when the server shall choose. */
  readonly timeoutSeconds: number | undefined;
}

export interface WatchRules {
  /** The request came by the deprecated `/watch/` prefix: list rules are checked, nothing is defaulted. */
  readonly isWatchPath?: boolean | undefined;
  /** False behaves like a server without the WatchList feature: sendInitialEvents is refused. True by default. */
  readonly watchList?: boolean | undefined;
}

export interface GetOptions {
  /** Undefined: the most recent; 0n: whatever is there; else not older than this. */
  readonly resourceVersion: bigint | undefined;
}

const match = 'resourceVersionMatch';

/** Throws the 422 of these causes, if any. */
const refuse = (causes: readonly StatusCause[]): void => {
  if (causes.length > 0) {
    throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', causes);
  }
};

const withContinue = forbiddenField(match, 'resourceVersionMatch is forbidden when continue is provided');

/** The validation rules of a list, which hold on `/watch/` paths too (api-semantics 1.3). */
const validateList = (query: ListQuery): void => {
  const causes: StatusCause[] = [];
  if (query.resourceVersionMatch !== '') {
    if (query.resourceVersion === '') {
      causes.push(forbiddenField(match, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
    }
    if (query.continue !== '') {
      causes.push(withContinue);
    }
    if (query.resourceVersionMatch !== 'Exact' && query.resourceVersionMatch !== 'NotOlderThan') {
      causes.push(unsupportedField(match, query.resourceVersionMatch, ['Exact', 'NotOlderThan', '']));
    }
    if (query.resourceVersionMatch === 'Exact' && /^0+$/.test(query.resourceVersion)) {
      causes.push(forbiddenField(match, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
    }
  }
  if (query.sendInitialEvents !== undefined) {
    causes.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  refuse(causes);
};

/** The validation rules of a watch (api-semantics 2.2). */
const validateWatch = (query: ListQuery, hasWatchList: boolean): void => {
  const causes: StatusCause[] = [];
  const isNotOlderThan = query.resourceVersionMatch === 'NotOlderThan';
  if (query.sendInitialEvents !== undefined) {
    if (!isNotOlderThan) {
      causes.push(forbiddenField(match, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
    }
    if (!hasWatchList) {
      const detail = 'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled';
      causes.push(forbiddenField('sendInitialEvents', detail));
    }
  }
  if (query.resourceVersionMatch !== '') {
    if (query.sendInitialEvents === undefined) {
      causes.push(
        forbiddenField(match, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
      );
    }
    if (!isNotOlderThan) {
      causes.push(unsupportedField(match, query.resourceVersionMatch, ['NotOlderThan']));
    }
    if (query.continue !== '') {
      causes.push(withContinue);
    }
  }
  refuse(causes);
};

const listSource = (query: ListQuery): ListSource => {
  const resourceVersion = parseResourceVersion(query.resourceVersion);
  if (query.continue !== '') {
    if (resourceVersion !== undefined && resourceVersion !== 0n) {
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    return { from: 'continue', token: decodeContinueToken(query.continue) };
  }
  if (resourceVersion === undefined) {
    return { from: 'consistent' };
  }
  if (resourceVersion === 0n) {
    return { from: 'latest' };
  }
  // Without a match, a limit makes the version exact: so upstream has it since before there was a match.
  const isExact = query.resourceVersionMatch === 'Exact' || (query.resourceVersionMatch === '' && query.limit > 0);
  return { from: isExact ? 'exact' : 'notOlderThan', resourceVersion };
};

const positive = (seconds: number | undefined): number | undefined =>
  seconds !== undefined && seconds > 0 ? seconds : undefined;

/**
 * The options of a list: decoded, validated and decided (api-semantics 1.1). Throws a 400 or 422 with the texts of 1.3. Which fields
 * may be selected by is for `requireSupportedFields`.
 */
export const parseListOptions = (query: URLSearchParams): ListOptions => {
  const given = listQuery(query);
  validateList(given);
  const source = listSource(given);
  return {
    source,
    limit: source.from === 'latest' ? 0 : Math.max(0, given.limit),
    isExactByLimit: source.from === 'exact' && given.resourceVersionMatch === '',
    labelSelector: given.labelSelector,
    fieldSelector: given.fieldSelector,
    timeoutSeconds: positive(given.timeoutSeconds),
  };
};

const watchStart = (
  resourceVersion: bigint | undefined,
  sendInitialEvents: boolean,
  isWatchPath: boolean,
): WatchStart => {
  if (resourceVersion === undefined) {
    return isWatchPath ? { from: 'latest' } : { from: 'consistent' };
  }
  if (resourceVersion === 0n) {
    return { from: 'latest' };
  }
  return { from: sendInitialEvents ? 'notOlderThan' : 'after', resourceVersion };
};

/**
 * The options of a watch: decoded, defaulted, validated and decided (api-semantics 2.1, 2.2). Throws a 400 or 422. That the request
 * is a watch is known from its request info; the parameter `watch` is not looked at.
 */
export const parseWatchOptions = (
  query: URLSearchParams,
  { isWatchPath = false, watchList = true }: WatchRules = {},
): WatchOptions => {
  const given = listQuery(query);
  if (isWatchPath) {
    validateList(given);
  } else {
    validateWatch(given, watchList);
  }
  const resourceVersion = parseResourceVersion(given.resourceVersion);
  const isLegacyStart = resourceVersion === undefined || resourceVersion === 0n;
  // A watch that says nothing of initial events and starts anywhere gets them, and, where defaulting applies, their end bookmark too.
  const isDefaulted =
    given.sendInitialEvents === undefined &&
    given.resourceVersionMatch === '' &&
    watchList &&
    !isWatchPath &&
    isLegacyStart;
  const isWatchList = given.sendInitialEvents ?? isDefaulted;
  const sendInitialEvents = given.sendInitialEvents ?? isLegacyStart;
  return {
    start: watchStart(resourceVersion, sendInitialEvents, isWatchPath),
    sendInitialEvents,
    sendInitialEventsEnd: isWatchList && given.allowWatchBookmarks,
    allowWatchBookmarks: given.allowWatchBookmarks,
    labelSelector: given.labelSelector,
    fieldSelector: given.fieldSelector,
    timeoutSeconds: positive(given.timeoutSeconds),
  };
};

/** The options of a get (api-semantics 1.5). Throws a 400. */
export const parseGetOptions = (query: URLSearchParams): GetOptions => {
  if (queryBoolean(query, 'export') === true) {
    throw badRequest('the export parameter, deprecated since v1.14, is no longer supported');
  }
  return { resourceVersion: queryResourceVersion(query) };
};
