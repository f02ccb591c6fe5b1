/**
 * What clients are told when a view cannot answer.
 * @module
 */
import { LinkedAbort } from '../../abort.ts';
import { ExpiredError, NotReadyError } from '../../projections/errors.ts';
import type { MaterializedView } from '../../projections/materialized-view.ts';
import type { Clock } from '../../clock.ts';
import { type ApiError, expired, tooLargeResourceVersion, tooManyRequests } from '../wire/status.ts';

/** How long a request for a version that is not there yet waits (api-semantics 1.2). */
const FRESHNESS_TIMEOUT_MS = 3000;

/**
 * 429 while there are no rows to answer from: never an empty list, never a 404 (api-semantics 1.3). The longer it lasts, the later the
 * client is asked to come back.
 */
export function notReady(error: NotReadyError): ApiError {
  const seconds = Math.min(30, Math.max(1, Math.floor(Math.exp(0.06 * (error.downFor / 1000)))));
  return tooManyRequests(`storage is (re)initializing: ${error.message}`, seconds);
}

/** Turns a refusal of a view into the answer to a list; anything else is thrown on. */
export function listRefusal(error: unknown): unknown {
  if (error instanceof NotReadyError) return notReady(error);
  if (error instanceof ExpiredError) return expired('The resourceVersion for the provided list is too old.');
  return error;
}

/** Turns a refusal of a view into the answer to a watch; anything else is thrown on. */
export function watchRefusal(error: unknown): unknown {
  if (error instanceof NotReadyError) return notReady(error);
  if (error instanceof ExpiredError) return expired(error.message);
  return error;
}

/** For how long something is waited for. */
export interface Patience {
  readonly clock: Clock;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

/**
 * Waits until a version is reached that a faster replica has given. A version of another process or other projection code means nothing
 * here, and the latest state is as good an answer as any.
 * @throws ApiError 504 after three seconds
 */
export async function waitUntilFresh(
  view: MaterializedView,
  version: bigint,
  { clock, signal }: Patience,
): Promise<void> {
  if (!view.isAhead(version)) return;
  const late = new LinkedAbort(signal);
  const cancel = clock.schedule(FRESHNESS_TIMEOUT_MS, () => late.abort());
  try {
    if (await view.reached(version, late.signal)) return;
  } finally {
    cancel();
    late.unlink();
  }
  throw tooLargeResourceVersion(version, view.position);
}
