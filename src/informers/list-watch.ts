/**
 * The port through which a reflector sees one resource: a list in pages, and a watch.
 *
 * An adapter speaks the protocol and decides nothing: it does not retry, keeps no position, and gives every failure as one of the
 * classes of `errors.ts`. What is selected (namespace, label and field selector) is bound when it is made.
 * @module
 */
import type { ApiStatus } from './errors.ts';

/** How a version asked for is meant (api-semantics 1.1). */
export type ResourceVersionMatch = 'NotOlderThan' | 'Exact';

/** One page is asked for. Fields that are undefined are not sent. */
export interface ListOptions {
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: ResourceVersionMatch | undefined;
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
}

/** A watch is asked for. Fields that are undefined are not sent. */
export interface WatchOptions {
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: ResourceVersionMatch | undefined;
  readonly sendInitialEvents?: boolean | undefined;
  readonly allowWatchBookmarks?: boolean | undefined;
  /** The server ends the watch after so many seconds. */
  readonly timeoutSeconds?: number | undefined;
}

/** One page of a list. */
export interface ListPage<T> {
  readonly items: readonly T[];
  /** `apiVersion` of the list, which is that of its items. */
  readonly apiVersion: string | undefined;
  /** `kind` of the list, `PodList`; items of typed lists carry none of their own. */
  readonly kind: string | undefined;
  readonly resourceVersion: string | undefined;
  /** The token of the next page; undefined on the last one. */
  readonly continue: string | undefined;
}

/** The annotation of the BOOKMARK that ends the initial events of a WatchList (KEP-3157). */
export const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** What a BOOKMARK carries. */
export interface BookmarkObject {
  readonly metadata?:
    | {
        readonly resourceVersion?: string | undefined;
        readonly annotations?: Readonly<Record<string, string>> | undefined;
      }
    | undefined;
}

/** One frame of a watch. */
export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly object: BookmarkObject }
  | { readonly type: 'ERROR'; readonly object: ApiStatus };

/** One resource of one API server. */
export interface ListWatch<T> {
  /** In the field's words: `pods`, `deployments.apps in namespace shop`. */
  readonly name: string;
  /**
   * One page.
   * @throws UpstreamApiError, ConnectionError, IdleTimeoutError or DecodeError
   */
  list(options: ListOptions, signal: AbortSignal): Promise<ListPage<T>>;
  /**
   * One watch. Resolves when the server has accepted it; the frames end when the server ends the watch cleanly.
   * `return()` of the iterator and the signal close it; what is thrown then is the reason of the signal.
   * @throws like {@link list}; NotWatchableError where the answer is no watch at all
   */
  watch(options: WatchOptions, signal: AbortSignal): Promise<AsyncIterable<WatchEvent<T>>>;
}
