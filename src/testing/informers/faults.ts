/**
 * The faults of a fake API server: the failures that a test has requested, and the errors with which the server refuses requests
 * (conformance 1.2, 1.3, 2.2).
 * @module
 */
import { type ApiStatus, UpstreamApiError } from '../../informers/errors.ts';

/** The failure of a request: a Status of the server, or any error, such as a broken connection. */
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

  /**
   * Throws the next failure of the verb. Does nothing if the test has requested no failure.
   * @throws UpstreamApiError, or the error that the test has passed
   */
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

/** 404. The resource does not exist. */
export function notFoundFault(): UpstreamApiError {
  return new UpstreamApiError({
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
  });
}

/** 405. The resource has no verb watch. */
export function notWatchable(): UpstreamApiError {
  return new UpstreamApiError({ code: 405, reason: 'MethodNotAllowed', message: 'watch is not supported' });
}

/** 410. The continue token is too old. */
export function expiredContinue(): UpstreamApiError {
  return new UpstreamApiError({
    code: 410,
    reason: 'Expired',
    message: 'The provided continue parameter is too old',
  });
}

/** 410. The start of a watch is too old. A watch receives it as an ERROR event. */
export function expiredWatch(version: string): ApiStatus {
  return { code: 410, reason: 'Expired', message: `too old resource version: ${version}` };
}

/** 422. The server does not have the WatchList feature. */
export function noWatchList(): UpstreamApiError {
  return new UpstreamApiError({
    code: 422,
    reason: 'Invalid',
    message: 'sendInitialEvents is forbidden for watch',
  });
}

/** 504. The server has not reached the requested version. */
export function tooLargeVersion(version: string, current: number): UpstreamApiError {
  return new UpstreamApiError({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${version}, current: ${current}`,
    details: { causes: [{ reason: 'ResourceVersionTooLarge' }] },
  });
}
