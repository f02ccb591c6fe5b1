/**
 * The faults of a fake API server: the failures that a test has requested, and the errors with which the server refuses requests
 * (api-semantics 1.2, 1.3, 2.2).
 * @module
 */
import { type ApiStatus, UpstreamApiError } from '../../informers/errors.ts';

/** A status with an HTTP code, or any error. */
export type Failure = (ApiStatus & { readonly code: number }) | Error;

/** The response of the server to a request for a WatchList. */
export type WatchListBehaviour =
  /** The initial events and their end. */
  | 'served'
  /** 422, like a kube-apiserver without the feature. */
  | 'refused'
  /** An ordinary watch. */
  | 'ignored'
  /** The initial events without their end. */
  | 'unfinished';

/** Faults that a test has requested and that have not happened yet. */
export class Faults {
  readonly #failures: { readonly list: Failure[]; readonly watch: Failure[] } = { list: [], watch: [] };
  #eventsToDrop = 0;
  #eventsToCut: number | undefined;
  #pagesToExpire = 0;

  fail(verb: 'list' | 'watch', failure: Failure, times: number): void {
    for (let time = 0; time < times; time += 1) this.#failures[verb].push(failure);
  }

  dropEvents(count: number): void {
    this.#eventsToDrop += count;
  }

  cutAfter(events: number): void {
    this.#eventsToCut = events;
  }

  expirePages(count: number): void {
    this.#pagesToExpire += count;
  }

  clear(): void {
    this.#failures.list.length = 0;
    this.#failures.watch.length = 0;
    this.#eventsToDrop = 0;
    this.#eventsToCut = undefined;
    this.#pagesToExpire = 0;
  }

  /** @throws the next failure of the verb, if there is one */
  throwNext(verb: 'list' | 'watch'): void {
    const failure = this.#failures[verb].shift();
    if (failure === undefined) return;
    throw failure instanceof Error ? failure : new UpstreamApiError(failure);
  }

  /** Returns whether this event must not be sent. */
  takeDrop(): boolean {
    if (this.#eventsToDrop === 0) return false;
    this.#eventsToDrop -= 1;
    return true;
  }

  /** Returns whether the connections break after this event. */
  takeCut(): boolean {
    if (this.#eventsToCut === undefined) return false;
    this.#eventsToCut -= 1;
    if (this.#eventsToCut > 0) return false;
    this.#eventsToCut = undefined;
    return true;
  }

  /** Returns whether the snapshot of this page has expired. */
  takeExpiredPage(): boolean {
    if (this.#pagesToExpire === 0) return false;
    this.#pagesToExpire -= 1;
    return true;
  }
}

export function notFound(): UpstreamApiError {
  return new UpstreamApiError({
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
  });
}

export function notWatchable(): UpstreamApiError {
  return new UpstreamApiError({ code: 405, reason: 'MethodNotAllowed', message: 'watch is not supported' });
}

export function expiredContinue(): UpstreamApiError {
  return new UpstreamApiError({
    code: 410,
    reason: 'Expired',
    message: 'The provided continue parameter is too old',
  });
}

export function expiredWatch(version: string): ApiStatus {
  return { code: 410, reason: 'Expired', message: `too old resource version: ${version}` };
}

export function noWatchList(): UpstreamApiError {
  return new UpstreamApiError({
    code: 422,
    reason: 'Invalid',
    message: 'sendInitialEvents is forbidden for watch',
  });
}

export function tooLargeVersion(version: string, current: number): UpstreamApiError {
  return new UpstreamApiError({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${version}, current: ${current}`,
    details: { causes: [{ reason: 'ResourceVersionTooLarge' }] },
  });
}
