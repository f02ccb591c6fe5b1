/**
 * The query parameters that list and watch have in common, and the validation rules of a list, which also apply to `/watch/` paths.
 * @module
 */
import { forbiddenField, unsupportedField } from './field-error.ts';
import { parseFieldSelector, type FieldSelector } from './field-selector.ts';
import { parseLabelSelector, type ParsedLabelSelector } from './label-selector.ts';
import type { SelectorLimits } from './limits.ts';
import { firstValue, queryBoolean, queryInteger } from './query.ts';
import { invalid, type StatusCause } from './status.ts';

/** The parameters as the client sent them: decoded, not validated. */
export interface ListQuery {
  readonly watch: boolean;
  readonly limit: number;
  /** The empty string stands for a missing parameter. */
  readonly continue: string;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly sendInitialEvents: boolean | undefined;
  readonly allowWatchBookmarks: boolean;
  readonly timeoutSeconds: number | undefined;
  readonly labelSelector: ParsedLabelSelector;
  readonly fieldSelector: FieldSelector;
  /** The text of the shard selector; the empty string stands for a missing parameter. Upstream parses it after the validation. */
  readonly shardSelector: string;
}

/** The field of a cause that concerns `resourceVersionMatch`. */
export const MATCH_FIELD = 'resourceVersionMatch';

/** The cause of a `resourceVersionMatch` beside a continue token. */
export const MATCH_WITH_CONTINUE = forbiddenField(
  MATCH_FIELD,
  'resourceVersionMatch is forbidden when continue is provided',
);

/**
 * Decodes the parameters of list and watch.
 * @throws ApiError 400 for an invalid integer or selector
 */
export function listQuery(query: URLSearchParams, limits?: SelectorLimits): ListQuery {
  return {
    watch: queryBoolean(query, 'watch') ?? false,
    limit: queryInteger(query, 'limit') ?? 0,
    continue: firstValue(query, 'continue') ?? '',
    resourceVersion: firstValue(query, 'resourceVersion') ?? '',
    resourceVersionMatch: firstValue(query, 'resourceVersionMatch') ?? '',
    sendInitialEvents: queryBoolean(query, 'sendInitialEvents'),
    allowWatchBookmarks: queryBoolean(query, 'allowWatchBookmarks') ?? false,
    timeoutSeconds: positive(queryInteger(query, 'timeoutSeconds')),
    labelSelector: parseLabelSelector(firstValue(query, 'labelSelector') ?? '', limits),
    fieldSelector: parseFieldSelector(firstValue(query, 'fieldSelector') ?? '', limits),
    shardSelector: firstValue(query, 'shardSelector') ?? '',
  };
}

/**
 * Applies the validation rules of a list (conformance 1.3).
 * @throws ApiError 422
 */
export function validateListQuery(query: ListQuery): void {
  const causes: StatusCause[] = [];
  if (query.resourceVersionMatch !== '') {
    if (query.resourceVersion === '') {
      causes.push(forbiddenField(MATCH_FIELD, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
    }
    if (query.continue !== '') causes.push(MATCH_WITH_CONTINUE);
    if (query.resourceVersionMatch !== 'Exact' && query.resourceVersionMatch !== 'NotOlderThan') {
      causes.push(unsupportedField(MATCH_FIELD, query.resourceVersionMatch, ['Exact', 'NotOlderThan', '']));
    }
    if (query.resourceVersionMatch === 'Exact' && /^0+$/.test(query.resourceVersion)) {
      causes.push(forbiddenField(MATCH_FIELD, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
    }
  }
  if (query.sendInitialEvents !== undefined) {
    causes.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  refuseListQuery(causes);
}

/**
 * Rejects the parameters if there are causes.
 * @throws ApiError 422
 */
export function refuseListQuery(causes: readonly StatusCause[]): void {
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', causes);
}

function positive(seconds: number | undefined): number | undefined {
  return seconds !== undefined && seconds > 0 ? seconds : undefined;
}
