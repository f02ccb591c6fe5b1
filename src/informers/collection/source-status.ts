/**
 * The status of a source of objects, for `/readyz` and for errors to clients.
 * @module
 */

/** The message of a source, or of a view, that has no complete state yet. */
export const NO_STATE_YET = 'the first complete state has not arrived';

/** The status of one source. */
export interface SourceStatus {
  /** The resource: `pods`, `deployments.apps`. */
  readonly name: string;
  /** Whether the objects can be read. */
  readonly hasSynced: boolean;
  /**
   * Whether the source has synced since it was started. Readiness of the server depends on it. It stays true while the connection to the
   * cluster is lost, while its objects are stale, and after its resource was removed: otherwise one failure of the cluster would make all
   * replicas of a server unready.
   */
  readonly ready: boolean;
  /** Whether the server can be ready without this source. Default false. */
  readonly optional?: boolean | undefined;
  /** The reason why it is not ready, or its current problem; undefined if it has no problem. */
  readonly message: string | undefined;
  /**
   * The kind of its current problem: `ConnectionError`, `UpstreamApiError 403`. It stays equal while the message changes. Undefined if it has
   * no problem, if it waits for its first state, and if something else logs its problem.
   */
  readonly cause?: string | undefined;
  /** The time since which all its requests have failed, in milliseconds since the epoch; undefined while it works. */
  readonly failingSince?: number | undefined;
  /** The number of requests that have failed since it last worked. A retry follows each of them. */
  readonly failures?: number | undefined;
  /**
   * Whether a person must act before the source works: grant a permission, or install the resource. It works soon after that. Default false.
   */
  readonly needsAction?: boolean | undefined;
  /** Whether something arrives from the source each minute while it works: an event, a bookmark or a list. Default false. */
  readonly hasHeartbeat?: boolean | undefined;
  /** The time of the last event, bookmark or list, in milliseconds since the epoch; undefined before the first. */
  readonly lastActivity: number | undefined;
  /** The time since which the source is not synced, in milliseconds since the epoch; undefined while it is synced. */
  readonly unsyncedSince: number | undefined;
}

/** The {@link SourceStatus.cause} of an error that a subscriber of the source has thrown. */
export const SUBSCRIBER_FAILED = 'Subscriber';

/** Returns the problems of all sources in one line; undefined if no source has a problem. */
export function problemOfSources(sources: readonly SourceStatus[]): string | undefined {
  const messages = sources.flatMap(({ name, message }) => (message === undefined ? [] : [`${name}: ${message}`]));
  return messages.length > 0 ? messages.join('; ') : undefined;
}
