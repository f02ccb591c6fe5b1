/**
 * The open watches of a fake cluster. This file opens watches, sends bookmarks, ends watches at their timeout, and lets a test interrupt
 * them.
 * @module
 */
import type { Cancel, Clock } from '../../../clock.ts';
import { parseWatchParameters, type WatchParameters } from '../../../server/wire/watch-parameters.ts';
import { apiErrorOf, badRequest, expired } from '../../../server/wire/status.ts';
import { errorFrame } from '../../../server/wire/watch-frames.ts';
import { formatOf, onGone, type Exchange } from './exchange.ts';
import { waitForRevision } from './reads.ts';
import { representation } from './representation.ts';
import type { ResourceTable } from '../storage/resource-table.ts';
import { commonHeaders } from './responses.ts';
import { selection } from './selection.ts';
import type { Storage } from '../storage/storage.ts';
import { ClusterWatcher } from './watcher.ts';

/** The time between bookmarks in milliseconds. */
const BOOKMARK_PERIOD = 60_000;

/** The time between the last bookmark and the end of a watch in milliseconds. */
const LAST_BOOKMARK_LEAD = 2000;

/** The minimum duration in milliseconds of a watch without `timeoutSeconds`. The maximum is twice as long. */
const MIN_TIMEOUT = 1_800_000;

/** The maximum number of watches that are served in one turn of the event loop. */
const MAX_BATCH = 200;

export interface WatchesOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: () => number;
  readonly features: Features;
}

/** The open watches of a fake cluster. If `resource` is omitted, a method applies to all resources. */
export class Watches {
  readonly #options: WatchesOptions;
  readonly #watchers = new Set<ClusterWatcher>();
  readonly #held = new Set<string>();
  readonly #changed = new Set<string>();
  #isHeld = false;

  constructor(options: WatchesOptions, signal: AbortSignal) {
    this.#options = options;
    options.storage.subscribe((events) => {
      for (const { resource } of events) this.#wake(resource);
    }, signal);
    signal.addEventListener('abort', () => this.end(), { once: true });
  }

  /**
   * Opens a watch.
   * @throws ApiError 400, 406 or 422, before the stream begins
   */
  async open(exchange: Exchange, table: ResourceTable, namespace: string, name: string): Promise<void> {
    const { storage, clock } = this.#options;
    const format = formatOf(exchange, 'watch', { mediaTypes: ['application/json'] });
    const options = this.#parse(exchange, name);
    const selected = selection(table.kind, options);
    const form = representation(table.kind, format.transform, exchange.query, clock);
    const { response } = exchange;
    response.writeHead(200, { ...commonHeaders(exchange), 'Content-Type': 'application/json' });
    response.flushHeaders?.();
    let isGone = false;
    onGone(response, () => {
      isGone = true;
    });
    try {
      const { start } = options;
      if (start.from === 'notOlderThan') await waitForRevision(storage, clock, start.resourceVersion);
      if (isGone) return;
      const after = startOf(options, storage.revision);
      if (after < table.log.floor) throw expired(`too old resource version: ${after} (${table.log.floor})`);
      const prefix = namespace === '' ? '' : `${namespace}/`;
      let cancel: Cancel = () => undefined;
      const watcher = new ClusterWatcher({
        table,
        response,
        representation: form,
        selection: selected,
        prefix,
        after,
        // This needs a separate snapshot, because objects may change while the initial events are sent.
        initial: options.sendInitialEvents ? table.at(storage.revision)?.entries(prefix) : undefined,
        initialEventsEnd: options.sendInitialEventsEnd ? after : undefined,
        isHeld: () => this.#isHeld || this.#held.has(watcher.resource),
        onClose: () => {
          this.#watchers.delete(watcher);
          cancel();
        },
      });
      this.#watchers.add(watcher);
      cancel = this.#schedule(watcher, options);
      watcher.deliver();
    } catch (error) {
      response.end(errorFrame(apiErrorOf(error).status));
    }
  }

  count(resource?: string): number {
    return this.#watchersOf(resource).length;
  }

  end(resource?: string): void {
    for (const watcher of this.#watchersOf(resource)) watcher.end();
  }

  cut(resource?: string): void {
    for (const watcher of this.#watchersOf(resource)) watcher.cut();
  }

  fail(status: object, resource?: string): void {
    for (const watcher of this.#watchersOf(resource)) watcher.fail(status);
  }

  /** Sends nothing to open and new watches until {@link Watches.release} is called. */
  hold(resource?: string): void {
    if (resource === undefined) this.#isHeld = true;
    else this.#held.add(resource);
  }

  release(resource?: string): void {
    this.#isHeld = false;
    if (resource === undefined) this.#held.clear();
    else this.#held.delete(resource);
    for (const watcher of this.#watchersOf(resource)) watcher.deliver();
  }

  #watchersOf(resource: string | undefined): readonly ClusterWatcher[] {
    return [...this.#watchers].filter((watcher) => resource === undefined || watcher.resource === resource);
  }

  #parse({ query, info }: Exchange, name: string): WatchParameters {
    const { watchList } = this.#options.features;
    const isWatchPath = info.type === 'resource' && info.isWatchPath;
    const supported = new URLSearchParams(query);
    if (watchList === 'ignored') {
      supported.delete('sendInitialEvents');
      supported.delete('resourceVersionMatch');
    }
    if (isWatchPath && name !== '') selectName(supported, name);
    return parseWatchParameters(supported, { isWatchPath, watchList: watchList === true });
  }

  /** Schedules the bookmarks and the end of a watch. */
  #schedule(watcher: ClusterWatcher, { timeoutSeconds, allowWatchBookmarks }: WatchParameters): Cancel {
    const { clock, random, features, storage } = this.#options;
    const duration = timeoutSeconds === undefined ? MIN_TIMEOUT * (1 + random()) : timeoutSeconds * 1000;
    const bookmark = (): void => {
      if (features.bookmarks) watcher.bookmark(storage.revision);
    };
    const cancels = [clock.schedule(duration, () => watcher.end())];
    if (allowWatchBookmarks) {
      if (duration > LAST_BOOKMARK_LEAD) cancels.push(clock.schedule(duration - LAST_BOOKMARK_LEAD, bookmark));
      let cancelNext: Cancel = () => undefined;
      const repeat = (): void => {
        cancelNext = clock.schedule(BOOKMARK_PERIOD, () => {
          repeat();
          bookmark();
        });
      };
      repeat();
      cancels.push(() => cancelNext());
    }
    return () => cancels.forEach((cancel) => cancel());
  }

  /** Wakes the watches of a resource. All writes of one turn of the event loop are delivered together. */
  #wake(resource: string): void {
    if (this.#changed.size === 0) {
      setImmediate(() => {
        const waiting = [...this.#watchers].filter((watcher) => this.#changed.has(watcher.resource));
        this.#changed.clear();
        deliverInBatches(waiting);
      });
    }
    this.#changed.add(resource);
  }
}

const deliverInBatches = (watchers: readonly ClusterWatcher[]): void => {
  for (const watcher of watchers.slice(0, MAX_BATCH)) watcher.deliver();
  if (watchers.length > MAX_BATCH) setImmediate(() => deliverInBatches(watchers.slice(MAX_BATCH)));
};

/** Returns the revision after which events are sent. */
const startOf = ({ start }: WatchParameters, current: number): number =>
  start.from === 'after' ? Number(start.resourceVersion) : current;

/**
 * Adds a field selector for the name in the path `/watch/…/NAME`.
 * @throws ApiError 400 if the request already has another field selector
 */
const selectName = (query: URLSearchParams, name: string): void => {
  const current = query.get('fieldSelector') ?? '';
  if (current !== '' && current !== `metadata.name=${name}`)
    throw badRequest("fieldSelector metadata.name doesn't match requested name");
  query.set('fieldSelector', `metadata.name=${name}`);
};

/** The features of the API server. They may change at any time; open watches are not affected. */
export interface Features {
  /**
   * `true`: the server sends initial events and their end bookmark, like kube-apiserver from 1.34 on. `false`: it
   * refuses `sendInitialEvents` with 422, like 1.20. `'ignored'`: it ignores `sendInitialEvents`, like servers that do
   * not support it, and sends a stream without the end bookmark.
   */
  watchList: boolean | 'ignored';
  /**
   * If true, bookmarks are sent every minute and before the end. The bookmark after initial events depends on
   * `watchList`.
   */
  bookmarks: boolean;
}

export const defaultFeatures: Readonly<Features> = { watchList: true, bookmarks: true };
