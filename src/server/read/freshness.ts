/**
 * The freshness of a view: waiting until it has reached a version, the ages of its sources, and the errors for requests that it cannot
 * serve because it is not ready or no longer has the requested version.
 *
 * A view contains everything up to the last event, bookmark or list that was received from each source. The age of a source is the time
 * since then. It is an upper limit of how far the view is behind: a quiet source sends something about once a minute.
 * @module
 */
import { LinkedAbort } from '../../abort.ts';
import type { Clock } from '../../clock.ts';
import type { SourceStatus } from '../../informers/collection/source-status.ts';
import { ExpiredError, NotReadyError } from '../../projections/errors.ts';
import type { MaterializedView } from '../../projections/materialized-view.ts';
import { type ApiError, expired, tooLargeResourceVersion, tooManyRequests } from '../wire/status.ts';

/** The time that a request waits for a version that the view has not reached (api-semantics 1.2). */
const FRESHNESS_TIMEOUT_MS = 3000;

/** A response header: the age of each source in seconds, like `pods=0.412, deployments.apps=31.007`. */
export const SOURCE_AGE_HEADER = 'X-Kubefacet-Source-Age';

/** The limits of a wait. */
export interface WaitLimit {
  /** Measures the timeout. */
  readonly clock: Clock;
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
}

/**
 * Waits until the view has reached a version that the client received from another replica, which was faster. It does not wait for a
 * version of another process or of other projection code: such a version has no meaning here, and the current rows are a valid response.
 * @throws ApiError 504 after three seconds
 */
export async function waitUntilFresh(
  view: MaterializedView,
  version: bigint,
  { clock, signal }: WaitLimit,
): Promise<void> {
  if (!view.isAhead(version)) return;
  const limit = new LinkedAbort(signal);
  const cancel = clock.schedule(FRESHNESS_TIMEOUT_MS, () => limit.abort());
  try {
    if (await view.reached(version, limit.signal)) return;
  } finally {
    cancel();
    limit.unlink();
  }
  throw tooLargeResourceVersion(version, view.position);
}

/**
 * Returns the 429 for a request to a view that is not ready. An empty list or a 404 would be wrong (api-semantics 1.3). The longer the
 * view is not ready, the later the client should retry.
 */
export function notReady(error: NotReadyError): ApiError {
  const seconds = Math.min(30, Math.max(1, Math.floor(Math.exp(0.06 * (error.downFor / 1000)))));
  return tooManyRequests(`storage is (re)initializing: ${error.message}`, seconds);
}

/** Translates an error of a view into the error of a list or get. Returns other errors unchanged. */
export function listError(error: unknown): unknown {
  if (error instanceof NotReadyError) return notReady(error);
  if (error instanceof ExpiredError) return expired('The resourceVersion for the provided list is too old.');
  return error;
}

/** Translates an error of a view into the error of a watch. Returns other errors unchanged. */
export function watchError(error: unknown): unknown {
  if (error instanceof NotReadyError) return notReady(error);
  if (error instanceof ExpiredError) return expired(error.message);
  return error;
}

/**
 * Returns the value of {@link SOURCE_AGE_HEADER}, or undefined if there are no sources. The age of a source that has sent nothing yet is
 * `unknown`. Names are percent-encoded if they contain other characters than letters, digits and `-._~`.
 * @param now milliseconds since the epoch
 */
export function sourceAges(sources: readonly SourceStatus[], now: number): string | undefined {
  if (sources.length === 0) return undefined;
  return sources
    .map(({ name, lastActivity }) => {
      const age = lastActivity === undefined ? 'unknown' : secondsSince(lastActivity, now).toFixed(3);
      return `${encodeURIComponent(name)}=${age}`;
    })
    .join(', ');
}

/** Returns the age of a source as text for people: `last heard 0.4s ago`. */
export function lastHeard({ lastActivity }: SourceStatus, now: number): string {
  return lastActivity === undefined ? 'never heard' : `last heard ${secondsSince(lastActivity, now).toFixed(1)}s ago`;
}

/** Returns 0 if the clock was set back. */
function secondsSince(then: number, now: number): number {
  return Math.max(0, now - then) / 1000;
}
