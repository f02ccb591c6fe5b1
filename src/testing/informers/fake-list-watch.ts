/**
 * The list and watch of a resource, in memory, in the hands of a test: it keeps revisions as etcd does, and misbehaves on command.
 * @module
 */
import type { SourceObject } from '../../informers/collection/source-collection.ts';
import { UpstreamApiError, type ApiStatus, ConnectionError } from '../../informers/errors.ts';
import {
  INITIAL_EVENTS_END,
  type ListOptions,
  type ListPage,
  type ListWatch,
  type WatchEvent,
  type WatchOptions,
} from '../../informers/list-watch.ts';
import { OpenWatches } from './open-watches.ts';
import { expiredContinue, notFound, notWatchable, noWatchList, tooLargeVersion } from './refusals.ts';
import { type Revision, Revisions } from './revisions.ts';

/** What the server does with a request for a WatchList. */
export type WatchListBehaviour =
  /** As it should. */
  | 'served'
  /** 422, as kube-apiserver does without the feature. */
  | 'refused'
  /** Taken for an ordinary watch. */
  | 'ignored'
  /** Initial events without their end, for ever. */
  | 'unfinished';

/** A request that was made. */
export type FakeRequest =
  | ({ readonly verb: 'list' } & ListOptions)
  | ({ readonly verb: 'watch' } & Omit<WatchOptions, 'timeoutSeconds' | 'allowWatchBookmarks'>);

/** A status with an HTTP code, or any error. */
export type Failure = (ApiStatus & { readonly code: number }) | Error;

/** So many requests are remembered. */
const REMEMBERED = 10_000;

/** An upstream of one resource. Give it to a Reflector, a SharedInformer, or the `listWatch` of an informer factory. */
export class FakeListWatch<T extends SourceObject> implements ListWatch<T> {
  readonly name: string;
  /** What was asked for, in order. `timeoutSeconds` and `allowWatchBookmarks` are in `watchOptions`. */
  readonly requests: FakeRequest[] = [];
  /** The options of every watch that was asked for. */
  readonly watchOptions: WatchOptions[] = [];
  watchList: WatchListBehaviour = 'served';
  /** Whether there is a watch verb at all: 405 otherwise. */
  watchable = true;
  /** Whether the resource is there: 404 otherwise. */
  exists = true;
  /** Whether lists carry a resourceVersion. */
  versioned = true;
  /** Answers lists and WatchLists with the state of this revision, as a lagging replica does; undefined: with the latest. */
  staleAt: number | undefined;
  readonly #revisions: Revisions<T>;
  readonly #watches = new OpenWatches<T>();
  readonly #failures: { readonly list: Failure[]; readonly watch: Failure[] } = { list: [], watch: [] };
  #dropping = 0;
  #cutAfter: number | undefined;
  #expiredPages = 0;

  constructor(objects: readonly T[] = [], options: { readonly name?: string; readonly revision?: number } = {}) {
    this.name = options.name ?? 'fakes';
    this.#revisions = new Revisions(objects, options.revision ?? 100);
  }

  /** The latest revision. */
  get revision(): number {
    return this.#revisions.current;
  }

  /** What is there now. */
  get objects(): T[] {
    return this.#revisions.objects;
  }

  /** Watches that are open now. */
  get openWatches(): number {
    return this.#watches.size;
  }

  /** Creates or updates objects, each in a revision of its own. */
  put(...objects: T[]): void {
    for (const object of objects) this.#publish(this.#revisions.put(object));
  }

  /** Deletes objects by key: all of them in one revision, as when a lease ends that they share. @throws Error when one is not there */
  delete(...keys: string[]): void {
    for (const change of this.#revisions.delete(keys)) this.#publish(change);
  }

  /** The revision moves on because of something else. */
  tick(revisions = 1): void {
    this.#revisions.tick(revisions);
  }

  /** The next events are never sent, although what they say has happened. */
  dropEvents(count = 1): void {
    this.#dropping += count;
  }

  /** History up to now is gone: watches from before and tokens of before are answered 410. Open watches go on. */
  expire(): void {
    this.#revisions.expire();
  }

  /** The next pages after a first one are answered 410. */
  expirePages(count = 1): void {
    this.#expiredPages += count;
  }

  /** A BOOKMARK at the revision given, to every open watch. */
  bookmark(revision: number = this.revision): void {
    this.send({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(revision) } } });
  }

  /** A frame, whatever it be, to every open watch. */
  send(frame: WatchEvent<T>): void {
    this.#watches.send(frame);
  }

  /** The connection of every open watch breaks. */
  breakWatches(error: Error = new ConnectionError('the connection broke')): void {
    this.#watches.fail(error);
  }

  /** After so many more events all connections break, be it in the middle of a revision. */
  cutAfter(events: number): void {
    this.#cutAfter = events;
  }

  /** Every open watch ends cleanly, as at its timeout. */
  endWatches(): void {
    this.#watches.end();
  }

  /** Nothing arrives on any watch, open or new, until {@link wake}. Nobody is told. */
  goSilent(): void {
    this.#watches.silence();
  }

  /** What was held back arrives, on the watches that are still open. */
  wake(): void {
    this.#watches.wake();
  }

  /** Ends all misbehaviour. */
  behave(): void {
    this.watchList = 'served';
    this.watchable = true;
    this.exists = true;
    this.versioned = true;
    this.staleAt = undefined;
    this.#dropping = 0;
    this.#cutAfter = undefined;
    this.#expiredPages = 0;
    this.#failures.list.length = 0;
    this.#failures.watch.length = 0;
    this.wake();
  }

  /** The next requests of a verb fail. */
  fail(verb: 'list' | 'watch', failure: Failure, times = 1): void {
    for (let time = 0; time < times; time += 1) this.#failures[verb].push(failure);
  }

  async list(options: ListOptions, signal: AbortSignal): Promise<ListPage<T>> {
    remember(this.requests, { verb: 'list', ...options });
    await Promise.resolve();
    signal.throwIfAborted();
    this.#refuse('list');
    if (options.continue !== undefined) return this.#page(options.continue, options.limit);
    this.#requireReached(options.resourceVersion);
    return this.#page(`${this.staleAt ?? this.revision}/0`, options.limit);
  }

  async watch(options: WatchOptions, signal: AbortSignal): Promise<AsyncIterable<WatchEvent<T>>> {
    const { timeoutSeconds: _, allowWatchBookmarks: __, ...asked } = options;
    remember(this.requests, { verb: 'watch', ...asked });
    remember(this.watchOptions, options);
    await Promise.resolve();
    signal.throwIfAborted();
    this.#refuse('watch');
    if (!this.watchable) throw notWatchable();
    return this.#watches.open(this.#firstFrames(options), signal);
  }

  #refuse(verb: 'list' | 'watch'): void {
    const failure = this.#failures[verb].shift();
    if (failure instanceof Error) throw failure;
    if (failure !== undefined) throw new UpstreamApiError(failure);
    if (!this.exists) throw notFound();
  }

  #requireReached(version: string | undefined): void {
    if (version === undefined || Number(version) <= this.revision) return;
    throw tooLargeVersion(version, this.revision);
  }

  #page(token: string, limit: number | undefined): ListPage<T> {
    const [revision = 0, start = 0] = token.split('/').map(Number);
    const all = this.#revisions.at(revision);
    if (all === undefined || (start > 0 && this.#expiredPages > 0)) {
      this.#expiredPages = Math.max(this.#expiredPages - 1, 0);
      throw expiredContinue();
    }
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
    if (changes !== undefined) return changes;
    return [
      {
        type: 'ERROR',
        object: { code: 410, reason: 'Expired', message: `too old resource version: ${resourceVersion}` },
      },
    ];
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
    if (this.#dropping > 0) {
      this.#dropping -= 1;
      this.#revisions.lose(change);
      return;
    }
    this.send(change);
    if (this.#cutAfter === undefined) return;
    this.#cutAfter -= 1;
    if (this.#cutAfter > 0) return;
    this.#cutAfter = undefined;
    this.breakWatches();
  }
}

/** An upstream that holds these objects. */
export function fakeListWatch<T extends SourceObject>(...objects: T[]): FakeListWatch<T> {
  return new FakeListWatch<T>(objects);
}

function remember<R>(log: R[], entry: R): void {
  log.push(entry);
  if (log.length > REMEMBERED) log.shift();
}
