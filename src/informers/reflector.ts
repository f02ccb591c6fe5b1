/**
 * Keeps a sink up to date with one resource of an API server: lists the resource, watches it, and recovers from failures.
 *
 * | State | Event | Next state |
 * |---|---|---|
 * | reading | the initial events of a WatchList are complete | watching |
 * | reading | a list is complete | connecting |
 * | reading | a list is complete, and the ladder is at `interval` | reading, after the interval, or climbing |
 * | reading | a failure | reading by the next way of the round, connecting if that way is a watch |
 * | connecting | the server has accepted the watch | watching |
 * | watching | a frame was applied | watching |
 * | watching | the watch has ended | connecting |
 * | watching | no frame for 30 s (10 s after a failure) | probing |
 * | probing | a frame has arrived, or the watch works | watching |
 * | probing | another watch has an event that this one has not sent | connecting |
 * | connecting, watching, probing | 410, a second failure in a row, or a failure after which a watch cannot resume | reading |
 * | connecting, watching, probing | the first failure in a row | connecting |
 * | connecting, watching, probing | the resource has no watch verb (405) | reading, after the interval |
 * | climbing | a short watch works | connecting |
 * | climbing | a failure | reading, after the interval |
 * | any | upstream was restored from a backup (`restore-detector.ts`) | reading |
 *
 * A *round* tries each way to obtain newer data once: WatchList, a list in pages, a list without a limit, a watch from the frontier. The
 * reflector waits when all have failed. `ladder.ts` decides with which way a round begins, `recovery.ts` decides what follows a failure,
 * and `reflector-state.ts` computes the next state. The waits are those of the backoff with jitter, and at least Retry-After.
 * 404: the objects stay for a minute, then the sink removes them; the reflector continues to try.
 * 401, 403, lost connection: the objects stay, and the status names the cause; the reflector continues to try.
 *
 * Promises:
 * - If one of the ways works, the sink has the current state within 60 s. `reflector.simulation.test.ts` shows it.
 * - The sink receives complete states and single events only. Store and frontier move together, and the frontier never decreases, except when
 *   upstream was restored from a backup.
 * - No event is skipped between two complete states. If a frame cannot be read, the reflector reads the complete state again.
 * - A state that is older than an earlier one is rejected, until upstream is known to be restored. Clients already have later positions, so
 *   they would miss events. Versions that are not numbers have no order, so their states are never older.
 * - {@link Reflector.run} never rejects.
 *
 * Not promised: that each upstream event is delivered separately. A relist delivers only the difference.
 * The file has more than 250 lines, because its table of states and its promises stand beside the code.
 * @module
 */
import { LinkedAbort } from '../abort.ts';
import { errorMessage } from '../error-message.ts';
import { Backoff } from './collection/backoff.ts';
import { type Clock, delay } from '../clock.ts';
import { isNewer, isOlder } from './collection/source-version.ts';
import type { SourceObject } from './collection/source-collection.ts';
import { unreachable } from '../unreachable.ts';
import { type CompleteState, initialEvents, type ListRequest, pagedList, singlePageList } from './complete-state.ts';
import {
  IdleTimeoutError,
  IncompleteListError,
  isMethodNotSupported,
  retryAfter,
  StaleListError,
  UpstreamApiError,
} from './errors.ts';
import { Ladder } from './ladder.ts';
import type { ListWatch, WatchEvent, WatchOptions } from './list-watch.ts';
import { shortWatch } from './probe.ts';
import { SinkWriter, type SinkWriterOptions } from './reflector-sink.ts';
import {
  afterConnect,
  afterFailure,
  afterFrame,
  afterInitialEvents,
  afterList,
  afterWatch,
  type Reading,
  readingFrom,
  type Recovery,
  type Round,
  type State,
  type Waiting,
  type Watching,
} from './reflector-state.ts';
import type { ReflectorMetrics } from './collection/source-metrics.ts';
import { type ReflectorHealth, ReflectorStatus } from './reflector-status.ts';
import { RestoreDetector } from './restore-detector.ts';
import { SILENT, WatchConnection } from './watch-connection.ts';

/** Options of a {@link Reflector}. */
export interface ReflectorOptions<T> extends Omit<SinkWriterOptions<T>, 'name' | 'status'> {
  readonly listWatch: ListWatch<T>;
  readonly clock: Clock;
  /** The source of random numbers, like `Math.random`. */
  readonly random: () => number;
  /** Whether to poll although the resource may support watches. Default false. */
  readonly poll?: boolean | undefined;
  /** Whether the sink is notified of a missing resource even if the resource has never existed. Default false. */
  readonly optional?: boolean | undefined;
  /** Milliseconds between polls. Default 30 s. */
  readonly pollInterval?: number | undefined;
  /** Called when the health has changed; see {@link ReflectorStatus}. It must not throw. */
  readonly onStatus?: (() => void) | undefined;
}

const DEFAULT_POLL_INTERVAL_MS = 30_000;
/** The minimum of the random timeout that the reflector requests for a watch: five minutes, as client-go does. */
const MIN_WATCH_TIMEOUT_S = 300;
/** The maximum of that timeout: ten minutes. */
const MAX_WATCH_TIMEOUT_S = 600;
/**
 * The time without a frame after which the reflector checks a watch. It does not close the watch, because an idle resource has no events, and
 * some servers send no bookmarks. kube-apiserver sends one each minute. A probe takes 12 s at most.
 */
const SILENCE_MS = 30_000;
/** That time during the first minute after a failure: a server that fails in one way often lags in another. */
const DOUBTFUL_SILENCE_MS = 10_000;
const DOUBT_MS = 60_000;
/** The maximum time without a frame during the initial events. */
const INITIAL_EVENTS_SILENCE_MS = 10_000;
/** The maximum time for the initial events. After it, a list in pages is more likely to succeed. */
const INITIAL_EVENTS_TIMEOUT_MS = 45_000;
/**
 * The time after a complete state in which a failed watch does not lead to another one without a wait, unless a probe has shown that the
 * state is old.
 */
const RECENT_STATE_MS = 30_000;
/** The minimum time between two 410 after which the reflector reads without a wait, if frames have arrived, and if none have. */
const EXPIRY_INTERVAL_MS = { afterFrames: 1000, withoutFrames: 10_000 };
/** The time for which the version of a probe is a minimum for complete states. After a restore from a backup it would be too high. */
const KNOWN_MS = 60_000;
/** The minimum wait after a round in which all ways have failed. */
const MIN_WAIT_MS = 400;
/** The maximum Retry-After that the reflector respects. */
const MAX_RETRY_AFTER_MS = 300_000;

/** Reads one resource, see the top of this file. A reflector runs once. */
export class Reflector<T extends SourceObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #status: ReflectorStatus;
  readonly #writer: SinkWriter<T>;
  readonly #ladder: Ladder;
  readonly #backoff: Backoff;
  /** The waits after a 410, which is not a failure. */
  readonly #expiries: Backoff;
  readonly #pollInterval: number;
  #restores: RestoreDetector | undefined;
  /** Whether upstream was restored, and its state was not read since. */
  #isRestored = false;
  #connection: WatchConnection<T> | undefined;
  /** The reason why the resource is polled, if it is. */
  #watchProblem = 'it is polled';
  /** The version that upstream had at the last probe. */
  #known: { readonly version: string; readonly at: number } | undefined;
  #lastState = Number.NEGATIVE_INFINITY;
  #lastFailure = Number.NEGATIVE_INFINITY;
  #lastExpiry = Number.NEGATIVE_INFINITY;
  /** The time of the last wait, or of the last success. A request that timed out counts as a part of the next wait. */
  #roundStart = 0;

  constructor(options: ReflectorOptions<T>) {
    const { clock, random, poll = false } = options;
    this.#options = options;
    this.#status = new ReflectorStatus(clock, options);
    this.#writer = new SinkWriter({ ...options, name: options.listWatch.name, status: this.#status });
    this.#ladder = new Ladder({ clock, random, poll, count: (event) => this.#status.count(event) });
    this.#backoff = new Backoff(clock, random);
    this.#expiries = new Backoff(clock, random);
    this.#pollInterval = options.pollInterval ?? DEFAULT_POLL_INTERVAL_MS;
  }

  get health(): ReflectorHealth {
    return this.#status.health;
  }

  get metrics(): ReflectorMetrics {
    return this.#status.metrics;
  }

  /**
   * Returns whether upstream has reached a version that a client presented: false if a consistent list, made after the call, is older. True
   * otherwise, also if the list fails. All calls within a second share one list. Such a list also recognises a restore from a backup.
   */
  async hasReached(version: string): Promise<boolean> {
    try {
      const latest = await this.#restores?.latest();
      return latest === undefined || !isOlder(latest, version);
    } catch {
      // The detector has recorded the error. Without a list, nothing is known about the version.
      return true;
    }
  }

  /** Runs until the signal is aborted, and keeps the process alive even while it waits. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, listWatch } = this.#options;
    const release = clock.hold?.();
    signal.addEventListener('abort', () => this.#writer.stop(), { once: true });
    const onRestored = (version: string): void => this.#restored(version);
    const onFailed = (): void => this.#status.count('failedChecks');
    const frontier = (): string | undefined => this.#writer.frontier;
    const onSuspected = (version: string, older: string): void =>
      this.#status.failed(new StaleListError(version, older));
    this.#restores = new RestoreDetector({ listWatch, clock, frontier, onSuspected, onRestored, onFailed }, signal);
    this.#roundStart = clock.now();
    let state: State<T> = readingFrom(this.#ladder);
    while (!signal.aborted) {
      try {
        state = await this.#step(state, signal);
      } catch (error) {
        if (!signal.aborted) state = this.#recover(error, state);
      }
    }
    this.#connection?.close();
    release?.();
  }

  async #step(state: State<T>, signal: AbortSignal): Promise<State<T>> {
    switch (state.at) {
      case 'reading':
        return state.way === 'watchList' ? this.#readInitialEvents(state, signal) : this.#readList(state, signal);
      case 'connecting': {
        if (this.#isRestored) return readingFrom(this.#ladder, true);
        const connection = await this.#connect({ resourceVersion: this.#writer.resumeFrom }, signal);
        // After failures, only a frame or a probe shows that the watch works.
        if (this.#ladder.failuresOf('watch') === 0 && state.round.failed.length === 0) this.#status.connected();
        return afterConnect(state, connection);
      }
      case 'watching': {
        const isDoubtful = this.#options.clock.now() - this.#lastFailure < DOUBT_MS;
        const frame = await state.connection.nextUnlessSilent(isDoubtful ? DOUBTFUL_SILENCE_MS : SILENCE_MS);
        if (frame === SILENT) return { ...state, at: 'probing' };
        if (frame === undefined) return this.#endWatch(state);
        this.#apply(frame);
        return this.#works(state);
      }
      case 'probing':
        return this.#probe(state, signal);
      case 'climbing':
        await shortWatch({ ...this.#options, signal, writer: this.#writer });
        this.#ladder.watched();
        this.#status.unpolled();
        return afterList();
      case 'waiting':
        await delay(this.#options.clock, state.milliseconds, signal);
        this.#roundStart = this.#options.clock.now();
        if (this.#status.takeGone()) this.#writer.gone();
        return state.next.at === 'connecting' && !this.#writer.hasState ? readingFrom(this.#ladder) : state.next;
      default:
        return unreachable(state);
    }
  }

  async #readInitialEvents(state: Reading, signal: AbortSignal): Promise<Watching<T>> {
    const { listWatch, clock } = this.#options;
    const { name } = listWatch;
    const isLatest = state.round.latest || this.#isRestored;
    const resourceVersion = isLatest ? undefined : this.#writer.frontier;
    const options: WatchOptions = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', resourceVersion };
    const connection = await this.#connect(options, signal);
    try {
      const end = clock.now() + INITIAL_EVENTS_TIMEOUT_MS;
      const next = async (): Promise<WatchEvent<T> | undefined> => {
        const frame = await connection.nextUnlessSilent(INITIAL_EVENTS_SILENCE_MS);
        if (frame === SILENT || clock.now() >= end)
          throw new IncompleteListError(`${name}: the server has not sent the initial events in time`);
        return frame;
      };
      this.#replace(await initialEvents(name, this.#writer.ingest, next), 'watchLists', isLatest);
      connection.endInitialEvents();
    } catch (error) {
      connection.close();
      throw error;
    }
    this.#ladder.read('watchList');
    this.#status.unpolled();
    return afterInitialEvents(connection);
  }

  async #readList(state: Reading, signal: AbortSignal): Promise<State<T>> {
    const { listWatch, clock } = this.#options;
    // A poll must show what was written before it, so it requests the latest state.
    const isLatest = state.round.latest || this.#isRestored || this.#ladder.polls;
    const notOlderThan = isLatest ? undefined : this.#writer.frontier;
    const request: ListRequest<T> = { listWatch, ingest: this.#writer.ingest, clock, signal, notOlderThan };
    const complete = await (state.way === 'onePage' ? singlePageList(request) : pagedList(request));
    this.#replace(complete, 'lists', isLatest);
    this.#ladder.read(state.way);
    if (complete.version === undefined) this.#pollOnly('its lists carry no resourceVersion');
    return this.#ladder.polls ? this.#afterPoll(complete.version) : afterList();
  }

  /** Writes a complete state. @param isLatest whether the latest state was requested, so that an older one shows a restore */
  #replace(state: CompleteState<T>, counter: 'lists' | 'watchLists', isLatest: boolean): void {
    const isRestored = isLatest && this.#restores?.saw(state.version) === true;
    if (!isRestored && !this.#isRestored) this.#refuseOlder(state.version);
    this.#writer.replace(state, isRestored || this.#isRestored);
    if (isRestored || this.#isRestored) this.#restores?.accepted();
    this.#isRestored = false;
    this.#lastState = this.#options.clock.now();
    this.#roundStart = this.#lastState;
    this.#status.count(counter);
  }

  /**
   * A probe has shown that upstream is further. A way that returns an older state does not help.
   * @throws StaleListError
   */
  #refuseOlder(version: string | undefined): void {
    const known = this.#known;
    if (known === undefined || version === undefined || this.#options.clock.now() - known.at >= KNOWN_MS) return;
    if (isOlder(version, known.version)) throw new StaleListError(version, known.version);
  }

  async #connect(requested: WatchOptions, signal: AbortSignal): Promise<WatchConnection<T>> {
    const { clock, listWatch, random } = this.#options;
    const timeoutSeconds = MIN_WATCH_TIMEOUT_S + Math.floor(random() * (MAX_WATCH_TIMEOUT_S - MIN_WATCH_TIMEOUT_S + 1));
    const options = { ...requested, allowWatchBookmarks: true, timeoutSeconds };
    this.#connection = await WatchConnection.open<T>({ listWatch, clock, signal, options });
    this.#status.count('watches');
    return this.#connection;
  }

  #apply(frame: WatchEvent<T>): void {
    this.#status.received();
    switch (frame.type) {
      case 'ERROR':
        throw new UpstreamApiError(frame.object);
      case 'BOOKMARK':
        this.#writer.bookmark(frame.object.metadata?.resourceVersion);
        break;
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        this.#writer.event(frame.type, frame.object);
        break;
      default:
        unreachable(frame);
    }
  }

  /** The watch has delivered a frame, or a probe has shown that it works. */
  #works(state: Watching<T>): Watching<T> {
    const next = afterFrame(state);
    if (next !== state) this.#ladder.watched();
    if (next !== state || this.#status.isFailing) this.#status.connected();
    return next;
  }

  /**
   * Checks a watch that has been silent. If the version of the server is the frontier, nothing was missed. Otherwise, a second watch from the
   * frontier shows whether there are events. The first watch stays open, because most silent watches are idle.
   */
  async #probe(state: Watching<T>, signal: AbortSignal): Promise<State<T>> {
    this.#status.count('probes');
    const probe = new LinkedAbort(signal);
    const arrived = new Error('a frame has arrived');
    void state.connection.arrived().then(() => probe.abort(arrived));
    try {
      const version = await this.#versionOfServer(probe.signal);
      const { frontier = '' } = this.#writer;
      if (version === undefined || isNewer(version, frontier)) {
        if (version !== undefined) this.#known = { version, at: this.#options.clock.now() };
        if (await shortWatch({ ...this.#options, signal: probe.signal, writer: this.#writer })) {
          state.connection.close();
          this.#status.count('reconnects');
          return afterWatch(state);
        }
      }
      state.connection.confirm();
      // The restore detector checks an older version again. Until then it is not known whether the rows are current.
      if (version !== undefined && isOlder(version, frontier)) return { ...state, at: 'watching' };
      if (version === frontier) {
        // The rows are current. Whether the watch works is not known, because there was nothing to send.
        this.#status.received();
        this.#status.connected();
        return { ...state, at: 'watching', cuts: 0 };
      }
    } catch (error) {
      if (probe.signal.reason === arrived) return { ...state, at: 'watching' };
      throw error;
    } finally {
      probe.unlink();
    }
    this.#status.received();
    return this.#works(state);
  }

  /** Returns the latest version of the server; undefined if the list fails. Then only a watch can show what was missed. */
  async #versionOfServer(signal: AbortSignal): Promise<string | undefined> {
    try {
      return await this.#restores?.check(signal);
    } catch {
      signal.throwIfAborted();
      this.#status.count('failedChecks');
      return undefined;
    }
  }

  #endWatch(state: Watching<T>): State<T> {
    const { connection } = state;
    connection.close();
    this.#status.count('reconnects');
    this.#restores?.request();
    this.#roundStart = this.#options.clock.now();
    return connection.hasLastedMinimum ? afterWatch(state) : this.#wait(afterWatch(state));
  }

  #recover(error: unknown, failed: State<T>): State<T> {
    if (failed.at === 'climbing') {
      // The polled rows are not affected.
      this.#status.count('failedChecks');
      this.#ladder.failed('watch', isMethodNotSupported(error));
      return this.#afterPoll(undefined);
    }
    if (failed.at === 'waiting') return failed.next;
    if (failed.at === 'watching' && error instanceof IdleTimeoutError) {
      // The server has not ended the watch at its timeout. The objects are not affected: a silent watch is probed long before.
      this.#status.alsoFailed(error);
      return this.#endWatch(failed);
    }
    const isPolled = failed.at !== 'reading' && isMethodNotSupported(error) && failed.round.failed.length === 0;
    // A resource without watches is no failure: the lists work.
    if (isPolled) this.#status.alsoFailed(error);
    else this.#report(error, failed.round);
    if ('connection' in failed) failed.connection.close();
    if (this.#isRestored && failed.at !== 'reading') return readingFrom(this.#ladder, true);
    if (failed.at !== 'reading') {
      if (failed.round.failed.length === 0) this.#roundStart = this.#options.clock.now();
      this.#restores?.request();
      this.#watchProblem = errorMessage(error);
    }
    const canWatch = this.#writer.hasState && !this.#isRestored && this.#options.poll !== true;
    const recovery = afterFailure(error, failed, this.#ladder, canWatch);
    if (recovery.next.at === 'connecting') this.#status.count('reconnects');
    if (isPolled) {
      this.#pollOnly('it cannot be watched');
      return this.#afterPoll(undefined);
    }
    return this.#after(recovery, error, failed.at !== 'reading' && failed.noFrameSinceState);
  }

  /** Reports a failure. The first one of a round is the problem of the source. The others are only counted. */
  #report(error: unknown, round: Round): void {
    this.#lastFailure = this.#options.clock.now();
    if (round.failed.length === 0) this.#status.failed(error);
    else this.#status.alsoFailed(error);
  }

  #after({ next, wait }: Recovery, error: unknown, noFrames: boolean): State<T> {
    const now = this.#options.clock.now();
    switch (wait) {
      case 'none':
        return next;
      case 'backoff':
        return this.#wait(next, error);
      case 'backoffIfRecent':
        return now - this.#lastState < RECENT_STATE_MS && !this.#isBehind() ? this.#wait(next, error) : next;
      case 'expiry': {
        const sinceLast = now - this.#lastExpiry;
        this.#lastExpiry = now;
        if (sinceLast >= EXPIRY_INTERVAL_MS[noFrames ? 'withoutFrames' : 'afterFrames']) return next;
        return { at: 'waiting', milliseconds: this.#expiries.next(), next };
      }
      default:
        return unreachable(wait);
    }
  }

  /** Returns whether a probe has shown that upstream is further than the last state. */
  #isBehind(): boolean {
    return this.#known !== undefined && isNewer(this.#known.version, this.#writer.frontier ?? '');
  }

  /** Stops watching: the resource has no watches. */
  #pollOnly(reason: string): void {
    this.#ladder.poll();
    this.#watchProblem = reason;
  }

  /** Returns the state after a poll, or after a failed attempt to watch. */
  #afterPoll(version: string | undefined): State<T> {
    if (!this.#ladder.wasWatched) this.#writer.unwatchable();
    if (this.#options.poll !== true) this.#status.polled(this.#watchProblem, this.#pollInterval);
    if (version !== undefined && this.#ladder.canTryWatch) return { at: 'climbing' };
    return { at: 'waiting', milliseconds: this.#pollInterval, next: readingFrom(this.#ladder) };
  }

  #wait(next: Waiting<T>['next'], error?: unknown): Waiting<T> {
    const requested = Math.min(retryAfter(error) ?? 0, MAX_RETRY_AFTER_MS);
    const waited = this.#options.clock.now() - this.#roundStart;
    return { at: 'waiting', milliseconds: Math.max(this.#backoff.next() - waited, MIN_WAIT_MS, requested), next };
  }

  /** Upstream was restored from a backup: its state must be read again, even though it is older. */
  #restored(version: string): void {
    this.#isRestored = true;
    this.#connection?.fail(new StaleListError(version, this.#writer.frontier ?? ''));
  }
}
