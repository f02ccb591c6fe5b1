/**
 * Decides how a reflector recovers from each failure.
 * @module
 */
import { unreachable } from '../unreachable.ts';
import {
  DecodeError,
  IdleTimeoutError,
  IncompleteListError,
  isExpired,
  isForbidden,
  isMethodNotSupported,
  isRefusedOptions,
  isTooLargeResourceVersion,
  StaleListError,
  UpstreamApiError,
} from './errors.ts';

/** The step that failed, and the facts on which the remedy depends. */
export interface Situation {
  readonly failed: 'reading' | 'watching' | 'polling';
  /** Whether the reflector requested the state with a WatchList. */
  readonly byWatchList: boolean;
  /** Whether the reflector requested the latest state. False: it accepted any state that is not older than the frontier. */
  readonly requestedLatest: boolean;
  /** Whether no frame has arrived since the last complete state. */
  readonly noFrameSinceState: boolean;
  /** The number of consecutive watches that timed out without a frame, including this one. */
  readonly silentWatches: number;
}

/** The next step of a reflector. */
export interface Remedy {
  readonly next: 'reading' | 'watching' | 'polling';
  /** Whether the reflector waits first: for the backoff, and at least as long as the server requested. */
  readonly wait: boolean;
  /** The reflector must request the latest state. The server then reads from etcd, and not from a cache that may lag. */
  readonly requestLatest?: true;
  /** The reflector must not use WatchList: from now on, or in the next attempt only. */
  readonly withoutWatchList?: 'always' | 'once';
}

const READ_AGAIN: Remedy = { next: 'reading', wait: true };
const WATCH_AGAIN: Remedy = { next: 'watching', wait: true };

/**
 * Returns the next step after a failure. It is that of client-go's reflector (conformance 10.1), unless that one could lose events or
 * repeat requests without a delay.
 */
export function remedyFor(error: unknown, situation: Situation): Remedy {
  switch (situation.failed) {
    case 'reading':
      return afterReading(error, situation);
    case 'watching':
      return afterWatching(error, situation);
    case 'polling':
      return { next: 'polling', wait: true };
    default:
      return unreachable(situation.failed);
  }
}

function afterReading(error: unknown, { byWatchList, requestedLatest }: Situation): Remedy {
  if (isTooLargeResourceVersion(error) || error instanceof StaleListError)
    return { ...READ_AGAIN, requestLatest: true };
  if (isExpired(error)) return { next: 'reading', wait: requestedLatest, requestLatest: true };
  if (byWatchList && (isRefusedOptions(error) || isMethodNotSupported(error) || error instanceof IncompleteListError)) {
    return { next: 'reading', wait: false, withoutWatchList: 'always' };
  }
  // Some servers fail on a WatchList and can still serve a list.
  const isServerFault = error instanceof DecodeError || (error instanceof UpstreamApiError && error.code >= 500);
  return byWatchList && isServerFault ? { ...READ_AGAIN, withoutWatchList: 'once' } : READ_AGAIN;
}

function afterWatching(error: unknown, { noFrameSinceState, silentWatches }: Situation): Remedy {
  if (isMethodNotSupported(error)) return { next: 'polling', wait: true };
  // A server may expire the version of a list immediately. Without the wait, the reflector would then list without a delay.
  if (isExpired(error)) return { next: 'reading', wait: noFrameSinceState };
  if (error instanceof UpstreamApiError) {
    const canResume = error.code >= 500 || error.code === 429 || isForbidden(error);
    return canResume ? WATCH_AGAIN : READ_AGAIN;
  }
  // The frame that could not be decoded may be an event, so only a new complete state is correct.
  if (error instanceof DecodeError) return READ_AGAIN;
  if (error instanceof StaleListError) return { ...READ_AGAIN, requestLatest: true };
  // One silent watch is a lost connection. After two in a row, the server may have forgotten the watch and the events on it.
  if (error instanceof IdleTimeoutError && silentWatches > 1) return READ_AGAIN;
  return WATCH_AGAIN;
}
