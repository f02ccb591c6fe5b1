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
   * Whether the objects can be read and the source is known to work. Readiness of the server depends on it. A source stays ready while the
   * connection to the cluster is lost.
   */
  readonly ready: boolean;
  /** Whether the server can be ready without this source. Default false. */
  readonly optional?: boolean | undefined;
  /** The reason why it is not ready, or its current problem; undefined if it has no problem. */
  readonly message: string | undefined;
  /**
   * Whether a person must act before the source works: grant a permission, or install the resource. It works soon after that. Default false.
   */
  readonly needsAction?: boolean | undefined;
  /** The time of the last event, bookmark or list, in milliseconds since the epoch; undefined before the first. */
  readonly lastActivity: number | undefined;
  /** The time since which the source is not synced, in milliseconds since the epoch; undefined while it is synced. */
  readonly unsyncedSince: number | undefined;
}

/** Returns the problems of all sources in one line; undefined if no source has a problem. */
export function problemOfSources(sources: readonly SourceStatus[]): string | undefined {
  const messages = sources.flatMap(({ name, message }) => (message === undefined ? [] : [`${name}: ${message}`]));
  return messages.length > 0 ? messages.join('; ') : undefined;
}
