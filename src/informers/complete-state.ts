/**
 * The complete state of a source, read whole before anything is said of it: in pages, or as the initial events of a watch.
 * @module
 */
import type { SourceObject } from './collection/source-collection.ts';
import { DecodeError, IncompleteListError, isExpired, UpstreamApiError, type TransformError } from './errors.ts';
import { type Ingest, itemTypeOf } from './ingest.ts';
import { INITIAL_EVENTS_END, type ListOptions, type ListPage, type ListWatch, type WatchEvent } from './list-watch.ts';
import { isComparable } from './frontier.ts';

/** Objects of a page: about 3.5 MB of pods, 20 ms to parse. */
export const PAGE_SIZE = 500;

/** So often a list begins anew because its continue token expired; then everything is asked for in one page. */
const PAGED_ATTEMPTS = 2;

/** Everything there is at one version. */
export interface CompleteState<T> {
  readonly objects: ReadonlyMap<string, T>;
  /** Undefined where the source has no version that a watch could start from. */
  readonly version: string | undefined;
  /** Objects left out. */
  readonly omitted: readonly TransformError[];
}

class StateBuilder<T extends SourceObject> {
  readonly #ingest: Ingest<T>;
  readonly #objects = new Map<string, T>();
  readonly #omitted: TransformError[] = [];

  constructor(ingest: Ingest<T>) {
    this.#ingest = ingest;
  }

  add(raw: T, type: { readonly apiVersion: string | undefined; readonly kind: string | undefined }): void {
    const ingested = this.#ingest.take(raw, type);
    if ('error' in ingested) this.#omitted.push(ingested.error);
    else this.#objects.set(ingested.key, ingested.object);
  }

  at(version: string | undefined): CompleteState<T> {
    return { objects: this.#objects, version, omitted: this.#omitted };
  }
}

/**
 * A list in pages of one snapshot. A token that expires on the way begins the list anew; the inconsistent token that the server
 * offers then is never used.
 * @param notOlderThan ask for a state at this version or later; undefined: for the latest there is
 */
export async function pagedList<T extends SourceObject>(
  listWatch: ListWatch<T>,
  ingest: Ingest<T>,
  notOlderThan: string | undefined,
  signal: AbortSignal,
): Promise<CompleteState<T>> {
  for (let attempt = 0; ; attempt += 1) {
    const limit = attempt < PAGED_ATTEMPTS ? PAGE_SIZE : undefined;
    const first: ListOptions =
      notOlderThan === undefined
        ? { limit }
        : { limit, resourceVersion: notOlderThan, resourceVersionMatch: 'NotOlderThan' };
    const page = await listWatch.list(first, signal);
    const state = await remainingPages(listWatch, ingest, page, limit, signal);
    if (state !== undefined) return state;
  }
}

/** Undefined when the snapshot of the first page is gone. */
async function remainingPages<T extends SourceObject>(
  listWatch: ListWatch<T>,
  ingest: Ingest<T>,
  first: ListPage<T>,
  limit: number | undefined,
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
  return builder.at(isComparable(first.resourceVersion) ? first.resourceVersion : undefined);
}

/**
 * The initial events of a WatchList (KEP-3157), up to the BOOKMARK that ends them.
 * @throws IncompleteListError when the server has taken the request for an ordinary watch: the watch ends before, or what comes is
 * neither ADDED nor that BOOKMARK. UpstreamApiError for an ERROR event.
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
    if (!isComparable(version)) throw new DecodeError(`${name}: the initial events ended without a resourceVersion`);
    return builder.at(version);
  }
}
