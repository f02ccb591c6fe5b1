/** One replica's view of the fake cluster, over real sockets: delayed, from a stale cache, or with dropped events. */
import { onAbort } from '../../../src/abort.ts';
import type { SourceObject } from '../../../src/informers/collection/source-collection.ts';
import type { ListOptions, ListPage, ListWatch, WatchEvent, WatchOptions } from '../../../src/informers/list-watch.ts';
import { INITIAL_EVENTS_END } from '../../../src/informers/list-watch.ts';
import { UpstreamApiError } from '../../../src/informers/errors.ts';

/** Controls the upstream of a replica. It outlives the process that reads from it. */
export class UpstreamControl {
  readonly #revision: () => number;
  #held = false;
  #allowed = 0;
  #dropping = 0;
  #openWatches = 0;
  #wake = Promise.withResolvers<void>();
  /** The number of revisions by which lists lag behind. Lists are never older than the request allows. */
  lag = 0;

  constructor(revision: () => number) {
    this.#revision = revision;
  }

  /** Holds back the frames of watches. */
  hold(): void {
    this.#held = true;
  }

  /** Releases a number of held frames. */
  deliver(frames: number): void {
    if (!this.#held) return;
    this.#allowed += frames;
    this.#proceed();
  }

  release(): void {
    this.#held = false;
    this.#allowed = 0;
    this.#proceed();
  }

  /** Drops the next events. */
  drop(events: number): void {
    this.#dropping += events;
  }

  /** Ends all faults. */
  endFaults(): void {
    this.release();
    this.lag = 0;
    this.#dropping = 0;
  }

  /** Whether the next event must be dropped. */
  takeDrop(): boolean {
    if (this.#dropping === 0) return false;
    this.#dropping -= 1;
    return true;
  }

  /** The number of watches that the replica has not closed. */
  get openWatches(): number {
    return this.#openWatches;
  }

  /** Counts a watch as open until its signal is aborted. */
  opened(signal: AbortSignal): void {
    this.#openWatches += 1;
    onAbort(signal, () => (this.#openWatches -= 1));
  }

  /** Resolves when a frame may pass or the signal is aborted. */
  async pass(signal: AbortSignal): Promise<void> {
    while (this.#held && this.#allowed === 0 && !signal.aborted) {
      const aborted = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => aborted.resolve(), { once: true });
      await Promise.race([this.#wake.promise, aborted.promise]);
    }
    if (this.#held && this.#allowed > 0) this.#allowed -= 1;
  }

  /** The version of the stale cache. Undefined if it does not lag. */
  staleVersion(notOlderThan: string | undefined): string | undefined {
    if (this.lag === 0 || notOlderThan === undefined || notOlderThan === '0') return undefined;
    return String(Math.max(Number(notOlderThan), this.#revision() - this.lag));
  }

  #proceed(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }
}

/** A list and watch that an {@link UpstreamControl} can disturb. */
export class ControlledListWatch<T extends SourceObject> implements ListWatch<T> {
  readonly name: string;
  readonly #inner: ListWatch<T>;
  readonly #control: UpstreamControl;

  constructor(inner: ListWatch<T>, control: UpstreamControl) {
    this.name = inner.name;
    this.#inner = inner;
    this.#control = control;
  }

  async list(options: ListOptions, signal: AbortSignal): Promise<ListPage<T>> {
    const stale = await this.#stale(options.resourceVersion, options.limit, signal);
    return stale ?? this.#inner.list(options, signal);
  }

  async watch(options: WatchOptions, signal: AbortSignal): Promise<AsyncIterable<WatchEvent<T>>> {
    this.#control.opened(signal);
    const { sendInitialEvents, resourceVersionMatch: _, ...live } = options;
    const stale =
      sendInitialEvents === true ? await this.#stale(options.resourceVersion, undefined, signal) : undefined;
    if (stale === undefined)
      return this.#frames([], await this.#inner.watch(options, signal), signal, sendInitialEvents === true);
    const { items, resourceVersion, apiVersion = 'v1', kind = '' } = stale;
    const type = { apiVersion, kind: kind.replace(/List$/, '') };
    const initial = items.map((item): WatchEvent<T> => ({ type: 'ADDED', object: { ...type, ...item } }));
    const metadata = { resourceVersion, annotations: { [INITIAL_EVENTS_END]: 'true' } };
    const frames = await this.#inner.watch({ ...live, resourceVersion }, signal);
    return this.#frames([...initial, { type: 'BOOKMARK', object: { metadata } }], frames, signal);
  }

  async #stale(
    notOlderThan: string | undefined,
    limit: number | undefined,
    signal: AbortSignal,
  ): Promise<ListPage<T> | undefined> {
    const resourceVersion = this.#control.staleVersion(notOlderThan);
    if (resourceVersion === undefined) return undefined;
    try {
      return await this.#inner.list({ resourceVersion, resourceVersionMatch: 'Exact', limit }, signal);
    } catch (error) {
      // The history of the old version has expired, so the list does not lag.
      if (error instanceof UpstreamApiError && error.code === 410) return undefined;
      throw error;
    }
  }

  async *#frames(
    first: readonly WatchEvent<T>[],
    rest: AsyncIterable<WatchEvent<T>>,
    signal: AbortSignal,
    isStateFirst = false,
  ): AsyncGenerator<WatchEvent<T>, void, void> {
    let isInitial = isStateFirst;
    for (const frame of first) {
      await this.#control.pass(signal);
      yield frame;
    }
    for await (const frame of rest) {
      await this.#control.pass(signal);
      // Only events are dropped. An incomplete initial state would never be repaired.
      if (isInitial) isInitial = frame.type === 'ADDED';
      else if (isEvent(frame) && this.#control.takeDrop()) continue;
      yield frame;
    }
  }
}

function isEvent({ type }: WatchEvent<unknown>): boolean {
  return type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED';
}
