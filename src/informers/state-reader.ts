/**
 * Reads the complete state of a resource, by the initial events of a WatchList or by a list, and writes it to the sink.
 *
 * A state is rejected if it is older than the frontier, or than the version that a probe has found in the last minute: clients would miss
 * events. If upstream was restored from a backup, its older state is accepted.
 * @module
 */
import type { Clock } from '../clock.ts';
import type { SourceObject } from './collection/source-collection.ts';
import { isNewer, isOlder } from './collection/source-version.ts';
import { type CompleteState, initialEvents, type ListRequest, pagedList, singlePageList } from './complete-state.ts';
import { IncompleteListError, StaleListError } from './errors.ts';
import type { ReadingWay } from './ladder.ts';
import type { ListWatch, WatchEvent, WatchOptions } from './list-watch.ts';
import type { SinkWriter } from './reflector-sink.ts';
import type { ReflectorStatus } from './reflector-status.ts';
import type { RestoreDetector } from './restore-detector.ts';
import { SILENT, type WatchConnection } from './watch-connection.ts';

/** The maximum time without a frame during the initial events. */
const INITIAL_EVENTS_SILENCE_MS = 10_000;
/** The maximum time for the initial events. After it, a list in pages is more likely to succeed. */
const INITIAL_EVENTS_TIMEOUT_MS = 45_000;
/** The time for which the version of a probe is a minimum for complete states. After a restore from a backup it would be too high. */
const KNOWN_MS = 60_000;

/** Options of a {@link StateReader}. */
export interface StateReaderOptions<T extends SourceObject> {
  readonly listWatch: ListWatch<T>;
  readonly clock: Clock;
  readonly writer: SinkWriter<T>;
  readonly status: ReflectorStatus;
  readonly restores: RestoreDetector;
  /** Opens a watch. */
  readonly connect: (options: WatchOptions, signal: AbortSignal) => Promise<WatchConnection<T>>;
}

/** Reads complete states, see the top of this file. */
export class StateReader<T extends SourceObject> {
  readonly #options: StateReaderOptions<T>;
  #isRestored = false;
  /** The version that upstream had at the last probe. */
  #known: { readonly version: string; readonly at: number } | undefined;
  /** Whether a complete state was read since the last probe that found upstream further. */
  #hasReadSinceProbe = true;

  constructor(options: StateReaderOptions<T>) {
    this.#options = options;
  }

  /** Whether upstream was restored from a backup, and its state was not read since. */
  get isRestored(): boolean {
    return this.#isRestored;
  }

  /**
   * Whether a probe has shown that upstream is further than the last state, and no state was read since. A state that is read without a wait
   * must not lead to another one: upstream may keep sending an older state.
   */
  get isBehind(): boolean {
    const known = this.#hasReadSinceProbe ? undefined : this.#known;
    return known !== undefined && isNewer(known.version, this.#options.writer.frontier ?? '');
  }

  /** Upstream was restored from a backup: the next state is accepted even if it is older. */
  restored(): void {
    this.#isRestored = true;
  }

  /** A probe has found this version, which is newer than the frontier. A way that returns an older state does not help. */
  requireAtLeast(version: string): void {
    this.#known = { version, at: this.#options.clock.now() };
    this.#hasReadSinceProbe = false;
  }

  /**
   * Reads the initial events of a WatchList.
   * @param latest whether to request the latest state; false: any state that is not older than the frontier
   * @returns the watch, which continues after the initial events
   * @throws StaleListError; IncompleteListError; the errors of `ListWatch.watch`
   */
  async initialEvents(latest: boolean, signal: AbortSignal): Promise<WatchConnection<T>> {
    const { listWatch, clock, writer, connect } = this.#options;
    const { name } = listWatch;
    const isLatest = latest || this.#isRestored;
    const resourceVersion = isLatest ? undefined : writer.frontier;
    const options: WatchOptions = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', resourceVersion };
    const connection = await connect(options, signal);
    try {
      const end = clock.now() + INITIAL_EVENTS_TIMEOUT_MS;
      const next = async (): Promise<WatchEvent<T> | undefined> => {
        const frame = await connection.nextUnlessSilent(INITIAL_EVENTS_SILENCE_MS);
        if (frame === SILENT || clock.now() >= end)
          throw new IncompleteListError(`${name}: the server has not sent the initial events in time`);
        return frame;
      };
      this.#replace(await initialEvents(name, writer.ingest, next), 'watchLists', isLatest);
      connection.endInitialEvents();
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /**
   * Reads a list.
   * @param latest as in {@link initialEvents}
   * @returns the version of the list; undefined if the resource has none
   * @throws StaleListError; IncompleteListError; the errors of `ListWatch.list`
   */
  async list(way: Exclude<ReadingWay, 'watchList'>, latest: boolean, signal: AbortSignal): Promise<string | undefined> {
    const { listWatch, clock, writer } = this.#options;
    const isLatest = latest || this.#isRestored;
    const notOlderThan = isLatest ? undefined : writer.frontier;
    const request: ListRequest<T> = { listWatch, ingest: writer.ingest, clock, signal, notOlderThan };
    const complete = await (way === 'onePage' ? singlePageList(request) : pagedList(request));
    this.#replace(complete, 'lists', isLatest);
    return complete.version;
  }

  /** Writes a complete state. @param isLatest whether the latest state was requested, so that an older one shows a restore */
  #replace(state: CompleteState<T>, counter: 'lists' | 'watchLists', isLatest: boolean): void {
    const { restores, writer, status } = this.#options;
    const showsRestore = isLatest && restores.saw(state.version);
    const isRestored = showsRestore || this.#isRestored;
    if (!isRestored) this.#refuseOlder(state.version);
    writer.replace(state, isRestored);
    if (isRestored) restores.accepted();
    this.#isRestored = false;
    this.#hasReadSinceProbe = true;
    status.count(counter);
  }

  /** @throws StaleListError */
  #refuseOlder(version: string | undefined): void {
    const known = this.#known;
    if (known === undefined || version === undefined || this.#options.clock.now() - known.at >= KNOWN_MS) return;
    if (isOlder(version, known.version)) throw new StaleListError(version, known.version);
  }
}
