/**
 * Reads the complete state of a source: as a list in pages, or as the initial events of a watch. A state is used only when it is complete.
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import { LinkedAbort } from '../abort.ts';
import type { Clock } from '../clock.ts';
import type { SourceObject } from './collection/source-collection.ts';
import { DecodeError, IncompleteListError, isExpired, UpstreamApiError, type ObjectError } from './errors.ts';
import { isVersion, presentVersion } from './collection/source-version.ts';
import { type Ingest, itemTypeOf } from './ingest.ts';
import { INITIAL_EVENTS_END, type ListOptions, type ListPage, type ListWatch, type WatchEvent } from './list-watch.ts';
import { withTimeLimit } from './time-limit.ts';

/** The maximum number of objects in a page. For pods that is about 3.5 MB, which takes 20 ms to parse. */
const PAGE_SIZE = 500;

/** The maximum number of decoded objects that are prepared in one turn of the event loop, which takes about ten milliseconds. */
const OBJECTS_PER_TURN = PAGE_SIZE;

/** The maximum number of attempts to list in pages, if a page has expired or has another version. */
const MAX_PAGED_ATTEMPTS = 2;
/** The maximum time for one page of a list. */
const PAGE_TIMEOUT_MS = 20_000;
/** The maximum time for a list without a limit. */
const ONE_PAGE_TIMEOUT_MS = 30_000;

/**
 * The maximum number of pages in a row without a new object. A server that ignores continue tokens sends its first page again and again.
 */
const MAX_PAGES_WITHOUT_OBJECTS = 10;

/** All objects at one version. */
export interface CompleteState<T> {
  readonly objects: ReadonlyMap<string, T>;
  /** Undefined if the source has no version from which a watch could start. */
  readonly version: string | undefined;
  /** The errors of objects that were left out. */
  readonly omitted: readonly ObjectError[];
}

/** Collects the objects of a state until it is complete. */
class StateBuilder<T extends SourceObject> {
  readonly #ingest: Ingest<T>;
  readonly #objects = new Map<string, T>();
  readonly #omitted: ObjectError[] = [];

  constructor(ingest: Ingest<T>) {
    this.#ingest = ingest;
  }

  /** Adds an object. Returns false if the state had one with this key already. */
  add(raw: T, type: { readonly apiVersion: string | undefined; readonly kind: string | undefined }): boolean {
    const ingested = this.#ingest.prepare(raw, type);
    if ('error' in ingested) {
      this.#omitted.push(ingested.error);
      return true;
    }
    const isNew = !this.#objects.has(ingested.key);
    this.#objects.set(ingested.key, ingested.object);
    return isNew;
  }

  /** The number of objects, without those that are left out. */
  get size(): number {
    return this.#objects.size;
  }

  /** Returns the complete state at a version. */
  completeAt(version: string | undefined): CompleteState<T> {
    return { objects: this.#objects, version, omitted: this.#omitted };
  }
}

/** The parts of a list request that do not change from page to page. */
export interface ListRequest<T extends SourceObject> {
  readonly listWatch: ListWatch<T>;
  readonly ingest: Ingest<T>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Requests a state at this version or later. Undefined requests the latest state. */
  readonly notOlderThan: string | undefined;
}

/**
 * Reads one snapshot in pages. If a continue token expires, or if a page has another version than the first one, the list starts again. A
 * server with an expired token also offers a token for an inconsistent continuation, which is never used.
 * @throws IncompleteListError if that happens twice, or if the pages do not end; IdleTimeoutError if a page takes too long; the errors of `ListWatch.list`
 */
export async function pagedList<T extends SourceObject>(request: ListRequest<T>): Promise<CompleteState<T>> {
  for (let attempt = 0; attempt < MAX_PAGED_ATTEMPTS; attempt += 1) {
    const state = await snapshot(request, PAGE_SIZE, PAGE_TIMEOUT_MS);
    if (state !== undefined) return state;
  }
  throw new IncompleteListError(
    `${request.listWatch.name}: pages of one list have expired, or have different resourceVersions`,
  );
}

/**
 * Reads a list without a limit.
 * @throws like {@link pagedList}
 */
export async function singlePageList<T extends SourceObject>(request: ListRequest<T>): Promise<CompleteState<T>> {
  const state = await snapshot(request, undefined, ONE_PAGE_TIMEOUT_MS);
  if (state !== undefined) return state;
  throw new IncompleteListError(`${request.listWatch.name}: the server sends lists without a limit in several pages`);
}

/** Reads a list. Returns undefined if its pages do not belong to one snapshot. */
async function snapshot<T extends SourceObject>(
  request: ListRequest<T>,
  limit: number | undefined,
  milliseconds: number,
): Promise<CompleteState<T> | undefined> {
  const { listWatch, ingest, clock, notOlderThan } = request;
  const lifetime = new LinkedAbort(request.signal);
  const { signal } = lifetime;
  const what = `${listWatch.name}: a list`;
  const read = (options: ListOptions): Promise<ListPage<T>> =>
    withTimeLimit({ clock, milliseconds, signal, what }, (limited) => listWatch.list(options, limited));
  const next = (page: ListPage<T>): Promise<ListPage<T>> => {
    const reading = read({ limit, continue: page.continue });
    // If the list ends before it reads this page, the page is not needed.
    reading.catch(() => undefined);
    return reading;
  };
  try {
    const first = await read(
      notOlderThan === undefined
        ? { limit }
        : { limit, resourceVersion: notOlderThan, resourceVersionMatch: 'NotOlderThan' },
    );
    const builder = new StateBuilder(ingest);
    let withoutObjects = 0;
    for (let page = first; ;) {
      const hasNext = page.continue !== undefined && page.continue !== '';
      // The next page arrives while this one is decoded. After a page without a new object, the list may have no end.
      const ahead = hasNext && withoutObjects === 0 ? next(page) : undefined;
      const before = builder.size;
      await addInTurns(builder, page, signal);
      if (!hasNext) break;
      withoutObjects = builder.size === before ? withoutObjects + 1 : 0;
      if (withoutObjects > MAX_PAGES_WITHOUT_OBJECTS) {
        throw new IncompleteListError(
          `${listWatch.name}: the pages of a list repeat objects or are empty, and do not end`,
        );
      }
      try {
        page = await (ahead ?? next(page));
      } catch (error) {
        if (isExpired(error)) return undefined;
        throw error;
      }
      if (page.resourceVersion !== first.resourceVersion) return undefined;
    }
    return builder.completeAt(presentVersion(first.resourceVersion));
  } finally {
    lifetime.abort(new Error(`${what} has ended`));
  }
}

/** Adds the objects of a page, with turns of the event loop between them. */
async function addInTurns<T extends SourceObject>(
  builder: StateBuilder<T>,
  page: ListPage<T>,
  signal: AbortSignal,
): Promise<void> {
  const type = itemTypeOf(page);
  for await (const slice of page.slices ?? slicesOf(page.items)) {
    signal.throwIfAborted();
    for (const item of slice) builder.add(item, type);
  }
}

/** Returns decoded items in parts. The event loop takes a turn between the parts. */
async function* slicesOf<T>(items: readonly T[]): AsyncGenerator<readonly T[], void, void> {
  for (let start = 0; start < items.length; start += OBJECTS_PER_TURN) {
    if (start > 0) await setImmediate();
    yield items.slice(start, start + OBJECTS_PER_TURN);
  }
}

/**
 * Reads the initial events of a WatchList (KEP-3157), up to the BOOKMARK that ends them.
 * @throws IncompleteListError if the watch ends before that BOOKMARK, if an unexpected event arrives because the server has opened an
 * ordinary watch, or if an object arrives twice because the server sends its objects without an end
 * @throws UpstreamApiError for an ERROR event
 * @throws DecodeError if the BOOKMARK has no version
 */
export async function initialEvents<T extends SourceObject>(
  name: string,
  ingest: Ingest<T>,
  next: () => Promise<WatchEvent<T> | undefined>,
): Promise<CompleteState<T>> {
  const builder = new StateBuilder(ingest);
  const type = { apiVersion: undefined, kind: undefined };
  for (;;) {
    const event = await next();
    if (event === undefined) throw new IncompleteListError(`${name}: the watch ended before its initial events did`);
    if (event.type === 'ERROR') throw new UpstreamApiError(event.object);
    if (event.type === 'ADDED') {
      if (!builder.add(event.object, type)) throw new IncompleteListError(`${name}: an initial event came twice`);
      continue;
    }
    if (event.type !== 'BOOKMARK' || event.object.metadata?.annotations?.[INITIAL_EVENTS_END] !== 'true') {
      throw new IncompleteListError(`${name}: ${event.type} came before the end of the initial events`);
    }
    const version = event.object.metadata.resourceVersion;
    if (!isVersion(version)) throw new DecodeError(`${name}: the initial events ended without a resourceVersion`);
    return builder.completeAt(version);
  }
}
