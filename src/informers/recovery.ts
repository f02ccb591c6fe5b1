/**
 * What to do after a failure of a reflector: the one place that decides it.
 * @module
 */
import { unreachable } from '../unreachable.ts';
import {
  UpstreamApiError,
  DecodeError,
  IdleTimeoutError,
  IncompleteListError,
  isExpired,
  isForbidden,
  isMethodNotSupported,
  isRefusedOptions,
  isTooLargeResourceVersion,
  StaleListError,
} from './errors.ts';

/** What failed, and what is known about the source. */
export interface Situation {
  readonly failed: 'reading' | 'watching' | 'polling';
  /** The state was asked for by WatchList. */
  readonly byWatchList: boolean;
  /** The state was asked for as the latest there is, not as one no older than the frontier. */
  readonly askedLatest: boolean;
  /** Nothing has come since the last complete state. */
  readonly freshList: boolean;
  /** How many watches in a row have gone silent, this one included. */
  readonly silentWatches: number;
}

/** How to go on: after a wait (which is never shorter than the server asked for), or at once. */
export interface Remedy {
  readonly next: 'reading' | 'watching' | 'polling';
  readonly wait: boolean;
  /** Ask for the latest state: a consistent read, which no lagging cache answers. */
  readonly askLatest?: true;
  /** Do without WatchList: from now on, or for this time. */
  readonly withoutWatchList?: 'for ever' | 'once';
}

const READ_AGAIN: Remedy = { next: 'reading', wait: true };
const WATCH_AGAIN: Remedy = { next: 'watching', wait: true };

/** What client-go's reflector does (api-semantics 10.1), and where it would lose or loop, what does not. */
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
    return { next: 'reading', wait: false, withoutWatchList: 'for ever' };
  }
  // Servers are known that fail on a WatchList and have nothing against a list.
  const fails = error instanceof DecodeError || (error instanceof UpstreamApiError && error.code >= 500);
  return byWatchList && fails ? { ...READ_AGAIN, withoutWatchList: 'once' } : READ_AGAIN;
}

function afterWatching(error: unknown, { freshList, silentWatches }: Situation): Remedy {
  if (isMethodNotSupported(error)) return { next: 'polling', wait: true };
  // A server that expires what it has just listed would have us list without pause.
  if (isExpired(error)) return { next: 'reading', wait: freshList };
  if (error instanceof UpstreamApiError) {
    const positionHolds = error.code >= 500 || error.code === 429 || isForbidden(error);
    return positionHolds ? WATCH_AGAIN : READ_AGAIN;
  }
  // Something was there that can't be read: only a new list makes up for it.
  if (error instanceof DecodeError) return READ_AGAIN;
  if (error instanceof StaleListError) return { ...READ_AGAIN, askLatest: true };
  // Once silent is a lost connection. Twice may be a server that has forgotten the watch, and what it should have said on it.
  if (error instanceof IdleTimeoutError && silentWatches > 1) return READ_AGAIN;
  return WATCH_AGAIN;
}
