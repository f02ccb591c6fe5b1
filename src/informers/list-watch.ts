/**
 * The interface through which a reflector reads one resource: a list in pages, and a watch.
 *
 * An implementation speaks the protocol and makes no decisions. It does not retry, keeps no position, and throws each failure as one of the
 * classes of `errors.ts`. Its namespace and selectors are fixed when it is created.
 * @module
 */
import type { ApiStatus } from './errors.ts';

/** The rule by which a server chooses a state for the requested `resourceVersion` (conformance 1.1). */
export type ResourceVersionMatch = 'NotOlderThan' | 'Exact';

/** The parameters of a request for one page. Undefined ones are not sent. */
export interface ListOptions {
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: ResourceVersionMatch | undefined;
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
}

/** The parameters of a request for a watch. Undefined ones are not sent. */
export interface WatchOptions {
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: ResourceVersionMatch | undefined;
  readonly sendInitialEvents?: boolean | undefined;
  readonly allowWatchBookmarks?: boolean | undefined;
  /** The seconds after which the server ends the watch. */
  readonly timeoutSeconds?: number | undefined;
}

/** One page of a list. */
export interface ListPage<T> {
  readonly items: readonly T[];
  /**
   * The items of a large page, if `items` is empty: decoded while they are read, once, with turns of the event loop between the slices.
   * @throws DecodeError while they are read
   */
  readonly slices?: AsyncIterable<readonly T[]> | undefined;
  /** The `apiVersion` of the list and of its items. */
  readonly apiVersion: string | undefined;
  /** The `kind` of the list: `PodList`. The items of a typed list do not carry their kind. */
  readonly kind: string | undefined;
  readonly resourceVersion: string | undefined;
  /** The token of the next page; undefined on the last one. */
  readonly continue: string | undefined;
}

/** The annotation of the BOOKMARK that ends the initial events of a WatchList (KEP-3157). */
export const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** The object of a BOOKMARK. */
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

/** Lists and watches one resource of one API server. */
export interface ListWatch<T> {
  /** The name for messages: `pods`, `deployments.apps in namespace shop`. */
  readonly name: string;
  /**
   * Reads one page.
   * @throws UpstreamApiError, ConnectionError, IdleTimeoutError or DecodeError
   */
  list(options: ListOptions, signal: AbortSignal): Promise<ListPage<T>>;
  /**
   * Opens a watch. Resolves when the server has accepted it. The iteration ends when the server ends the watch cleanly. `return()` of the
   * iterator closes the watch. An abort of the signal closes it too, and the iteration throws the reason of the signal.
   * @throws like {@link list}; NotWatchableError if the response is not a watch
   */
  watch(options: WatchOptions, signal: AbortSignal): Promise<AsyncIterable<WatchEvent<T>>>;
}
