/** How one replica sees the fake cluster: over real sockets, but later, or from a cache that lags, or with events left out. */
import type { SourceObject } from '../../../src/informers/collection/source-collection.ts';
import type { ListOptions, ListPage, ListWatch, WatchEvent, WatchOptions } from '../../../src/informers/list-watch.ts';
import { INITIAL_EVENTS_END } from '../../../src/informers/list-watch.ts';
import { UpstreamApiError } from '../../../src/informers/errors.ts';

/** What a replica's upstream is told to do. Outlives the process that reads. */
export class UpstreamControl {
  readonly #revision: () => number;
  #held = false;
  #allowed = 0;
  #dropping = 0;
  #wake = Promise.withResolvers<void>();
  /** Lists are so many revisions old, though never older than what was asked for. */
  lag = 0;

  constructor(revision: () => number) {
    this.#revision = revision;
  }

  /** Frames of watches do not arrive. */
  hold(): void {
    this.#held = true;
  }

  /** So many held frames arrive. */
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

  /** The next events are never seen. */
  drop(events: number): void {
    this.#dropping += events;
  }

  /** Everything is well again. */
  behave(): void {
    this.release();
    this.lag = 0;
    this.#dropping = 0;
  }

  /** Whether this event is not to be seen. */
  takeDrop(): boolean {
    if (this.#dropping === 0) return false;
    this.#dropping -= 1;
    return true;
  }

  /** Resolves when a frame may pass, or nobody waits for it any more. */
  async pass(signal: AbortSignal): Promise<void> {
    while (this.#held && this.#allowed === 0 && !signal.aborted) {
      const aborted = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => aborted.resolve(), { once: true });
      await Promise.race([this.#wake.promise, aborted.promise]);
    }
    if (this.#held && this.#allowed > 0) this.#allowed -= 1;
  }

  /** The version that a lagging cache answers with; undefined: it does not lag. */
  staleVersion(notOlderThan: string | undefined): string | undefined {
    if (this.lag === 0 || notOlderThan === undefined || notOlderThan === '0') return undefined;
    return String(Math.max(Number(notOlderThan), this.#revision() - this.lag));
  }

  #proceed(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }
}

/** A list and watch under an {@link UpstreamControl}. */
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
      // Its history is gone: then it does not lag.
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
      // A state that lacks objects is no dropped event: nothing would ever make up for it.
      if (isInitial) isInitial = frame.type === 'ADDED';
      else if (isEvent(frame) && this.#control.takeDrop()) continue;
      yield frame;
    }
  }
}

function isEvent({ type }: WatchEvent<unknown>): boolean {
  return type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED';
}
