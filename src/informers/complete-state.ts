/**
 * Reads the complete state of a source: as a list in pages, or as the initial events of a watch. A state is used only when it is complete.
 * @module
 */
import type { SourceObject } from './collection/source-collection.ts';
import { DecodeError, IncompleteListError, isExpired, UpstreamApiError, type ObjectError } from './errors.ts';
import { isVersion, presentVersion } from './collection/source-version.ts';
import { type Ingest, itemTypeOf } from './ingest.ts';
import { INITIAL_EVENTS_END, type ListOptions, type ListPage, type ListWatch, type WatchEvent } from './list-watch.ts';

/** The maximum number of objects in a page. For pods that is about 3.5 MB, which takes 20 ms to parse. */
const PAGE_SIZE = 500;

/** The maximum number of attempts to list in pages. If the continue token expired each time, the next list has a single page. */
const MAX_PAGED_ATTEMPTS = 2;

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

  add(raw: T, type: { readonly apiVersion: string | undefined; readonly kind: string | undefined }): void {
    const ingested = this.#ingest.prepare(raw, type);
    if ('error' in ingested) this.#omitted.push(ingested.error);
    else this.#objects.set(ingested.key, ingested.object);
  }

  /** Returns the complete state at a version. */
  completeAt(version: string | undefined): CompleteState<T> {
    return { objects: this.#objects, version, omitted: this.#omitted };
  }
}

/**
 * Reads one snapshot in pages. If the continue token expires, the list starts again. The server then also offers a token for an
 * inconsistent continuation, which is never used.
 * @param notOlderThan requests a state at this version or later; undefined requests the latest state
 * @throws IncompleteListError if the pages have different versions; the errors of `ListWatch.list`
 */
export async function pagedList<T extends SourceObject>(
  listWatch: ListWatch<T>,
  ingest: Ingest<T>,
  notOlderThan: string | undefined,
  signal: AbortSignal,
): Promise<CompleteState<T>> {
  for (let attempt = 0; ; attempt += 1) {
    const limit = attempt < MAX_PAGED_ATTEMPTS ? PAGE_SIZE : undefined;
    const options: ListOptions =
      notOlderThan === undefined
        ? { limit }
        : { limit, resourceVersion: notOlderThan, resourceVersionMatch: 'NotOlderThan' };
    const first = await listWatch.list(options, signal);
    const state = await remainingPages(listWatch, ingest, { first, limit }, signal);
    if (state !== undefined) return state;
  }
}

/** Reads the pages after the first one. Returns undefined if the snapshot of the first page has expired. */
async function remainingPages<T extends SourceObject>(
  listWatch: ListWatch<T>,
  ingest: Ingest<T>,
  { first, limit }: { readonly first: ListPage<T>; readonly limit: number | undefined },
  signal: AbortSignal,
): Promise<CompleteState<T> | undefined> {
  const builder = new StateBuilder(ingest);
  for (let page = first; ;) {
    const type = itemTypeOf(page);
    for (const item of page.items) builder.add(item, type);
    if (page.continue === undefined || page.continue === '') break;
    try {
      page = await listWatch.list({ limit, continue: page.continue }, signal);
    } catch (error) {
      if (isExpired(error)) return undefined;
      throw error;
    }
    if (page.resourceVersion !== first.resourceVersion) {
      throw new IncompleteListError(`${listWatch.name}: the pages of one list have different resourceVersions`);
    }
  }
  return builder.completeAt(presentVersion(first.resourceVersion));
}

/**
 * Reads the initial events of a WatchList (KEP-3157), up to the BOOKMARK that ends them.
 * @throws IncompleteListError if the watch ends before that BOOKMARK, or if an unexpected event arrives because the server has opened an
 * ordinary watch
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
      builder.add(event.object, type);
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
