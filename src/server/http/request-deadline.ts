/**
 * The timeout of requests (conformance 9.4).
 * @module
 */
import type { Clock } from '../../clock.ts';
import { firstValue } from '../wire/query.ts';
import type { RequestInfo } from '../wire/request-info.ts';
import { badRequest, timeout } from '../wire/status.ts';
import { goDuration } from './go-duration.ts';
import type { Middleware } from './middleware.ts';
import { endRequest, type ServerState } from './request-state.ts';

/** The timeout of a request, and the maximum that a client can ask for, in milliseconds. */
const TIMEOUT_MS = 60_000;

/** The subresources without a timeout. Watches have none, either. */
const LONG_RUNNING_SUBRESOURCES: ReadonlySet<string> = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);

/**
 * Limits each request, except for long-running ones, to one minute, or to a shorter `?timeout=5s`. After the timeout, `ctx.state.signal` is
 * aborted, and the client receives a 504. If the response has begun, it is cut. The result of a handler that ignores the signal is lost.
 * @throws ApiError 400 for a timeout that is not a Go duration, and 504 after the timeout
 */
export function requestDeadline(clock: Clock): Middleware<ServerState> {
  return (ctx, next) => {
    const { info, query } = ctx.state;
    if (isLongRunning(info)) return next();
    const limit = timeoutOf(firstValue(query, 'timeout') ?? '');
    const done = next();
    return done instanceof Promise ? within(limit, done, { state: ctx.state, clock }) : done;
  };
}

/** Settles like a promise, or rejects after the timeout of its request. */
async function within(
  limit: number,
  done: Promise<unknown>,
  { state, clock }: { readonly state: ServerState; readonly clock: Clock },
): Promise<void> {
  let cancel: () => void = () => undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    cancel = clock.schedule(limit, () => {
      reject(timeout('request did not complete within the allotted timeout'));
      endRequest(state);
    });
  });
  try {
    await Promise.race([done, deadline]);
  } finally {
    cancel();
  }
}

/** Returns whether a request has no timeout. */
export function isLongRunning(info: RequestInfo): boolean {
  return info.type === 'resource' && (info.verb === 'watch' || LONG_RUNNING_SUBRESOURCES.has(info.subresource));
}

/** Returns milliseconds. An empty, zero or negative timeout, or one above the maximum, is the maximum. */
function timeoutOf(text: string): number {
  if (text === '') return TIMEOUT_MS;
  try {
    const requested = goDuration(text);
    return requested > 0 && requested < TIMEOUT_MS ? requested : TIMEOUT_MS;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw badRequest(`invalid timeout specified in the request URL - ${error.message}`, { cause: error });
  }
}
