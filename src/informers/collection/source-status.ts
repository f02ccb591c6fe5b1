/**
 * How a source of objects is doing: what `/readyz` and errors to clients are made from.
 * @module
 */

/** The state of one source. */
export interface SourceStatus {
  /** The source in the field's words: `pods`, `deployments.apps`. */
  readonly name: string;
  /** Objects are there to be read. */
  readonly hasSynced: boolean;
  /** Objects are there and their origin is known to be well: what readiness is made from. A lost upstream does not make a source unready. */
  readonly ready: boolean;
  /** Why it is not ready, or what it suffers from; undefined when all is well. */
  readonly message: string | undefined;
  /** Milliseconds since the epoch at which the last event, bookmark or list arrived; undefined before the first. */
  readonly lastActivity: number | undefined;
  /** Milliseconds since the epoch at which the source stopped being synced (or began); undefined while it is synced. */
  readonly unsyncedSince: number | undefined;
}

/** What the sources suffer from, in one line; undefined when all is well. */
export function troubleOf(sources: readonly SourceStatus[]): string | undefined {
  const messages = sources.flatMap(({ name, message }) => (message === undefined ? [] : [`${name}: ${message}`]));
  return messages.length > 0 ? messages.join('; ') : undefined;
}
