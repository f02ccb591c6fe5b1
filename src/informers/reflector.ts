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
 * | connecting, watching, probing | the resource has no watch verb (405) | reading, after the interval if the state is recent |
 * | climbing | a short watch works | connecting |
 * | climbing | a failure | reading, after the interval |
 * | any | upstream was restored from a backup (`restore-detector.ts`) | reading |
 *
 * A *round* tries each way to obtain newer data once: WatchList, a list in pages, a list without a limit, a watch from the frontier. The
 * reflector waits when all have failed. `ladder.ts` decides with which way a round begins, `recovery.ts` decides what follows a failure,
 * `reflector-state.ts` computes the next state, and `retry-waits.ts` the time before it. `state-reader.ts` reads complete states, and
 * `probe.ts` checks a silent watch. This file runs the state machine.
 *
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
import { errorMessage } from '../error-message.ts';
import { type Clock, delay } from '../clock.ts';
import { isNewer, isOlder } from './collection/source-version.ts';
import type { SourceObject } from './collection/source-collection.ts';
import { unreachable } from '../unreachable.ts';
import { IdleTimeoutError, isMethodNotSupported, StaleListError, UpstreamApiError } from './errors.ts';
import { Ladder } from './ladder.ts';
import type { ListWatch, WatchEvent, WatchOptions } from './list-watch.ts';
import { probeWatch, shortWatch } from './probe.ts';
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
  type Round,
  type State,
  type Watching,
} from './reflector-state.ts';
import type { LadderStep, ReflectorMetrics } from './collection/source-metrics.ts';
import { type ReflectorHealth, ReflectorStatus } from './reflector-status.ts';
import { RestoreDetector } from './restore-detector.ts';
import { RetryWaits } from './retry-waits.ts';
import { StateReader, type StateReaderOptions } from './state-reader.ts';
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

/** Reads one resource, see the top of this file. A reflector runs once. */
export class Reflector<T extends SourceObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #status: ReflectorStatus;
  readonly #writer: SinkWriter<T>;
  readonly #ladder: Ladder;
  readonly #waits: RetryWaits;
  readonly #restores: RestoreDetector;
  readonly #reader: StateReader<T>;
  readonly #pollInterval: number;
  /** Aborted when the reflector ends. */
  readonly #ended = new AbortController();
  #connection: WatchConnection<T> | undefined;
  /** The reason why the resource is polled, if it is. */
  #watchProblem = 'it is polled';
  #lastFailure = Number.NEGATIVE_INFINITY;
  constructor(options: ReflectorOptions<T>) {
    const { listWatch, clock, random, poll = false } = options;
    this.#options = options;
    this.#status = new ReflectorStatus(clock, options);
    this.#writer = new SinkWriter({ ...options, name: listWatch.name, status: this.#status });
    this.#ladder = new Ladder({ clock, random, poll, count: (event) => this.#status.count(event) });
    this.#waits = new RetryWaits(clock, random);
    const [writer, status] = [this.#writer, this.#status];
    const restores = new RestoreDetector(
      {
        listWatch,
        clock,
        frontier: () => writer.frontier,
        onSuspected: (version, older) => status.failed(new StaleListError(version, older)),
        onRestored: (version) => this.#restored(version),
        onFailed: () => status.count('failedChecks'),
      },
      this.#ended.signal,
    );
    this.#restores = restores;
    const connect: StateReaderOptions<T>['connect'] = (requested, signal) => this.#connect(requested, signal);
    this.#reader = new StateReader({ listWatch, clock, writer, status, restores, connect });
    this.#pollInterval = options.pollInterval ?? DEFAULT_POLL_INTERVAL_MS;
  }

  get health(): ReflectorHealth {
    return this.#status.health;
  }

  get metrics(): ReflectorMetrics {
    return this.#status.metrics;
  }

  /** The current step of the ladder. */
  get step(): LadderStep {
    return this.#ladder.step;
  }

  /**
   * Returns whether upstream has reached a version that a client presented: false if a consistent list, made after the call, is older. True
   * otherwise, also if the list fails. All calls within a second share one list. Such a list also recognises a restore from a backup.
   */
  async hasReached(version: string): Promise<boolean> {
    try {
      const latest = await this.#restores.latest();
      return latest === undefined || !isOlder(latest, version);
    } catch {
      // The detector has recorded the error. Without a list, nothing is known about the version.
      return true;
    }
  }

  /** Runs until the signal is aborted, and keeps the process alive even while it waits. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const release = this.#options.clock.hold?.();
    const end = (): void => {
      this.#writer.stop();
      this.#ended.abort(signal.reason);
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    this.#waits.roundStarted();
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
        return this.#read(state, signal);
      case 'connecting': {
        if (this.#reader.isRestored) return readingFrom(this.#ladder, true);
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
        this.#waits.roundStarted();
        if (this.#status.takeGone()) this.#writer.gone();
        return state.next.at === 'connecting' && !this.#writer.hasState ? readingFrom(this.#ladder) : state.next;
      default:
        return unreachable(state);
    }
  }

  async #read({ way, round }: Reading, signal: AbortSignal): Promise<State<T>> {
    if (way === 'watchList') {
      const connection = await this.#reader.initialEvents(round.latest, signal);
      this.#waits.stateRead();
      this.#ladder.read(way);
      this.#status.unpolled();
      return afterInitialEvents(connection);
    }
    // A poll must show what was written before it, so it requests the latest state.
    const version = await this.#reader.list(way, round.latest || this.#ladder.polls, signal);
    this.#waits.stateRead();
    this.#ladder.read(way);
    if (version === undefined) this.#pollOnly('its lists carry no resourceVersion');
    return this.#ladder.polls ? this.#afterPoll(version) : afterList();
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

  async #probe(state: Watching<T>, signal: AbortSignal): Promise<State<T>> {
    this.#status.count('probes');
    const latest = (probe: AbortSignal): Promise<string | undefined> => this.#versionOfServer(probe);
    const result = await probeWatch(state.connection, { ...this.#options, signal, writer: this.#writer, latest });
    switch (result) {
      case 'missed':
        state.connection.close();
        this.#status.count('reconnects');
        return afterWatch(state);
      case 'works':
        this.#status.received();
        return this.#works(state);
      case 'current':
        this.#status.received();
        this.#status.connected();
        return { ...state, at: 'watching', cuts: 0 };
      case 'arrived':
      case 'behind':
        // The restore detector checks an older version again. Until then it is not known whether the rows are current.
        return { ...state, at: 'watching' };
      default:
        return unreachable(result);
    }
  }

  /** Returns the latest version of the server; undefined if the list fails. */
  async #versionOfServer(signal: AbortSignal): Promise<string | undefined> {
    try {
      const version = await this.#restores.check(signal);
      const { frontier = '' } = this.#writer;
      if (version !== undefined && isNewer(version, frontier)) this.#reader.requireAtLeast(version);
      return version;
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
    this.#restores.request();
    this.#waits.roundStarted();
    return connection.hasLastedMinimum ? afterWatch(state) : this.#waits.before(afterWatch(state));
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
    if (this.#reader.isRestored && failed.at !== 'reading') return readingFrom(this.#ladder, true);
    if (failed.at !== 'reading') {
      if (failed.round.failed.length === 0) this.#waits.roundStarted();
      this.#restores.request();
      this.#watchProblem = errorMessage(error);
    }
    const canWatch = this.#writer.hasState && !this.#reader.isRestored && this.#options.poll !== true;
    const recovery = afterFailure(error, failed, this.#ladder, canWatch);
    if (recovery.next.at === 'connecting') this.#status.count('reconnects');
    if (isPolled) {
      this.#pollOnly('it cannot be watched');
      // After an outage the state is old. The next poll must not wait for the interval.
      return this.#waits.hasRecentState ? this.#afterPoll(undefined) : readingFrom(this.#ladder);
    }
    const noFrames = failed.at !== 'reading' && failed.noFrameSinceState;
    return this.#waits.after(recovery, error, { noFrames, isBehind: this.#reader.isBehind });
  }

  /** Reports a failure. The first one of a round is the problem of the source. The others are only counted. */
  #report(error: unknown, round: Round): void {
    this.#lastFailure = this.#options.clock.now();
    if (round.failed.length === 0) this.#status.failed(error);
    else this.#status.alsoFailed(error);
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

  /** Upstream was restored from a backup: its state must be read again, even though it is older. */
  #restored(version: string): void {
    this.#reader.restored();
    this.#connection?.fail(new StaleListError(version, this.#writer.frontier ?? ''));
  }
}
