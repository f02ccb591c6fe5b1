/**
 * The states of a reflector and the transitions that need no request. `reflector.ts` has a table of them.
 * @module
 */
import type { Ladder, ReadingWay, Way } from './ladder.ts';
import { type Remedy, remedyFor } from './recovery.ts';
import type { WatchConnection } from './watch-connection.ts';

/** The attempts since the last success or wait. Each way is tried once in a round. */
export interface Round {
  /** The ways that have failed. */
  readonly failed: readonly Way[];
  /** Whether to request the latest state. False: any state that is not older than the frontier. */
  readonly latest: boolean;
}

/** The reflector requests a complete state. */
export interface Reading {
  readonly at: 'reading';
  readonly way: ReadingWay;
  readonly round: Round;
}

/** The reflector opens a watch from the frontier. */
export interface Connecting {
  readonly at: 'connecting';
  readonly round: Round;
  /** Whether no frame has arrived since the last complete state. */
  readonly noFrameSinceState: boolean;
  /** The number of watches in a row that lasted, delivered no frame, and whose connection broke. The first one may have been idle. */
  readonly cuts: number;
}

/** The reflector applies the frames of a watch. `probing`: nothing has arrived for long, so it checks whether the watch works. */
export interface Watching<T> {
  readonly at: 'watching' | 'probing';
  readonly round: Round;
  /** As in {@link Connecting}. */
  readonly noFrameSinceState: boolean;
  /** As in {@link Connecting}. */
  readonly cuts: number;
  readonly connection: WatchConnection<T>;
}

/** The resource is polled, and the reflector checks whether it can be watched now. */
export interface Climbing {
  readonly at: 'climbing';
}

/** The reflector waits before it enters `next`. */
export interface Waiting<T> {
  readonly at: 'waiting';
  readonly milliseconds: number;
  readonly next: Exclude<State<T>, Waiting<T>>;
}

/** The state of a reflector. */
export type State<T> = Reading | Connecting | Watching<T> | Climbing | Waiting<T>;

/** A round without a failure. */
export const NEW_ROUND: Round = { failed: [], latest: false };

/** Returns the state in which a round begins that reads the complete state. */
export function readingFrom(ladder: Ladder, latest = false): Reading {
  const [way] = ladder.ways();
  return { at: 'reading', way: way === undefined || way === 'watch' ? 'pages' : way, round: { failed: [], latest } };
}

/** Returns the state after a complete list with a version. */
export function afterList(): Connecting {
  return { at: 'connecting', round: NEW_ROUND, noFrameSinceState: true, cuts: 0 };
}

/** Returns the state after the end of the initial events. */
export function afterInitialEvents<T>(connection: WatchConnection<T>): Watching<T> {
  return { at: 'watching', round: NEW_ROUND, noFrameSinceState: true, cuts: 0, connection };
}

/** Returns the state after the server has accepted a watch. */
export function afterConnect<T>(state: Connecting, connection: WatchConnection<T>): Watching<T> {
  return { ...state, at: 'watching', connection };
}

/** Returns the state after a frame that was applied, or after a probe that found the watch to work. */
export function afterFrame<T>(state: Watching<T>): Watching<T> {
  const { noFrameSinceState, round, cuts, at } = state;
  const isFirst = noFrameSinceState || round !== NEW_ROUND || cuts > 0 || at !== 'watching';
  return isFirst ? { ...state, at: 'watching', round: NEW_ROUND, noFrameSinceState: false, cuts: 0 } : state;
}

/** Returns the state after the end of a watch. */
export function afterWatch<T>({ noFrameSinceState }: Watching<T>): Connecting {
  return { at: 'connecting', round: NEW_ROUND, noFrameSinceState, cuts: 0 };
}

/** The state after a failure, and the wait before it. */
export interface Recovery {
  readonly next: Reading | Connecting;
  readonly wait: Remedy['wait'];
}

/**
 * Records a failure in the ladder, and returns the next state.
 * @param canWatch whether a complete state was read, so that a watch can start from the frontier
 */
export function afterFailure<T>(
  error: unknown,
  failed: Reading | Connecting | Watching<T>,
  ladder: Ladder,
  canWatch: boolean,
): Recovery {
  const way = failed.at === 'reading' ? failed.way : 'watch';
  const { round } = failed;
  const othersFailed = round.failed.length > 0;
  // A probe that fails is a second failure: the watch before it was silent.
  const failures = ladder.failuresOf(way) + (failed.at === 'probing' ? 2 : 1);
  const isHealthy = 'connection' in failed && wasHealthy(failed);
  const remedy = remedyFor(error, { failed: way, failures, wasHealthy: isHealthy, othersFailed });
  if (isCounted(failed, remedy)) ladder.failed(way, remedy.isUnsupported === true);
  const latest = round.latest || remedy.requestLatest === true;
  if (remedy.next === 'read') {
    const reading = readingFrom(ladder, latest);
    // The round continues with the other ways. After a 410, another watch from the frontier is the last one.
    const isTried = remedy.wait === 'backoffIfRecent';
    return { next: isTried ? { ...reading, round: { failed: ['watch'], latest } } : reading, wait: remedy.wait };
  }
  const noFrameSinceState = failed.at === 'reading' || failed.noFrameSinceState;
  const cuts = failed.at === 'reading' ? 0 : failed.cuts + Number(isHealthy && failed.connection.frames === 0);
  const connecting: Connecting = {
    at: 'connecting',
    round: latest ? { failed: [], latest } : NEW_ROUND,
    noFrameSinceState,
    cuts,
  };
  if (remedy.next === 'watch') return { next: canWatch ? connecting : readingFrom(ladder, latest), wait: remedy.wait };
  const failedWays: Way[] = [...round.failed, way, ...(remedy.skips === undefined ? [] : [remedy.skips])];
  const other = ladder.ways().find((each) => !failedWays.includes(each) && (each !== 'watch' || canWatch));
  // After an outage, a watch from the frontier is the cheapest way.
  if (other === undefined) return { next: canWatch ? connecting : readingFrom(ladder, latest), wait: 'backoff' };
  const rest: Round = { failed: failedWays, latest };
  if (other === 'watch') return { next: { ...connecting, round: rest }, wait: remedy.wait };
  return { next: { at: 'reading', way: other, round: rest }, wait: remedy.wait };
}

/** Returns whether a watch lasted and delivered frames, or was the first one without frames. */
function wasHealthy<T>({ connection, cuts }: Watching<T>): boolean {
  return connection.hasLastedMinimum && (connection.frames > 0 || cuts === 0);
}

/** Returns whether a failure says that the way does not work, rather than the whole server. */
function isCounted<T>(failed: Reading | Connecting | Watching<T>, { next, wait, isOutage }: Remedy): boolean {
  if (isOutage === true) return false;
  if (failed.at === 'reading') return true;
  if (wait === 'expiry') return failed.noFrameSinceState;
  const isResumed = next === 'watch' && wait === 'none';
  return !isResumed && failed.round.failed.length === 0;
}
