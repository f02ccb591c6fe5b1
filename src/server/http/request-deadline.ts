/**
 * How long a request may take (api-semantics 9.4).
 * @module
 */
import { LinkedAbort } from '../../abort.ts';
import type { Middleware } from 'koa';
import { goDuration } from './go-duration.ts';
import type { RequestState } from '../define/request-context.ts';
import type { Clock } from '../../clock.ts';
import { firstValue } from '../wire/query.ts';
import type { RequestInfo } from '../wire/request-info.ts';
import { badRequest, timeout } from '../wire/status.ts';

/** Nothing but what is meant to last takes longer. */
const LONGEST_MS = 60_000;

/** Besides watches, these are meant to last. */
const LASTING_SUBRESOURCES: ReadonlySet<string> = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);

/**
 * Gives every request that is no watch a minute, or the less of its `?timeout=5s`. Then `ctx.state.signal` is aborted, and the client is
 * answered 504; a response that has begun is cut. A handler that does not heed the signal goes on in vain.
 * @throws ApiError 400 for a timeout that is no duration of Go's, and 504
 */
export function requestDeadline(clock: Clock): Middleware<RequestState> {
  return async (ctx, next) => {
    const { info, query, signal } = ctx.state;
    if (isLasting(info)) return next();
    const limit = limitOf(firstValue(query, 'timeout') ?? '');
    const lifetime = new LinkedAbort(signal);
    ctx.state.signal = lifetime.signal;
    let cancel: () => void = () => undefined;
    const late = new Promise<never>((_resolve, reject) => {
      cancel = clock.schedule(limit, () => {
        reject(timeout('request did not complete within the allotted timeout'));
        lifetime.abort();
      });
    });
    try {
      await Promise.race([next(), late]);
    } finally {
      cancel();
    }
  };
}

function isLasting(info: RequestInfo): boolean {
  return info.type === 'resource' && (info.verb === 'watch' || LASTING_SUBRESOURCES.has(info.subresource));
}

/** Milliseconds. None, nothing, less than nothing and more than a minute are a minute. */
function limitOf(text: string): number {
  if (text === '') return LONGEST_MS;
  try {
    const asked = goDuration(text);
    return asked > 0 && asked < LONGEST_MS ? asked : LONGEST_MS;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw badRequest(`invalid timeout specified in the request URL - ${error.message}`, { cause: error });
  }
}
