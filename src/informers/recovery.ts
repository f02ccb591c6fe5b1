/**
 * Decides how a reflector recovers from each failure. `ladder.ts` decides which way to use.
 * @module
 */
import {
  ConnectionError,
  DecodeError,
  IdleTimeoutError,
  IncompleteListError,
  isExpired,
  isForbidden,
  isMethodNotSupported,
  isNotFound,
  isRefusedOptions,
  isTooLargeResourceVersion,
  retryAfter,
  StaleListError,
  UpstreamApiError,
} from './errors.ts';
import type { Way } from './ladder.ts';
import { isUnsent } from './request-failure.ts';

/** The way that failed, and the facts on which the remedy depends. */
export interface Situation {
  readonly failed: Way;
  /** The number of consecutive failures of the way, including this one. */
  readonly failures: number;
  /** Whether a watch had lasted for the minimum duration of a healthy one. */
  readonly wasHealthy?: boolean;
  /** Whether other ways have failed just before, in the same round. */
  readonly othersFailed?: boolean;
}

/** The next step of a reflector. */
export interface Remedy {
  /**
   * - `otherWay`: the next way of the round that has not failed yet. If all have failed, a new round begins after the backoff.
   * - `read`: a new round, which reads the complete state.
   * - `watch`: a new round, which begins with a watch from the frontier, if there is one.
   */
  readonly next: 'otherWay' | 'read' | 'watch';
  /**
   * The time before it.
   * - `backoff`: at least as long as the server requested.
   * - `backoffIfRecent`: the same, if a complete state was read in the last seconds. Otherwise none.
   * - `expiry`: the wait after a 410, which is not a failure.
   */
  readonly wait: 'none' | 'backoff' | 'backoffIfRecent' | 'expiry';
  /** The reflector must request the latest state. The server then reads from etcd, and not from a cache that may lag. */
  readonly requestLatest?: true;
  /** The server does not support the way. */
  readonly isUnsupported?: true;
  /** The server cannot be reached, so the failure says nothing about the way. */
  readonly isOutage?: true;
  /** The way whose failure is certain too. */
  readonly skips?: Way;
}

/**
 * Returns the next step after a failure. It is that of client-go's reflector (conformance 10.1), unless that one could lose events, repeat
 * requests without a delay, or repeat one way although another one may work.
 */
export function remedyFor(error: unknown, situation: Situation): Remedy {
  // Nothing has reached the server, so other ways would fail too. A watch from the frontier is the cheapest way after an outage.
  if (isUnsent(error)) return { next: 'watch', wait: 'backoff', isOutage: true };
  return situation.failed === 'watch' ? afterWatching(error, situation) : afterReading(error, situation.failed);
}

function afterReading(error: unknown, failed: Way): Remedy {
  const isStale = isTooLargeResourceVersion(error) || error instanceof StaleListError || isExpired(error);
  return {
    next: 'otherWay',
    wait: retryAfter(error) === undefined ? 'none' : 'backoff',
    ...(isStale ? { requestLatest: true } : {}),
    ...(isUnsupported(error, failed) ? { isUnsupported: true } : {}),
    ...(failed === 'pages' && !mayHelpOnePage(error) ? { skips: 'onePage' } : {}),
  };
}

function afterWatching(error: unknown, { failures, wasHealthy, othersFailed }: Situation): Remedy {
  const isStale = isTooLargeResourceVersion(error) || error instanceof StaleListError;
  const latest = isStale ? { requestLatest: true as const } : {};
  const unsupported = isMethodNotSupported(error) ? { isUnsupported: true as const } : {};
  const pause = retryAfter(error) === undefined ? undefined : 'backoff';
  // If the connection of a healthy watch breaks, resume without a wait, like client-go. Wait only if the new watch fails too.
  if (error instanceof ConnectionError && wasHealthy === true) return { next: 'watch', wait: 'none' };
  if (othersFailed === true) return { next: 'otherWay', wait: pause ?? 'none', ...latest, ...unsupported };
  if (isMethodNotSupported(error)) return { next: 'read', wait: 'backoff', isUnsupported: true };
  if (isExpired(error)) return { next: 'read', wait: 'expiry' };
  if (failures <= 1 && canResume(error)) return { next: 'watch', wait: 'backoff' };
  return { next: 'read', wait: pause ?? 'backoffIfRecent', ...latest };
}

/** Returns whether another watch from the same version may work. After a second failure the reflector reads the complete state. */
function canResume(error: unknown): boolean {
  if (isTooLargeResourceVersion(error)) return false;
  if (error instanceof UpstreamApiError) return error.code >= 500 || error.code === 429 || isForbidden(error);
  return error instanceof ConnectionError || error instanceof IdleTimeoutError;
}

function isUnsupported(error: unknown, way: Way): boolean {
  if (error instanceof IncompleteListError) return true;
  return way === 'watchList' && (isRefusedOptions(error) || isMethodNotSupported(error));
}

/** Returns whether a list without a limit may work after a list in pages has failed. */
function mayHelpOnePage(error: unknown): boolean {
  if (error instanceof IncompleteListError || error instanceof DecodeError) return true;
  if (!(error instanceof UpstreamApiError) || isNotFound(error) || isForbidden(error)) return false;
  return error.code !== 429 && !isTooLargeResourceVersion(error);
}
