import { parseFieldSelector, type FieldSelector } from './field-selector.ts';
import { parseLabelSelector, type ParsedLabelSelector } from './label-selector.ts';
import { firstValue, queryBoolean, queryInteger } from './query.ts';

/** The query parameters of list and watch as the client gave them: decoded, not yet validated. */
export interface ListQuery {
  readonly watch: boolean;
  readonly limit: number;
  /** Empty texts stand for absent ones. */
  readonly continue: string;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly sendInitialEvents: boolean | undefined;
  readonly allowWatchBookmarks: boolean;
  readonly timeoutSeconds: number | undefined;
  readonly labelSelector: ParsedLabelSelector;
  readonly fieldSelector: FieldSelector;
}

/** Decodes the parameters of list and watch. Throws a 400 for a bad integer or selector, as upstream's parameter codec. */
export const listQuery = (query: URLSearchParams): ListQuery => ({
  watch: queryBoolean(query, 'watch') ?? false,
  limit: queryInteger(query, 'limit') ?? 0,
  continue: firstValue(query, 'continue') ?? '',
  resourceVersion: firstValue(query, 'resourceVersion') ?? '',
  resourceVersionMatch: firstValue(query, 'resourceVersionMatch') ?? '',
  sendInitialEvents: queryBoolean(query, 'sendInitialEvents'),
  allowWatchBookmarks: queryBoolean(query, 'allowWatchBookmarks') ?? false,
  timeoutSeconds: queryInteger(query, 'timeoutSeconds'),
  labelSelector: parseLabelSelector(firstValue(query, 'labelSelector') ?? ''),
  fieldSelector: parseFieldSelector(firstValue(query, 'fieldSelector') ?? ''),
});
