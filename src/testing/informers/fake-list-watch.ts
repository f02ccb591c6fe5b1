/**
 * The list and watch of a resource in memory, controlled by a test. It keeps revisions like etcd, and produces faults on request.
 * @module
 */
import type { SourceObject } from '../../informers/collection/source-collection.ts';
import { ConnectionError } from '../../informers/errors.ts';
import {
  INITIAL_EVENTS_END,
  type ListOptions,
  type ListPage,
  type ListWatch,
  type WatchEvent,
  type WatchOptions,
} from '../../informers/list-watch.ts';
import {
  expiredContinue,
  expiredWatch,
  type Failure,
  Faults,
  notFoundFault,
  notWatchable,
  noWatchList,
  tooLargeVersion,
  type WatchListBehaviour,
} from './faults.ts';
import { FakeWatches } from './open-watches.ts';
import { type Revision, Revisions } from './revisions.ts';

/** A request that the server has received. */
export type FakeRequest =
  | ({ readonly verb: 'list' } & ListOptions)
  | ({ readonly verb: 'watch' } & Omit<WatchOptions, 'timeoutSeconds' | 'allowWatchBookmarks'>);

/** The maximum number of requests that are kept. */
const MAX_REQUESTS = 10_000;

/**
 * The maximum timeout of a short watch. The server has no clock, so it sends the bookmark at the end of a short watch at once. Reflectors use
 * short watches to check a silent one.
 */
const MAX_SHORT_WATCH_S = 5;

/** A fake upstream of one resource, for a SharedInformer or the option `listWatch` of an informer factory. */
export class FakeListWatch<T extends SourceObject> implements ListWatch<T> {
  readonly name: string;
  /** The requests in order. `timeoutSeconds` and `allowWatchBookmarks` are in `watchOptions`. */
  readonly requests: FakeRequest[] = [];
  /** The options of all requests for a watch, in order. */
  readonly watchOptions: WatchOptions[] = [];
  watchList: WatchListBehaviour = 'served';
  /** Whether the resource has the verb watch. If not, the response to a watch is 405. */
  watchable = true;
  /** Whether the resource exists. If not, the response to each request is 404. */
  exists = true;
  /** Whether lists carry a resourceVersion. */
  versioned = true;
  /** The revision whose state lists and WatchLists return, as from a replica that lags. Undefined: the latest revision. */
  staleAt: number | undefined;
  readonly #revisions: Revisions<T>;
  readonly #watches = new FakeWatches<T>();
  readonly #faults = new Faults();

  constructor(objects: readonly T[] = [], options: { readonly name?: string; readonly revision?: number } = {}) {
    this.name = options.name ?? 'fakes';
    this.#revisions = new Revisions(objects, options.revision ?? 100);
  }

  /** The current revision. */
  get revision(): number {
    return this.#revisions.current;
  }

  /** The current objects. */
  get objects(): T[] {
    return this.#revisions.objects;
  }

  /** The number of open watches. */
  get openWatches(): number {
    return this.#watches.size;
  }

  /** Creates or updates objects, each in a separate revision. */
  put(...objects: T[]): void {
    for (const object of objects) this.#publish(this.#revisions.put(object));
  }

  /**
   * Deletes objects by key in one revision, as etcd deletes all objects of an expired lease.
   * @throws Error if one does not exist
   */
  delete(...keys: string[]): void {
    for (const change of this.#revisions.delete(keys)) this.#publish(change);
  }

  /** Advances the revision, like a write to another resource. */
  tick(revisions = 1): void {
    this.#revisions.tick(revisions);
  }

  /** Drops the events of the next changes. The objects change, but no watch receives the events. */
  dropEvents(count = 1): void {
    this.#faults.dropEvents(count);
  }

  /** Drops the history. Earlier revisions and continue tokens then lead to a 410. Open watches stay open. */
  expire(): void {
    this.#revisions.expire();
  }

  /** Responds with 410 to the next requests for a further page. */
  expirePages(count = 1): void {
    this.#faults.expirePages(count);
  }

  /** Sends a BOOKMARK to every open watch. */
  bookmark(revision: number = this.revision): void {
    this.send({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(revision) } } });
  }

  /** Sends any frame to every open watch. */
  send(frame: WatchEvent<T>): void {
    this.#watches.send(frame);
  }

  /** Breaks the connection of every open watch. */
  breakWatches(error: Error = new ConnectionError('the connection broke')): void {
    this.#watches.fail(error);
  }

  /** Breaks all connections after this number of further events, even in the middle of a revision. */
  cutAfter(events: number): void {
    this.#faults.cutAfter(events);
  }

  /** Ends every open watch cleanly, as at its timeout. */
  endWatches(): void {
    this.#watches.end();
  }

  /** Sends no frame on any open or new watch until {@link wake}. The connections stay open. */
  goSilent(): void {
    this.#watches.silence();
  }

  /** Delivers the frames that were held back to the watches that are still open. */
  wake(): void {
    this.#watches.wake();
  }

  /** Delivers frames to watches that are opened from now on. The older ones get only the frames that come later. */
  wakeNew(): void {
    this.#watches.wakeNew();
  }

  /** Ends all faults. */
  behave(): void {
    this.watchList = 'served';
    this.watchable = true;
    this.exists = true;
    this.versioned = true;
    this.staleAt = undefined;
    this.#faults.clear();
    this.wake();
  }

  /** Fails the next requests of a verb. */
  fail(verb: 'list' | 'watch', failure: Failure, times = 1): void {
    this.#faults.fail(verb, failure, times);
  }

  async list(options: ListOptions, signal: AbortSignal): Promise<ListPage<T>> {
    record(this.requests, { verb: 'list', ...options });
    await Promise.resolve();
    signal.throwIfAborted();
    this.#refuse('list');
    if (options.continue !== undefined) return this.#page(options.continue, options.limit);
    this.#requireReached(options.resourceVersion);
    return this.#page(`${this.staleAt ?? this.revision}/0`, options.limit);
  }

  async watch(options: WatchOptions, signal: AbortSignal): Promise<AsyncIterable<WatchEvent<T>>> {
    const { timeoutSeconds: _, allowWatchBookmarks: __, ...requested } = options;
    record(this.requests, { verb: 'watch', ...requested });
    record(this.watchOptions, options);
    await Promise.resolve();
    signal.throwIfAborted();
    this.#refuse('watch');
    if (!this.watchable) throw notWatchable();
    const frames = this.#firstFrames(options);
    const isShort = options.timeoutSeconds !== undefined && options.timeoutSeconds <= MAX_SHORT_WATCH_S;
    return this.#watches.open(isShort ? [...frames, this.#bookmark()] : frames, signal);
  }

  #bookmark(): WatchEvent<T> {
    return { type: 'BOOKMARK', object: { metadata: { resourceVersion: String(this.revision) } } };
  }

  #refuse(verb: 'list' | 'watch'): void {
    this.#faults.throwNext(verb);
    if (!this.exists) throw notFoundFault();
  }

  #requireReached(version: string | undefined): void {
    if (version === undefined || Number(version) <= this.revision) return;
    throw tooLargeVersion(version, this.revision);
  }

  #page(token: string, limit: number | undefined): ListPage<T> {
    const [revision = 0, start = 0] = token.split('/').map(Number);
    const all = this.#revisions.at(revision);
    if (all === undefined || (start > 0 && this.#faults.takeExpiredPage())) throw expiredContinue();
    const end = limit === undefined || limit === 0 ? all.length : start + limit;
    const items = all.slice(start, end);
    return {
      items,
      apiVersion: items[0]?.apiVersion ?? 'v1',
      kind: `${items[0]?.kind ?? 'Fake'}List`,
      resourceVersion: this.versioned ? String(revision) : undefined,
      continue: end < all.length ? `${revision}/${end}` : undefined,
    };
  }

  #firstFrames({ sendInitialEvents, resourceVersion }: WatchOptions): WatchEvent<T>[] {
    if (sendInitialEvents === true && this.watchList === 'refused') throw noWatchList();
    if (sendInitialEvents === true && this.watchList !== 'ignored') return this.#initialEvents(resourceVersion);
    if (resourceVersion === undefined) return this.objects.map((object) => ({ type: 'ADDED', object }));
    const changes = this.#revisions.since(Number(resourceVersion));
    return changes ?? [{ type: 'ERROR', object: expiredWatch(resourceVersion) }];
  }

  #initialEvents(notOlderThan: string | undefined): WatchEvent<T>[] {
    this.#requireReached(notOlderThan);
    const revision = this.staleAt ?? this.revision;
    const state = this.#revisions.at(revision) ?? this.objects;
    const added = state.map((object): WatchEvent<T> => ({ type: 'ADDED', object }));
    if (this.watchList === 'unfinished') return added;
    const metadata = { resourceVersion: String(revision), annotations: { [INITIAL_EVENTS_END]: 'true' } };
    return [...added, { type: 'BOOKMARK', object: { metadata } }, ...(this.#revisions.since(revision) ?? [])];
  }

  #publish(change: Revision<T>): void {
    if (this.#faults.takeDrop()) {
      this.#revisions.lose(change);
      return;
    }
    this.send(change);
    if (this.#faults.takeCut()) this.breakWatches();
  }
}

/** Returns the list and watch of a resource with these objects. */
export function fakeListWatch<T extends SourceObject>(...objects: T[]): FakeListWatch<T> {
  return new FakeListWatch<T>(objects);
}

function record<R>(log: R[], entry: R): void {
  log.push(entry);
  if (log.length > MAX_REQUESTS) log.shift();
}
