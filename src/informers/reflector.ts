/**
 * Keeps a sink in step with one resource of an API server: lists it, watches it, and recovers from everything that can be recovered
 * from.
 *
 * ```
 *            ┌───────────────────────── 410, undecodable, silent twice ────────────────────────┐
 *            ▼                                                                                 │
 *   ┌─► reading ──── WatchList: initial events up to their end ────────────► watching ◄────────┤ clean end,
 *   │        │                                                                │    ▲           │ connection lost
 *   │        └─ refused or ignored (remembered) ─► paged list ─ version ──────┘    └───────────┘
 *   │                                                  │
 *   │                                                  └─ no version, or no watch verb ─► polling ⟲
 *   │
 *   └── waiting ◄── any failure: backoff with jitter, no less than Retry-After; then on with the state that failed or the one
 *                   that heals it
 *   404: rows stay for a minute, then the sink is told that they are gone; listing goes on
 *   403, 401, lost connections: rows stay, the status says why, attempts go on
 * ```
 *
 * What is promised:
 * - The sink gets complete states and single events only; store and frontier move together, and the frontier never goes back.
 * - Between two complete states nothing is skipped: what can't be read leads to a new list.
 * - A state older than one handed on before is refused, always: positions that clients hold would otherwise lead them past events.
 *   (An etcd restored from a backup is such a state. After two minutes the source is not ready and says so; a restart accepts it.)
 * - {@link Reflector.run} never rejects.
 * What is not: that each event of upstream is seen alone. A relist shows the difference only.
 * @module
 */
import { Backoff } from './collection/backoff.ts';
import { delay } from '../clock.ts';
import type { SourceObject } from './collection/source-collection.ts';
import { unreachable } from '../unreachable.ts';
import { type CompleteState, initialEvents, pagedList } from './complete-state.ts';
import {
  UpstreamApiError,
  causeOf,
  ConnectionError,
  IdleTimeoutError,
  IncompleteListError,
  retryAfter,
} from './errors.ts';
import type { WatchEvent, WatchOptions } from './list-watch.ts';
import { remedyFor } from './recovery.ts';
import { ReflectorCounters, type ReflectorMetrics } from './reflector-metrics.ts';
import type { ReflectorOptions } from './reflector-options.ts';
import { type ReflectorHealth, ReflectorStatus } from './reflector-status.ts';
import {
  BOOKMARK_INTERVAL,
  LONGEST_RETRY_AFTER,
  POLL_INTERVAL,
  SHORT_WATCH,
  SILENT_INTERVALS,
  WATCH_LIST_SILENCE,
} from './reflector-timing.ts';
import { SourceWriter } from './source-writer.ts';
import { WatchConnection } from './watch-connection.ts';

/** Where a reflector is; drawn above. */
type State<T> =
  | { readonly at: 'reading' }
  | { readonly at: 'watching'; readonly stream?: WatchConnection<T> | undefined }
  | { readonly at: 'polling' }
  | { readonly at: 'waiting'; readonly milliseconds: number; readonly next: State<T> };

/** See the top of this file. One reflector runs once. */
export class Reflector<T extends SourceObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #writer: SourceWriter<T>;
  readonly #backoff: Backoff;
  readonly #counters = new ReflectorCounters();
  readonly #status: ReflectorStatus;
  readonly #pollInterval: number;
  /** Whether the server does WatchList, as far as is known. */
  #watchList = true;
  /** Whether the next complete state is read without it all the same. */
  #pagesNext = false;
  /** Whether the next complete state is asked for as the latest there is, not as one no older than the frontier. */
  #askLatest = false;
  /** Nothing has come since the last complete state. */
  #freshList = false;
  /** Accepted watches in a row that were given up because nothing came. */
  #silentWatches = 0;
  /** Nothing came on the last watch, although it lasted. */
  #quiet = false;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#backoff = new Backoff(options.clock, options.random);
    this.#status = new ReflectorStatus(options.clock);
    this.#writer = new SourceWriter(options, this.#counters, this.#status);
    this.#pollInterval = options.pollInterval ?? POLL_INTERVAL;
  }

  /** How it is doing. */
  get health(): ReflectorHealth {
    return this.#status.health();
  }

  /** What it has counted. */
  get metrics(): ReflectorMetrics {
    return this.#counters.snapshot();
  }

  /** Runs until the signal is aborted, keeping the process alive also while it waits to connect again. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const release = this.#options.clock.hold?.();
    signal.addEventListener('abort', () => this.#writer.stop(), { once: true });
    let state: State<T> = { at: this.#options.poll === true ? 'polling' : 'reading' };
    while (!signal.aborted) {
      try {
        state = await this.#step(state, signal);
      } catch (error) {
        if (!signal.aborted) state = this.#recover(error, state);
      }
    }
    if (state.at === 'watching') state.stream?.close();
    release?.();
  }

  async #step(state: State<T>, signal: AbortSignal): Promise<State<T>> {
    switch (state.at) {
      case 'reading':
        return this.#byWatchList ? this.#readStream(signal) : this.#readPages(signal);
      case 'watching':
        if (state.stream !== undefined) return this.#watch(state.stream);
        return { at: 'watching', stream: await this.#resume(signal) };
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

  get #byWatchList(): boolean {
    return this.#watchList && !this.#pagesNext;
  }

  async #readStream(signal: AbortSignal): Promise<State<T>> {
    const { name } = this.#options.listWatch;
    const resourceVersion = this.#askLatest ? undefined : this.#writer.frontier;
    const asked: WatchOptions = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', resourceVersion };
    const stream = await this.#open(asked, signal);
    try {
      stream.limitSilence(WATCH_LIST_SILENCE, () => new IncompleteListError(`${name}: the initial events do not come`));
      this.#replace(await initialEvents(name, this.#writer.ingest, () => stream.next()), 'watchLists');
    } catch (error) {
      stream.close();
      throw error;
    }
    return { at: 'watching', stream };
  }

  async #readPages(signal: AbortSignal): Promise<State<T>> {
    const notOlderThan = this.#askLatest ? undefined : this.#writer.frontier;
    const state = await pagedList(this.#options.listWatch, this.#writer.ingest, notOlderThan, signal);
    this.#replace(state, 'lists');
    if (state.version !== undefined) return { at: 'watching' };
    return this.#poll('its lists carry no resourceVersion');
  }

  #replace(state: CompleteState<T>, counter: 'lists' | 'watchLists'): void {
    this.#writer.replace(state);
    this.#counters.add(counter);
    this.#askLatest = false;
    this.#pagesNext = false;
    this.#freshList = true;
    this.#quiet = false;
  }

  /**
   * A server whose versions went back (a restored etcd) accepts a watch from what is the future to it, and says nothing, for ever.
   * So after a watch on which nothing came, a list of one object is looked at first.
   */
  async #resume(signal: AbortSignal): Promise<WatchConnection<T>> {
    if (this.#quiet) {
      const { resourceVersion } = await this.#options.listWatch.list({ limit: 1 }, signal);
      this.#writer.refuseOlder(resourceVersion);
      this.#quiet = false;
    }
    return this.#open({ resourceVersion: this.#writer.resumeFrom }, signal);
  }

  async #open(asked: WatchOptions, signal: AbortSignal): Promise<WatchConnection<T>> {
    const { clock, listWatch, random } = this.#options;
    const options = { ...asked, allowWatchBookmarks: true, timeoutSeconds: 300 + Math.floor(random() * 301) };
    const stream = await WatchConnection.open<T>({ listWatch, clock, signal, options });
    this.#counters.add('watches');
    return stream;
  }

  /** Until the server ends the watch. */
  async #watch(stream: WatchConnection<T>): Promise<State<T>> {
    const before = stream.frames;
    let short = false;
    try {
      this.#status.connected();
      stream.limitSilence(undefined);
      for (let frame = await stream.next(); frame !== undefined; frame = await stream.next()) this.#take(frame, stream);
    } finally {
      const nothing = stream.frames === before;
      short = nothing && this.#options.clock.now() - stream.openedAt < SHORT_WATCH;
      this.#quiet = nothing && !short;
      stream.close();
    }
    this.#counters.add('reconnects');
    return short ? this.#wait({ at: 'watching' }) : { at: 'watching' };
  }

  #take(frame: WatchEvent<T>, stream: WatchConnection<T>): void {
    this.#status.heard();
    switch (frame.type) {
      case 'ERROR':
        throw new UpstreamApiError(frame.object);
      case 'BOOKMARK':
        this.#writer.bookmark(frame.object.metadata?.resourceVersion);
        // From now on they are known to come; on an idle resource some servers send none at all.
        stream.limitSilence((this.#options.bookmarkInterval ?? BOOKMARK_INTERVAL) * SILENT_INTERVALS);
        break;
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        this.#writer.event(frame.type, frame.object);
        break;
      default:
        unreachable(frame);
    }
    this.#silentWatches = 0;
    this.#freshList = false;
  }

  #recover(error: unknown, failed: State<T>): State<T> {
    this.#counters.failed(causeOf(error));
    this.#status.failed(error);
    if (failed.at === 'waiting') return failed.next;
    // Only a watch that was accepted can be one that the server has forgotten.
    const wasAccepted = failed.at === 'watching' && failed.stream !== undefined;
    if (wasAccepted && error instanceof IdleTimeoutError) this.#silentWatches += 1;
    const remedy = remedyFor(error, {
      failed: failed.at,
      byWatchList: this.#byWatchList,
      askedLatest: this.#askLatest,
      freshList: this.#freshList,
      silentWatches: this.#silentWatches,
    });
    if (remedy.withoutWatchList === 'for ever') this.#watchList = false;
    this.#pagesNext = remedy.withoutWatchList === 'once';
    if (remedy.askLatest === true) this.#askLatest = true;
    if (remedy.next === 'polling' && failed.at === 'watching') return this.#poll('it can not be watched');
    if (remedy.next === 'watching') this.#counters.add('reconnects');
    const isAtOnce = remedy.next === 'watching' && error instanceof ConnectionError && this.#hasLasted(failed);
    return remedy.wait && !isAtOnce ? this.#wait({ at: remedy.next }, error) : { at: remedy.next };
  }

  /** A watch that had gone well is taken up again at once when its connection breaks, as client-go does; waiting is for what fails again. */
  #hasLasted(failed: State<T>): boolean {
    const stream = failed.at === 'watching' ? failed.stream : undefined;
    return stream !== undefined && this.#options.clock.now() - stream.openedAt >= SHORT_WATCH;
  }

  #poll(reason: string): State<T> {
    this.#status.polled(reason, this.#pollInterval);
    return { at: 'waiting', milliseconds: this.#pollInterval, next: { at: 'polling' } };
  }

  #wait(next: State<T>, error?: unknown): State<T> {
    const asked = Math.min(retryAfter(error) ?? 0, LONGEST_RETRY_AFTER);
    return { at: 'waiting', milliseconds: Math.max(this.#backoff.next(), asked), next };
  }
}
