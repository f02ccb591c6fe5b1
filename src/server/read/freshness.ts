/**
 * The freshness of a view: waiting until it has reached a version, the ages of its sources, and the errors for requests that it cannot
 * serve because it is not ready or no longer has the requested version.
 *
 * A view contains everything up to the last event, bookmark or list that was received from each source. The age of a source is the time
 * since then. A quiet source sends something about once a minute. A change that the cluster has made and its watch has not delivered yet
 * is not part of the age.
 * @module
 */
import { LinkedAbort } from '../../abort.ts';
import type { Clock } from '../../clock.ts';
import type { SourceStatus } from '../../informers/collection/source-status.ts';
import { ExpiredError, NotReadyError } from '../../projections/errors.ts';
import type { MaterializedView } from '../../projections/materialized-view.ts';
import { clientText } from '../wire/client-text.ts';
import { type ApiError, expired, tooLargeResourceVersion, tooManyRequests } from '../wire/status.ts';

/** The time that a request waits for a version that the view has not reached (conformance 1.2). */
const FRESHNESS_TIMEOUT_MS = 3000;

/** The growth of `Retry-After` for each second in which the view is not ready: exp(0.06 × seconds), as in kube-apiserver. */
const RETRY_AFTER_GROWTH = 0.06;
/** The minimum and the maximum of `Retry-After`. */
const MIN_RETRY_AFTER_S = 1;
const MAX_RETRY_AFTER_S = 30;
/**
 * The maximum if a person must act first, such as grant a permission. kubectl repeats a request ten times, so it reports the cause after
 * 20 s instead of 5 minutes.
 */
const MAX_RETRY_AFTER_ACTION_S = 2;

/** A response header: the age of each source in seconds, like `pods=0.412, deployments.apps=31.007`. */
export const SOURCE_AGE_HEADER = 'X-Kubefacet-Source-Age';

/** The clock and the signal that end a wait. */
export interface WaitContext {
  /** Measures the timeout. */
  readonly clock: Clock;
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
}

/**
 * Waits until the view has reached a version that the client received from another replica. It waits only for versions of scheme
 * `upstream`. For any other version it returns immediately, because such a version has no meaning here.
 * @throws ApiError 504 after three seconds
 */
export async function waitUntilFresh(
  view: MaterializedView,
  version: bigint,
  { clock, signal }: WaitContext,
): Promise<void> {
  if (!view.isAhead(version)) return;
  const deadline = new LinkedAbort(signal);
  const cancel = clock.schedule(FRESHNESS_TIMEOUT_MS, () => deadline.abort());
  try {
    if (await view.reached(version, deadline.signal)) return;
  } finally {
    cancel();
    deadline.unlink();
  }
  throw tooLargeResourceVersion(version, view.position);
}

/**
 * Waits like {@link waitUntilFresh}, for a request that needs exactly this version.
 * @throws ApiError 504 after three seconds
 * @throws ExpiredError if upstream is older than the version, because a restore has undone the history that it belongs to
 */
export async function waitUntilReached(view: MaterializedView, version: bigint, context: WaitContext): Promise<void> {
  if (!view.isAhead(version)) return;
  const isLost = view.existsUpstream(version).then((exists) => {
    if (!exists) throw new ExpiredError(version, view.position);
    return new Promise<never>(() => {});
  });
  await Promise.race([waitUntilFresh(view, version, context), isLost]);
}

/**
 * Returns the 429 for a request to a view that is not ready. An empty list or a 404 would be wrong (conformance 1.3). `Retry-After` is
 * 1 s at first, 6 s after 30 s, and 30 s from 57 s on. If a person must act first, it is 2 s at most.
 */
export function notReady(error: NotReadyError): ApiError {
  const seconds = Math.floor(Math.exp(RETRY_AFTER_GROWTH * (error.notReadyFor / 1000)));
  const maximum = error.needsAction ? MAX_RETRY_AFTER_ACTION_S : MAX_RETRY_AFTER_S;
  const retryAfter = Math.min(maximum, Math.max(MIN_RETRY_AFTER_S, seconds));
  return tooManyRequests(`storage is (re)initializing: ${clientText(error.message)}`, retryAfter);
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
      return `${/[^\w.-]/.test(name) ? encodeURIComponent(name) : name}=${age}`;
    })
    .join(', ');
}

/** Returns the age of a source as text for people: `last heard 0.4s ago`. */
export function lastHeard({ lastActivity }: SourceStatus, now: number): string {
  return lastActivity === undefined ? 'never heard' : `last heard ${secondsSince(lastActivity, now).toFixed(1)}s ago`;
}

/**
 * Returns whether nothing has arrived from a source for `staleAfter` milliseconds, although it fails or should have sent something. A source
 * that has never delivered anything is not stale.
 */
export function isStale(
  { lastActivity, failingSince, hasHeartbeat }: SourceStatus,
  now: number,
  staleAfter: number,
): boolean {
  if (lastActivity === undefined || (failingSince === undefined && hasHeartbeat !== true)) return false;
  return now - lastActivity >= staleAfter;
}

/** Returns 0 if the clock was set back. */
function secondsSince(then: number, now: number): number {
  return Math.max(0, now - then) / 1000;
}
