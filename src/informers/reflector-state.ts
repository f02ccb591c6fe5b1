/**
 * The states of a reflector and the transitions that need no request. `reflector.ts` has a table of them.
 * @module
 */
import { ConnectionError, IdleTimeoutError } from './errors.ts';
import { type Remedy, remedyFor } from './recovery.ts';
import type { WatchConnection } from './watch-connection.ts';

/** Facts that each state passes to the next one. */
interface Facts {
  /**
   * The way to read the next complete state.
   * - `watchList`: with a WatchList.
   * - `pagesOnce`: as a list in pages, because a WatchList failed. After that, with a WatchList again.
   * - `pages`: always as a list in pages, because the server does not support WatchList.
   */
  readonly mode: 'watchList' | 'pagesOnce' | 'pages';
  /** The number of consecutive watches that the server accepted and that timed out without a frame. */
  readonly silentWatches: number;
}

/** The reflector requests a complete state. */
export interface Reading extends Facts {
  readonly at: 'reading';
  /** Whether to request the latest state. False: any state that is not older than the frontier. */
  readonly latest: boolean;
}

/** The reflector opens a watch from the frontier, or first checks that the server's version is not older than the frontier. */
export interface Disconnected extends Facts {
  readonly at: 'connecting' | 'checking';
  /** Whether no frame has arrived since the last complete state. */
  readonly noFrameSinceState: boolean;
}

/** The reflector applies the frames of a watch. */
export interface Watching<T> extends Facts {
  readonly at: 'watching';
  /** As in {@link Disconnected}. */
  readonly noFrameSinceState: boolean;
  readonly connection: WatchConnection<T>;
}

/** The reflector lists the resource at an interval, and never watches it. */
export interface Polling {
  readonly at: 'polling';
}

/** The reflector waits before it enters `next`. */
export interface Waiting<T> {
  readonly at: 'waiting';
  readonly milliseconds: number;
  readonly next: Exclude<State<T>, Waiting<T>>;
}

/** The state of a reflector. */
export type State<T> = Reading | Disconnected | Watching<T> | Polling | Waiting<T>;

/** Returns the first state. */
export function initialState(poll: boolean): Reading | Polling {
  return poll ? { at: 'polling' } : { at: 'reading', mode: 'watchList', latest: false, silentWatches: 0 };
}

/** Returns the state after a complete list with a version. */
export function afterList({ mode, silentWatches }: Reading): Disconnected {
  return { at: 'connecting', mode: modeAfter(mode, undefined), silentWatches, noFrameSinceState: true };
}

/** Returns the state after the end of the initial events. */
export function afterInitialEvents<T>({ mode, silentWatches }: Reading, connection: WatchConnection<T>): Watching<T> {
  return { at: 'watching', mode, silentWatches, noFrameSinceState: true, connection };
}

/** Returns the state after the server has accepted a watch. */
export function afterConnect<T>(state: Disconnected, connection: WatchConnection<T>): Watching<T> {
  return { ...state, at: 'watching', connection };
}

/** Returns the state after a frame that was applied. */
export function afterFrame<T>(state: Watching<T>): Watching<T> {
  return state.noFrameSinceState || state.silentWatches > 0
    ? { ...state, noFrameSinceState: false, silentWatches: 0 }
    : state;
}

/** Returns the state after the end of a watch. If the watch lasted but delivered no frame, the next step checks the server's version. */
export function afterWatch<T>({ mode, silentWatches, noFrameSinceState, connection }: Watching<T>): Disconnected {
  const at = connection.frames === 0 && connection.hasLastedMinimum ? 'checking' : 'connecting';
  return { at, mode, silentWatches, noFrameSinceState };
}

/** Returns the state after a failure, and whether the reflector waits before it enters that state. */
export function afterFailure<T>(
  error: unknown,
  failed: Reading | Disconnected | Watching<T>,
): { readonly next: Reading | Disconnected | Polling; readonly wait: boolean } {
  // Only a watch that the server had accepted counts as silent. See `afterWatching` in recovery.ts.
  const isSilent = failed.at === 'watching' && error instanceof IdleTimeoutError;
  const silentWatches = failed.silentWatches + Number(isSilent);
  if (failed.at === 'reading') {
    const situation = { byWatchList: failed.mode === 'watchList', requestedLatest: failed.latest };
    return readAgain(
      failed,
      remedyFor(error, { failed: 'reading', ...situation, noFrameSinceState: false, silentWatches }),
    );
  }
  const situation = {
    byWatchList: false,
    requestedLatest: false,
    noFrameSinceState: failed.noFrameSinceState,
    silentWatches,
  };
  const remedy = remedyFor(error, { failed: 'watching', ...situation });
  if (remedy.next === 'polling') return { next: { at: 'polling' }, wait: remedy.wait };
  if (remedy.next === 'reading') return readAgain({ ...failed, at: 'reading', latest: false, silentWatches }, remedy);
  if (failed.at !== 'watching') return { next: failed, wait: remedy.wait };
  // If the connection of a healthy watch breaks, resume without a wait, like client-go. Wait only if the new watch fails too.
  const wasHealthy = error instanceof ConnectionError && failed.connection.hasLastedMinimum;
  return { next: { ...afterWatch(failed), silentWatches }, wait: remedy.wait && !wasHealthy };
}

function readAgain({ mode, latest, silentWatches }: Reading, remedy: Remedy): { next: Reading; wait: boolean } {
  return {
    next: {
      at: 'reading',
      mode: modeAfter(mode, remedy.withoutWatchList),
      latest: latest || remedy.requestLatest === true,
      silentWatches,
    },
    wait: remedy.wait,
  };
}

function modeAfter(mode: Facts['mode'], withoutWatchList: Remedy['withoutWatchList']): Facts['mode'] {
  if (withoutWatchList === 'always') return 'pages';
  if (withoutWatchList === 'once') return 'pagesOnce';
  return mode === 'pages' ? 'pages' : 'watchList';
}
