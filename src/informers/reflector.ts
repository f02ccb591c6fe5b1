/**
 * Keeps a sink up to date with one resource of an API server: lists the resource, watches it, and recovers from failures.
 *
 * | State | Event | Next state |
 * |---|---|---|
 * | reading | the initial events of a WatchList are complete | watching |
 * | reading | a list in pages is complete, and it has a version | connecting |
 * | reading | a list in pages is complete, and it has no version | polling |
 * | connecting | the server has accepted the watch | watching |
 * | watching | a frame was applied | watching |
 * | watching | the watch has ended: it delivered frames, or it was too short | connecting |
 * | watching | the watch has ended: it lasted, and it delivered no frame | checking |
 * | checking | the version of the server is not older than the frontier | connecting |
 * | polling | a list is complete | polling |
 * | reading, polling | a failure | the same state |
 * | connecting, checking, watching | the resource has no watch verb (405) | polling |
 * | connecting, checking, watching | the watch cannot resume: 410, another 4xx (not 403, 429), a frame that cannot be decoded | reading |
 * | watching | two watches in a row have received no frame, not even a bookmark | reading |
 * | checking | the version of the server is older than the frontier | reading |
 * | connecting, checking | another failure: 403, 429, 5xx, a lost connection | the same state |
 * | watching | another failure: the same, or no frame until a timeout | connecting or checking, as after the end of the watch |
 *
 * `reflector-state.ts` computes the next state, and `recovery.ts` decides it after a failure. The reflector is `waiting` between two polls,
 * and after most failures: for the backoff with jitter, and at least for Retry-After.
 * 404: the objects stay for a minute, then the sink removes them; the reflector continues to try.
 * 401, 403, lost connection: the objects stay, and the status names the cause; the reflector continues to try.
 *
 * Promises:
 * - The sink receives complete states and single events only. Store and frontier move together, and the frontier never decreases.
 * - No event is skipped between two complete states. If a frame cannot be read, the reflector reads the complete state again.
 * - A state that is older than an earlier one is always rejected. Clients already have later positions, so they would miss events.
 *   An etcd that was restored from a backup has such a state. After two minutes the source is not ready, and its message names this
 *   possible cause. After a restart of this process, the older state is accepted. Versions that are not numbers have no order, so
 *   their states are never older.
 * - {@link Reflector.run} never rejects.
 *
 * Not promised: that each upstream event is delivered separately. A relist delivers only the difference.
 * The file has more than 250 lines, because its table of states and its promises stand beside the code.
 * @module
 */
import { Backoff } from './collection/backoff.ts';
import { type Clock, delay } from '../clock.ts';
import type { SourceObject } from './collection/source-collection.ts';
import { unreachable } from '../unreachable.ts';
import { type CompleteState, initialEvents, pagedList } from './complete-state.ts';
import { IncompleteListError, retryAfter, UpstreamApiError } from './errors.ts';
import type { ListWatch, WatchEvent, WatchOptions } from './list-watch.ts';
import { SinkWriter, type SinkWriterOptions } from './reflector-sink.ts';
import {
  afterConnect,
  afterFailure,
  afterFrame,
  afterInitialEvents,
  afterList,
  afterWatch,
  initialState,
  type Reading,
  type State,
  type Waiting,
  type Watching,
} from './reflector-state.ts';
import { type ReflectorHealth, type ReflectorMetrics, ReflectorStatus } from './reflector-status.ts';
import { WatchConnection } from './watch-connection.ts';

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
/** The interval at which kube-apiserver sends bookmarks. */
const BOOKMARK_INTERVAL_MS = 60_000;
/** The time without a frame after which a watch times out: 2.5 intervals of bookmarks. It applies after the first bookmark. */
const SILENCE_TIMEOUT_MS = 2.5 * BOOKMARK_INTERVAL_MS;
/** The maximum time without a frame during the initial events. */
const INITIAL_EVENTS_TIMEOUT_MS = 10_000;
/** The maximum Retry-After that the reflector respects. */
const MAX_RETRY_AFTER_MS = 300_000;

/** Reads one resource, see the top of this file. A reflector runs once. */
export class Reflector<T extends SourceObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #status: ReflectorStatus;
  readonly #writer: SinkWriter<T>;
  readonly #backoff: Backoff;
  readonly #pollInterval: number;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#status = new ReflectorStatus(options.clock, options);
    this.#writer = new SinkWriter({ ...options, name: options.listWatch.name, status: this.#status });
    this.#backoff = new Backoff(options.clock, options.random);
    this.#pollInterval = options.pollInterval ?? DEFAULT_POLL_INTERVAL_MS;
  }

  get health(): ReflectorHealth {
    return this.#status.health;
  }

  get metrics(): ReflectorMetrics {
    return this.#status.metrics;
  }

  /** Runs until the signal is aborted, and keeps the process alive even while it waits. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const release = this.#options.clock.hold?.();
    signal.addEventListener('abort', () => this.#writer.stop(), { once: true });
    let state: State<T> = initialState(this.#options.poll === true);
    while (!signal.aborted) {
      try {
        state = await this.#step(state, signal);
      } catch (error) {
        if (!signal.aborted) state = this.#recover(error, state);
      }
    }
    if (state.at === 'watching') state.connection.close();
    release?.();
  }

  async #step(state: State<T>, signal: AbortSignal): Promise<State<T>> {
    switch (state.at) {
      case 'reading':
        return state.mode === 'watchList' ? this.#readInitialEvents(state, signal) : this.#readPages(state, signal);
      case 'checking': {
        // The versions of a server may have gone back, because its etcd was restored from a backup. Such a server accepts a watch from a
        // version that it has not reached, and then sends nothing. A list of one object shows the current version.
        const { resourceVersion } = await this.#options.listWatch.list({ limit: 1 }, signal);
        this.#writer.refuseOlder(resourceVersion);
        return { ...state, at: 'connecting' };
      }
      case 'connecting': {
        const connection = await this.#connect({ resourceVersion: this.#writer.resumeFrom }, signal);
        this.#status.connected();
        return afterConnect(state, connection);
      }
      case 'watching': {
        const frame = await state.connection.next();
        if (frame === undefined) return this.#endWatch(state);
        this.#apply(frame, state.connection);
        return afterFrame(state);
      }
      case 'polling':
        this.#replace(await pagedList(this.#options.listWatch, this.#writer.ingest, undefined, signal), 'lists');
        return { at: 'waiting', milliseconds: this.#pollInterval, next: state };
      case 'waiting':
        await delay(this.#options.clock, state.milliseconds, signal);
        if (this.#status.takeGone()) this.#writer.gone();
        return state.next;
      default:
        return unreachable(state);
    }
  }

  async #readInitialEvents(state: Reading, signal: AbortSignal): Promise<Watching<T>> {
    const { name } = this.#options.listWatch;
    const resourceVersion = state.latest ? undefined : this.#writer.frontier;
    const options: WatchOptions = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', resourceVersion };
    const connection = await this.#connect(options, signal);
    try {
      const timedOut = (): Error =>
        new IncompleteListError(`${name}: the server has not sent the initial events in time`);
      connection.limitSilence(INITIAL_EVENTS_TIMEOUT_MS, timedOut);
      this.#replace(await initialEvents(name, this.#writer.ingest, () => connection.next()), 'watchLists');
      connection.endInitialEvents();
    } catch (error) {
      connection.close();
      throw error;
    }
    return afterInitialEvents(state, connection);
  }

  async #readPages(state: Reading, signal: AbortSignal): Promise<State<T>> {
    const notOlderThan = state.latest ? undefined : this.#writer.frontier;
    const complete = await pagedList(this.#options.listWatch, this.#writer.ingest, notOlderThan, signal);
    this.#replace(complete, 'lists');
    return complete.version === undefined ? this.#poll('its lists carry no resourceVersion') : afterList(state);
  }

  #replace(state: CompleteState<T>, counter: 'lists' | 'watchLists'): void {
    this.#writer.replace(state);
    this.#status.count(counter);
  }

  async #connect(requested: WatchOptions, signal: AbortSignal): Promise<WatchConnection<T>> {
    const { clock, listWatch, random } = this.#options;
    const timeoutSeconds = MIN_WATCH_TIMEOUT_S + Math.floor(random() * (MAX_WATCH_TIMEOUT_S - MIN_WATCH_TIMEOUT_S + 1));
    const options = { ...requested, allowWatchBookmarks: true, timeoutSeconds };
    const connection = await WatchConnection.open<T>({ listWatch, clock, signal, options });
    this.#status.count('watches');
    return connection;
  }

  #apply(frame: WatchEvent<T>, connection: WatchConnection<T>): void {
    this.#status.received();
    switch (frame.type) {
      case 'ERROR':
        throw new UpstreamApiError(frame.object);
      case 'BOOKMARK':
        this.#writer.bookmark(frame.object.metadata?.resourceVersion);
        // The time limit starts with the first bookmark, because some servers send no bookmarks for an idle resource.
        connection.limitSilence(SILENCE_TIMEOUT_MS);
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

  #endWatch(state: Watching<T>): State<T> {
    const { connection } = state;
    connection.close();
    this.#status.count('reconnects');
    const isTooShort = connection.frames === 0 && !connection.hasLastedMinimum;
    return isTooShort ? this.#wait(afterWatch(state)) : afterWatch(state);
  }

  #recover(error: unknown, failed: State<T>): State<T> {
    this.#status.failed(error);
    if (failed.at === 'waiting') return failed.next;
    if (failed.at === 'polling') return this.#wait(failed, error);
    if (failed.at === 'watching') failed.connection.close();
    const { next, wait } = afterFailure(error, failed);
    if (next.at === 'polling') return this.#poll('it cannot be watched');
    if (next.at !== 'reading') this.#status.count('reconnects');
    return wait ? this.#wait(next, error) : next;
  }

  #poll(reason: string): Waiting<T> {
    this.#status.polled(reason, this.#pollInterval);
    return { at: 'waiting', milliseconds: this.#pollInterval, next: { at: 'polling' } };
  }

  #wait(next: Waiting<T>['next'], error?: unknown): Waiting<T> {
    const requested = Math.min(retryAfter(error) ?? 0, MAX_RETRY_AFTER_MS);
    return { at: 'waiting', milliseconds: Math.max(this.#backoff.next(), requested), next };
  }
}
