/**
 * The time limit of one request.
 * @module
 */
import { LinkedAbort, unlessAborted } from '../abort.ts';
import type { Clock } from '../clock.ts';
import { IdleTimeoutError } from './errors.ts';

/** The limit, and the signal that ends the request earlier. */
export interface TimeLimit {
  readonly clock: Clock;
  readonly milliseconds: number;
  readonly signal: AbortSignal;
  /** The request, for the message: `pods: a list`. */
  readonly what: string;
}

/**
 * Runs a request. After the limit its signal is aborted, and the promise rejects even if the request ignores its signal.
 * @throws IdleTimeoutError after the limit; the errors of the request; the reason of the signal
 */
export async function withTimeLimit<R>(limit: TimeLimit, request: (signal: AbortSignal) => Promise<R>): Promise<R> {
  const { clock, milliseconds, signal, what } = limit;
  signal.throwIfAborted();
  const lifetime = new LinkedAbort(signal);
  const cancel = clock.schedule(milliseconds, () =>
    lifetime.abort(new IdleTimeoutError(`${what} took longer than ${milliseconds / 1000} s`)),
  );
  try {
    return await unlessAborted(request(lifetime.signal), lifetime.signal);
  } finally {
    cancel();
    lifetime.unlink();
  }
}
