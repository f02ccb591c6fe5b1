/**
 * Middlewares that need no promise. koa makes a promise for each middleware of each request. Here, a middleware that waits for nothing returns
 * nothing, so a request that is served at once makes no promises at all.
 * @module
 */
import type { ParameterizedContext } from 'koa';
import type { RequestState } from '../define/request-context.ts';

/** Runs the middlewares that follow. Returns a promise if they are not done yet. Errors are thrown, or reject the promise. */
export type Next = () => unknown;

/** A part of the path of a request. Returns a promise if it is not done yet. */
export type Middleware<State extends RequestState = RequestState> = (
  ctx: ParameterizedContext<State>,
  next: Next,
) => unknown;

/**
 * Returns a function that runs middlewares in their order. Each runs the next one.
 * @throws Error if a middleware runs the next one twice
 */
export function chain<State extends RequestState>(
  middlewares: readonly Middleware<State>[],
): (ctx: ParameterizedContext<State>) => unknown {
  return (ctx) => {
    let last = -1;
    const run = (index: number): unknown => {
      if (index <= last) throw new Error('next() called multiple times');
      last = index;
      return middlewares[index]?.(ctx, () => run(index + 1));
    };
    return run(0);
  };
}
