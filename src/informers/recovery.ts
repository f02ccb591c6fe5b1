/**
 * The remedy for each failure of a reflector.
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

/** The step that failed, and the facts that decide the remedy. */
export interface Situation {
  readonly failed: 'reading' | 'watching' | 'polling';
  /** The state was requested by WatchList. */
  readonly byWatchList: boolean;
  /** The latest state was requested, not one that is not older than the frontier. */
  readonly askedLatest: boolean;
  /** No frame has come since the last complete state. */
  readonly freshList: boolean;
  /** The number of watches in a row that have gone silent, with this one. */
  readonly silentWatches: number;
}

/** The next step of a reflector. */
export interface Remedy {
  readonly next: 'reading' | 'watching' | 'polling';
  /** Wait first: for the backoff, and at least as long as the server requested. */
  readonly wait: boolean;
  /** Request the latest state. This is a consistent read, which no cache that lags can serve. */
  readonly askLatest?: true;
  /** Do not use WatchList: never again, or only in the next attempt. */
  readonly withoutWatchList?: 'always' | 'once';
}

const READ_AGAIN: Remedy = { next: 'reading', wait: true };
const WATCH_AGAIN: Remedy = { next: 'watching', wait: true };

/**
 * Returns the remedy of client-go's reflector (api-semantics 10.1), except where that one would lose events or repeat requests
 * without a pause.
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

function afterReading(error: unknown, { byWatchList, askedLatest }: Situation): Remedy {
  if (isTooLargeResourceVersion(error) || error instanceof StaleListError) return { ...READ_AGAIN, askLatest: true };
  if (isExpired(error)) return { next: 'reading', wait: askedLatest, askLatest: true };
  if (byWatchList && (isRefusedOptions(error) || isMethodNotSupported(error) || error instanceof IncompleteListError)) {
    return { next: 'reading', wait: false, withoutWatchList: 'always' };
  }
  // Some servers fail on a WatchList and can still serve a list.
  const isServerFault = error instanceof DecodeError || (error instanceof UpstreamApiError && error.code >= 500);
  return byWatchList && isServerFault ? { ...READ_AGAIN, withoutWatchList: 'once' } : READ_AGAIN;
}

function afterWatching(error: unknown, { freshList, silentWatches }: Situation): Remedy {
  if (isMethodNotSupported(error)) return { next: 'polling', wait: true };
  // Without the wait, a server that expires the version of its last list would be listed without a pause.
  if (isExpired(error)) return { next: 'reading', wait: freshList };
  if (error instanceof UpstreamApiError) {
    const canResume = error.code >= 500 || error.code === 429 || isForbidden(error);
    return canResume ? WATCH_AGAIN : READ_AGAIN;
  }
  // The frame that cannot be decoded may hold an event. Only a complete state makes up for it.
  if (error instanceof DecodeError) return READ_AGAIN;
  if (error instanceof StaleListError) return { ...READ_AGAIN, askLatest: true };
  // One silent watch is a lost connection. After two in a row, the server may have forgotten the watch and the events on it.
  if (error instanceof IdleTimeoutError && silentWatches > 1) return READ_AGAIN;
  return WATCH_AGAIN;
}
